package roster

import (
	"strings"
	"unicode"

	"exposure/internal/roster/profile"
)

func fold(s string) string { return profile.Fold(s) }

// shownWord is a value that nobody has classified, as an error may print it.
func shownWord(s string) string {
	if addressed(s) {
		return "(a value that looks like personal data)"
	}
	return profile.Shown(s)
}

// squeeze is fold without any white space at all, for names.
func squeeze(s string) string {
	s = profile.NFKC(s)
	if !maySpace(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// maySpace is a cheap look for white space in normal form: all of it begins with one of
// these bytes.
func maySpace(s string) bool {
	for i := range len(s) {
		if b := s[i]; b <= ' ' || b == 0xC2 || b == 0xE1 || b == 0xE2 {
			return true
		}
	}
	return false
}

// comparable names: the two pairs of variant characters that shops and customers use
// for one another in names, and that NFKC keeps apart. The key of a recipient keeps
// them apart, too; only the question "is this the buyer?" does not.
var nameVariants = strings.NewReplacer("髙", "高", "﨑", "崎")

func sameName(s string) string {
	if s = squeeze(s); !strings.Contains(s, "髙") && !strings.Contains(s, "﨑") {
		return s
	}
	return nameVariants.Replace(s)
}

// foldKana makes hiragana and katakana alike.
func foldKana(s string) string {
	if s = squeeze(s); !hasHiragana(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 'ぁ' && r <= 'ゖ' {
			return r + ('ァ' - 'ぁ')
		}
		return r
	}, s)
}

func hasHiragana(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == 0xE3 && (s[i+1] == 0x81 || s[i+1] == 0x82 && s[i+2] <= 0x96) {
			return true
		}
	}
	return false
}

// foldZip keeps the digits of a postal code.
func foldZip(s string) string {
	s = profile.NFKC(s)
	if !strings.ContainsFunc(s, isNoDigit) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isNoDigit(r) {
			return -1
		}
		return r
	}, s)
}

func isNoDigit(r rune) bool { return r < '0' || r > '9' }

// longMark is the katakana length mark people type for a hyphen in house numbers.
// Both neighbours must be digits: it belongs to the name of many a building.
const longMark = "ー"

// foldAddress normalises a postal address: width, white space and dashes do not
// count.
func foldAddress(s string) string {
	s = squeeze(s)
	if strings.IndexByte(s, 0xE2) < 0 && !strings.Contains(s, longMark) {
		return s
	}
	var b strings.Builder
	written := 0
	dash := func(at int) {
		b.WriteString(s[written:at])
		b.WriteByte('-')
		written = at + len(longMark) // as long as every other dash
	}
	for i := 0; i+2 < len(s); i++ {
		switch {
		case s[i] == 0xE2 && isDash(s[i:i+3]):
			dash(i)
		case s[i] == longMark[0] && s[i:i+3] == longMark && digitAt(s, i-1) && digitAt(s, i+3):
			dash(i)
		}
	}
	if written == 0 {
		return s
	}
	b.WriteString(s[written:])
	return b.String()
}

// isDash tells U+2010 to U+2015 and U+2212.
func isDash(s string) bool {
	return s >= "\u2010" && s <= "\u2015" || s == "\u2212"
}

func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && !isNoDigit(rune(s[i])) }
