package lookup

import (
	"errors"
	"fmt"
)

// What a customer can be told went wrong. Each is a sentinel (or a type) so that one
// table can turn it into a problem document; none carries an address, code or token.
var (
	// ErrMalformedAddress: the input is not the form of an e-mail address.
	ErrMalformedAddress = errors.New("not the form of an e-mail address")
	// ErrMalformedCode: the input is not the form of a code; nothing was charged.
	ErrMalformedCode = errors.New("not the form of a code")
	// ErrNotFound: the verification id does not open, or its time is over.
	ErrNotFound = errors.New("no such verification")
	// ErrUnauthenticated: the session token is missing, malformed, unknown or over.
	ErrUnauthenticated = errors.New("no session")
	// ErrClosed: the incident's look-up has closed for good.
	ErrClosed = errors.New("the look-up has closed")
	// ErrResetNotApplicable: this session cannot start a password reset.
	ErrResetNotApplicable = errors.New("no password reset applies")
	// ErrCouldNotCheck: the database is down, doubtful or cannot prove its answer. It is
	// the third state besides listed and not listed, and must never read as either.
	ErrCouldNotCheck = errors.New("could not check")
	// ErrNoMail: the mail budget of everybody is spent, or the outbox is full, so nobody is
	// promised a mail. Whoever is listed may be mailed a long code all the same.
	ErrNoMail = errors.New("no mail is promised to anybody")
	// ErrLettersByPhone: so many letter numbers were refused that they are taken by phone only.
	ErrLettersByPhone = errors.New("letter numbers are taken by phone only")
	// ErrUnavailable: a store that guards a secret, or the outbox, cannot be used now.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// Rejected is a code that was not accepted. The reason stays inside: a right code over
// budget and a wrong one look the same.
type Rejected struct {
	AttemptsLeft int // tries left on this verification; negative: none are counted
}

func (r *Rejected) Error() string {
	return fmt.Sprintf("code not accepted, %d attempts left", r.AttemptsLeft)
}
