package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/roster/profile"
)

func fold(s string) string { return profile.Fold(s) }

func shown(s string) string { return profile.Shown(s) }

// squeeze is fold without any white space at all, for names.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// comparable names: the two pairs of variant characters that shops and customers use
// for one another in names, and that NFKC keeps apart. The key of a recipient keeps
// them apart, too; only the question "is this the buyer?" does not.
var nameVariants = strings.NewReplacer("髙", "高", "﨑", "崎")

func sameName(s string) string { return nameVariants.Replace(squeeze(s)) }

// foldKana makes hiragana and katakana alike.
func foldKana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ぁ' && r <= 'ゖ' {
			return r + ('ァ' - 'ぁ')
		}
		return r
	}, squeeze(s))
}

// foldZip keeps the digits of a postal code.
func foldZip(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// longMark is the katakana length mark people type for a hyphen in house numbers.
// Both neighbours must be digits: it belongs to the name of many a building.
const longMark = 'ー'

// foldAddress normalises a postal address: width, white space and dashes do not
// count.
func foldAddress(s string) string {
	rs := []rune(squeeze(s))
	for i, r := range rs {
		switch {
		case r >= '\u2010' && r <= '\u2015', r == '\u2212':
			rs[i] = '-'
		case r == longMark && i > 0 && i+1 < len(rs) && isDigit(rs[i-1]) && isDigit(rs[i+1]):
			rs[i] = '-'
		}
	}
	return string(rs)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
