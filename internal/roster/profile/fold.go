package profile

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
)

// Fold is how every value of a shop's file is compared: NFKC (full-width and half-width
// alike), no white space at the ends.
func Fold(s string) string {
	if plain(s) {
		return s
	}
	return strings.TrimFunc(NFKC(s), unicode.IsSpace)
}

// plain tells whether folding would change nothing. Most cells of an export are plain.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return s == "" || !space(s[0]) && !space(s[len(s)-1])
}

func space(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// FoldName is how column names are compared: Fold, without regard to letter case.
func FoldName(s string) string { return cases.Fold().String(Fold(s)) }

// telling matches what a value that only classifies never holds: an address or a
// number as long as a telephone number. Such a value stands in the wrong column and
// is not repeated.
var telling = regexp.MustCompile(`@|[0-9]([ -]?[0-9]){8}`)

// Shown is a column name, or a value of a classifying column (a payment method, a device),
// as an error may print it. A value that looks like personal data is replaced, because a
// file without a header line has a customer for its header.
func Shown(s string) string {
	const most = 40
	switch rs := []rune(s); {
	case telling.MatchString(s):
		return "(a value that looks like personal data)"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "(a value with control characters)"
	case len(rs) > most:
		return string(rs[:most]) + "…"
	default:
		return s
	}
}
