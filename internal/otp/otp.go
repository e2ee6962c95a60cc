package otp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Purpose is what a code is for. Purposes never accept each other's codes and keep
// separate budgets.
type Purpose string

// Web codes are typed on the look-up page; phone codes are read to an agent.
const (
	Web   Purpose = "web"
	Phone Purpose = "phone"
)

// Form tells the two kinds of code apart; their digits do, so no caller chooses it.
type Form string

// A Short code has 8, 9, 10 or 12 digits and belongs to one verification (a phone code:
// to every call about its address). A Long code has 20 digits and belongs to an address.
const (
	Short Form = "short"
	Long  Form = "long"
)

// Errors of this package. None carries a code, a tag or an address.
var (
	// ErrUnavailable means that the store could not judge. Nothing was accepted; an
	// attempt may have been charged. Callers answer 503.
	ErrUnavailable = errors.New("the store of codes is unavailable")
	// ErrForged means that the store claimed an acceptance it cannot have: its data were
	// written by somebody else. It is an ErrUnavailable.
	ErrForged = fmt.Errorf("%w: it claims an acceptance without proof", ErrUnavailable)
	// ErrIncomplete means that the caller left out a field; nothing was charged.
	ErrIncomplete = errors.New("incomplete request to the store of codes")
	// ErrNotACode means that an input does not have the form of a code; nothing is
	// charged for it.
	ErrNotACode = errors.New("not the form of a code")
)

// Past is an evaluated guess as the audit table remembers it. Failures of long codes
// count against nobody and are ignored; an acceptance ends a row of failures whatever
// its form.
//
// Attempt is the ID of a refused attempt, and [Verdict.Used] of an accepted one.
type Past struct {
	Attempt  [16]byte
	At       time.Time
	Accepted bool
	Form     Form // empty means Short
}

// Attempt is one guess. Every field is required; ID is drawn at random for each guess
// and repeated only when the same guess is sent again.
type Attempt struct {
	ID      [16]byte
	Tag     breach.Tag
	Purpose Purpose
	Nonce   [16]byte // of the verification or the call
	Form    Form
	// MACs are ShortMACs, PhoneMACs or LongMACs of the digits: under each key a code may
	// have been mailed under, newest first. A guess is charged once, however many there are.
	MACs [][32]byte
	Past []Past // in any order; the newest PastKept failures and the newest PastKept acceptances are enough
	// Barred refuses a short code without comparing it. The try is charged.
	Barred bool
}

// Verdict is the answer to a guess.
type Verdict struct {
	Accepted     bool
	Evaluated    bool // the guess was compared with a code
	AttemptsLeft int  // tries left in this verification
	// Used is by what the audit table knows an accepted code again: the Attempt of its row.
	Used [16]byte
	// Reason is for logs and metrics. A client that learns it learns whether a refused
	// code was right.
	Reason Reason
}

// Reason says why a guess was accepted or refused.
type Reason string

// Reasons. The first three were evaluated, the others were not.
const (
	Accepted  Reason = "accepted"
	Wrong     Reason = "wrong"      // a short code, charged to the person's budget
	WrongLong Reason = "wrong_long" // a long code, charged to nobody's budget
	NoCode    Reason = "no_code"    // no live short code in this verification
	Budget    Reason = "budget"     // too many failures in 30 days
	Streak    Reason = "streak"     // too many failures in a row
	Spent     Reason = "spent"      // no tries left in this verification
	Consumed  Reason = "consumed"   // the verification was already used
	Expired   Reason = "expired"    // the verification's time is over
	Barred    Reason = "barred"     // short codes are not compared now
)

// Issue asks to let the code of one mail live. Slot names the mail: asking again with
// the same slot replaces the code, so that a retried mail leaves no second one behind. Only
// where it must carry a long code by now does a short one of the first try stay, and the retry
// counts as a mail of its own.
type Issue struct {
	Slot     string // 1 to 128 bytes, e.g. the outbox entry's id
	Tag      breach.Tag
	Purpose  Purpose
	Nonce    [16]byte
	ShortMAC [32]byte
	LongMAC  [32]byte
	WantLong bool
	Past     []Past
}

// Issued says which of the two codes the mail must carry.
type Issued struct {
	Form    Form
	Expires time.Time // on the store's clock; a code does not outlive its verification
	None    bool      // every place for a long code is taken: send no mail
}

// Store keeps codes and judges guesses. All methods are atomic for one address and
// purpose, safe for concurrent use, and return an error wrapping ErrUnavailable when
// the store cannot be used; then nothing was accepted.
type Store interface {
	// Redeem judges a guess. Repeating it with the same ID within a minute repeats the
	// verdict and charges nothing. A code whose acceptance is in Past is never accepted
	// again, whatever the store remembers of it; see also [Attempt.Stands].
	Redeem(ctx context.Context, a Attempt) (Verdict, error)
	// Issue lets a code live, from now on.
	Issue(ctx context.Context, i Issue) (Issued, error)
	// Withdraw takes the code of a mail back that never left: nobody has it, and it holds one
	// of the few places for codes. Where there is none it does nothing.
	Withdraw(ctx context.Context, tag breach.Tag, purpose Purpose, slot string) error
	// Revive makes a verification usable again after its right code could not be
	// answered, and gives the try back. The code itself stays consumed. On a
	// verification that was not consumed it does nothing.
	Revive(ctx context.Context, tag breach.Tag, purpose Purpose, nonce [16]byte) error
}

var (
	_ Store = (*Memory)(nil)
	_ Store = (*Redis)(nil)
)

func (a Attempt) check() error {
	switch {
	case a.ID == [16]byte{}:
		return fmt.Errorf("%w: the attempt has no id", ErrIncomplete)
	case a.Form != Short && a.Form != Long:
		return fmt.Errorf("%w: the attempt has no form", ErrIncomplete)
	case len(a.MACs) == 0 || len(a.MACs) > maxMACs:
		return fmt.Errorf("%w: the attempt has no MAC, or too many", ErrIncomplete)
	}
	return checkScope(a.Tag, a.Purpose, a.Nonce)
}

func (i Issue) check() error {
	if i.Slot == "" || len(i.Slot) > 128 {
		return fmt.Errorf("%w: the slot is empty or too long", ErrIncomplete)
	}
	if i.ShortMAC == [32]byte{} || i.LongMAC == [32]byte{} {
		return fmt.Errorf("%w: a code is missing", ErrIncomplete)
	}
	return checkScope(i.Tag, i.Purpose, i.Nonce)
}

func checkScope(tag breach.Tag, p Purpose, nonce [16]byte) error {
	if nonce == [16]byte{} {
		return fmt.Errorf("%w: no nonce", ErrIncomplete)
	}
	return checkPlace(tag, p)
}

func checkPlace(tag breach.Tag, p Purpose) error {
	switch {
	case tag == breach.Tag{}:
		return fmt.Errorf("%w: no tag", ErrIncomplete)
	case p != Web && p != Phone:
		return fmt.Errorf("%w: no such purpose", ErrIncomplete)
	}
	return nil
}
