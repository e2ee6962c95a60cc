package wording

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/breach"
)

// maxCheckInput bounds the work on foreign bytes: a word, four digits and brackets.
const maxCheckInput = 200

// ParseCheckNumber reads a check number as somebody writes it down who hears it: さくら 4821,
// サクラ４８２１, sakura-4821. Not ok: it is not one of the 64 words and four digits.
func ParseCheckNumber(s string) (breach.CheckNumber, bool) {
	if len(s) > maxCheckInput {
		return breach.CheckNumber{}, false
	}
	var word, digits strings.Builder
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("-‐‑‒–—―−─「」『』（）()\"'、。,.:：", r):
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case digits.Len() > 0: // a word behind its digits is another number
			return breach.CheckNumber{}, false
		default:
			word.WriteRune(hiragana(unicode.ToUpper(r)))
		}
	}
	if digits.Len() != 4 {
		return breach.CheckNumber{}, false
	}
	for i, w := range checkWords() {
		if word.String() == w.ja || word.String() == w.en {
			return breach.CheckNumber{Word: i, Digits: digits.String()}, true
		}
	}
	return breach.CheckNumber{}, false
}

// hiragana is what a katakana is in hiragana; every other rune is itself.
func hiragana(r rune) rune {
	if r >= 'ァ' && r <= 'ヶ' {
		return r - 'ァ' + 'ぁ'
	}
	return r
}
