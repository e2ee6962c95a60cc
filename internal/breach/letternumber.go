package breach

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Errors of letter numbers. They hold nothing of what was given.
var (
	// ErrLetterForm: it does not have the 14 digits of a letter number.
	ErrLetterForm = errors.New("not the form of a letter number")
	// ErrLetterSlip: it has 14 digits, but the last two do not check the others: a slip in
	// copying.
	ErrLetterSlip = errors.New("the check digits of a letter number do not match")
	// ErrNoLetter: nobody's letter has this number: it is unknown, replaced or closed.
	ErrNoLetter = errors.New("no letter has this number")
)

const (
	letterBody   = 12             // digits that are drawn
	letterDigits = letterBody + 2 // with those that check them
	letterInput  = 512            // bytes: bounds the work on foreign ones
)

// LetterNumber is the number of a letter (お手紙の番号): 14 digits, the last two of which
// check the others (ISO 7064 MOD 97-10). It never passes the Luhn test, so that nobody takes
// it for the number of a card. It opens a report: it does not print but by Reveal and
// Grouped. The zero value is no number.
type LetterNumber struct{ digits string }

// NewLetterNumber makes a letter number of its 12 random digits. Not ok: they are not 12
// digits, or with their check digits they would pass the Luhn test.
func NewLetterNumber(random string) (n LetterNumber, ok bool) {
	if len(random) != letterBody {
		return LetterNumber{}, false
	}
	for i := range len(random) {
		if random[i] < '0' || random[i] > '9' {
			return LetterNumber{}, false
		}
	}
	n = LetterNumber{random + checkDigits(random)}
	if n.luhn() {
		return LetterNumber{}, false
	}
	return n, true
}

// ParseLetterNumber reads what somebody typed: 14 digits of any width, with spaces and
// dashes anywhere. ErrLetterForm, or ErrLetterSlip when it is 14 digits that were never
// printed on a letter: any one digit that is wrong, and any two neighbours that changed
// places, are noticed.
func ParseLetterNumber(s string) (LetterNumber, error) {
	if len(s) > letterInput {
		return LetterNumber{}, ErrLetterForm
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !unicode.IsSpace(r) && !isGroupGap(r) && r != '─':
			return LetterNumber{}, ErrLetterForm
		}
	}
	digits := b.String()
	if len(digits) != letterDigits {
		return LetterNumber{}, ErrLetterForm
	}
	n, ok := NewLetterNumber(digits[:letterBody])
	if !ok || n.digits != digits {
		return LetterNumber{}, ErrLetterSlip
	}
	return n, nil
}

// checkDigits are the two digits after which the whole number is 1 modulo 97.
func checkDigits(random string) string {
	rest := 0
	for i := range len(random) {
		rest = (rest*10 + int(random[i]-'0')) % 97
	}
	return fmt.Sprintf("%02d", 98-rest*100%97)
}

func (n LetterNumber) luhn() bool {
	var values [letterDigits]byte
	for i := range values {
		values[i] = n.digits[i] - '0'
	}
	return luhn(values[:])
}

// Reveal is the number's 14 digits, as its tags are made of them.
func (n LetterNumber) Reveal() string { return n.digits }

// Grouped is the number as letters print it: 12345-67890-1234.
func (n LetterNumber) Grouped() string {
	if n.digits == "" {
		return ""
	}
	return n.digits[:5] + "-" + n.digits[5:10] + "-" + n.digits[10:]
}

// String tells nothing of the number.
func (n LetterNumber) String() string { return "*****-*****-****" }

// GoString tells nothing of the number either.
func (n LetterNumber) GoString() string { return n.String() }

// LetterHolder is whose letter a number is: what is told to whoever knows it.
type LetterHolder struct {
	Answer Answer // of that one person in the published version
	Check  Tags   // that the letter's check number is made of
}

// LetterIssue is a number that was drawn for a person.
type LetterIssue struct {
	Person Handle // in the version for which the letter is made
	Number LetterNumber
	Check  Tags // that the check number on the letter is made of
}
