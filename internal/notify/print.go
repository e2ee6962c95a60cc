package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// postalDigits is the length of a Japanese postal code.
const postalDigits = 7

// printed is how a letter prints a place; the reason says why it cannot.
func (p Place) printed() (Place, Reason) {
	out := Place{Name: tidy(p.Name), PostalCode: postalCode(p.PostalCode), Address: tidy(p.Address)}
	switch {
	case out.Name == "":
		return p, NoName
	case out.Address == "":
		return p, NoAddress
	case !prints(out.Name) || !prints(out.Address):
		return p, Unprintable
	case formula(out.Name) || formula(out.Address):
		return p, Formula
	case out.PostalCode == "":
		return p, NoPostalCode
	}
	return out, ""
}

// tidy takes away white space at the ends, and leaves one for several: tabs and line ends of
// an export are no part of a name.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// postalCode is one as it is printed, 150-0001; empty when it is none.
func postalCode(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	if len(digits) != postalDigits {
		return ""
	}
	return digits[:3] + "-" + digits[3:]
}

// prints tells whether every character has a form on paper that somebody can read. A
// question mark and a geta stand where an export lost a character.
func prints(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '?' || r == '〓' || r == utf8.RuneError || !unicode.IsPrint(r) ||
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
	})
}

// formula tells whether a spreadsheet program would work out a cell instead of showing it.
func formula(s string) bool {
	for _, r := range norm.NFKC.String(s) {
		return strings.ContainsRune("=+-@", r)
	}
	return false
}
