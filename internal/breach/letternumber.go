package breach

import "errors"

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

// LetterNumber is the number of a letter (お手紙の番号): 14 digits, the last two of which
// check the others (ISO 7064 MOD 97-10). It never passes the Luhn test, so that nobody takes
// it for the number of a card. It opens a report: it does not print but by Reveal.
type LetterNumber struct{ digits string }
