package agent

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDigits is how many digits may stand in a row: a card has 13 or more, a telephone
// number or a date fewer.
const maxDigits = 12

// textRule says what a free text must be.
type textRule struct {
	what     string // for errors
	max      int    // characters
	optional bool   // it may be empty
	address  bool   // it may hold an e-mail address
}

// take returns the text as it is kept: on one line, trimmed. It refuses with ErrText what
// is empty and must not be, too long, not valid UTF-8, does not print or hides (control,
// direction and other format characters), or holds more than twelve digits in a row, which
// covers every number of a card. The error says which of these and nothing of the text.
func (r textRule) take(text string) (string, error) {
	refuse := func(why string) (string, error) { return "", fmt.Errorf("%w: the %s %s", ErrText, r.what, why) }
	if len(text) > r.max*utf8.UTFMax || utf8.RuneCountInString(text) > r.max {
		return refuse(fmt.Sprintf("has more than %d characters", r.max))
	}
	if !utf8.ValidString(text) {
		return refuse("is not valid UTF-8")
	}
	text = strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(text))
	switch {
	case text == "" && !r.optional:
		return refuse("is empty")
	case strings.IndexFunc(text, hidden) >= 0:
		return refuse("holds characters that do not print")
	case longestRun(text) > maxDigits:
		return refuse("holds what may be the number of a card; put a word between numbers")
	case !r.address && strings.Contains(norm.NFKC.String(text), "@"):
		return refuse("holds an e-mail address")
	}
	return text, nil
}

// hidden tells whether a character does not print, turns what follows around, is a letter
// that nobody sees, or is none.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == utf8.RuneError
}

// longestRun counts the digits of the longest row of them. Nothing but a letter ends a
// row: spaces, dashes, dots and other signs may stand between, a long vowel's mark and
// accents as well. Digits are those of any script and width, in circles and brackets, and
// the Japanese ones.
func longestRun(text string) int {
	longest, row := 0, 0
	for _, r := range norm.NFKC.String(text) {
		switch {
		case isDigit(r):
			row++
			longest = max(longest, row)
		case unicode.IsLetter(r) && r != 'ー':
			row = 0
		}
	}
	return longest
}

// isDigit tells whether a character stands for a digit after compatibility folding, which
// takes digits out of most circles and brackets.
func isDigit(r rune) bool { return unicode.IsNumber(r) || strings.ContainsRune(japaneseDigits, r) }

// japaneseDigits are the digits of a number that is written digit by digit, in ordinary and
// in documents' characters.
const japaneseDigits = "零〇一二三四五六七八九壱壹弌弐貳貮弍参參弎肆伍陸漆柒捌玖"
