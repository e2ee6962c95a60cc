package breach

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// ResetState is where a member's forced password reset stands.
type ResetState string

// planned -> required -> ticket_issued -> completed. ChangedUnverified is a
// password changed without our ticket, Exempt a member with nothing to reset.
const (
	ResetPlanned           ResetState = "planned"
	ResetRequired          ResetState = "required"
	ResetTicketIssued      ResetState = "ticket_issued"
	ResetCompleted         ResetState = "completed"
	ResetChangedUnverified ResetState = "changed_unverified"
	ResetExempt            ResetState = "exempt"
)

// ResetStates are all states, in the order in which they are listed to people.
func ResetStates() []ResetState {
	return []ResetState{ResetPlanned, ResetRequired, ResetTicketIssued, ResetChangedUnverified, ResetCompleted, ResetExempt}
}

const (
	// TicketLife is how long a ticket may be redeemed.
	TicketLife = 15 * time.Minute
	// RedeemedLife is how long after the redemption of its ticket the shop's word for a new
	// password is taken. It outlasts an outage between the shop and us: what the owner did in
	// time may be told late.
	RedeemedLife = 24 * time.Hour
	// ObservedLife is the same for a new password that is merely seen in the shop, and that
	// may be anybody's: who redeems a ticket and sets nothing must not leave a day to a thief.
	// An hour is long for choosing a password, and covers some minutes without the shop.
	ObservedLife = time.Hour
)

var (
	// ErrNoReset: no reset is ordered for this member, or it is over.
	ErrNoReset = errors.New("no password reset is ordered for this member")
	// ErrTicketSpent: the ticket was redeemed, replaced or has expired.
	ErrTicketSpent = errors.New("the ticket is not valid any more")
	// ErrNotRedeemed: the password was not changed with a ticket of ours.
	ErrNotRedeemed = errors.New("no ticket was redeemed for this change of password")
	// ErrNotChanged: the shop still holds no new password.
	ErrNotChanged = errors.New("the shop has no new password of this member")
	// ErrNotUnverified: there is no unverified change that somebody could accept.
	ErrNotUnverified = errors.New("no unverified change of password waits for a decision")
)

// Reset is the forced password reset of one member. Its methods are the only legal
// transitions; each returns the reset as it is afterwards and leaves the receiver alone.
type Reset struct {
	Handle   Handle // of the member's key, "M:" and the member id
	MemberID string // the shop's
	State    ResetState
	Since    time.Time // in this state

	Ordered    time.Time // zero: only planned
	Barred     time.Time // the shop reported the old password and every session worthless; zero: not yet
	Ticket     [32]byte  // hash of the newest ticket; zero: none
	TicketEnds time.Time
	Spent      bool      // the newest ticket was redeemed
	Redeemed   time.Time // when the newest ticket was redeemed; zero: it was not
	Unverified time.Time // when a change without a ticket was last seen; kept after it was mended
	// Fingerprint is the keyed hash of the password hash last seen in the shop; nil: never
	// seen, or blank.
	Fingerprint []byte
	Baseline    []byte // the same of the hash in a backup from before the breach; nil: not known
	Notify      []byte // sealed: where the completion is told; nil: nowhere
}

func (r Reset) enter(s ResetState, at time.Time) Reset {
	if r.State != s {
		r.State, r.Since = s, at
	}
	return r
}

// Order makes a planned reset required. What is ordered already stays as it is, so that
// ordering twice does nothing twice.
func (r Reset) Order(at time.Time) Reset {
	if r.State != ResetPlanned {
		return r
	}
	r.Ordered = at
	return r.enter(ResetRequired, at)
}

// Plan plans the reset of a member, or plans it again: it is exempt for who has withdrawn
// or whose password is another one than before the breach. The fingerprint is of the
// password that the shop holds now, nil when that is blank or not known: then what was seen
// before stays. What was ordered stays as it is.
func (r Reset) Plan(withdrawn bool, fingerprint []byte, at time.Time) Reset {
	if r.Planned() && fingerprint != nil {
		r.Fingerprint = fingerprint
	}
	switch {
	case !r.Planned():
		return r
	case withdrawn || r.changedSinceBaseline():
		return r.enter(ResetExempt, at)
	}
	return r.enter(ResetPlanned, at)
}

// Planned tells whether nothing was ordered yet.
func (r Reset) Planned() bool {
	return r.State == "" || r.State == ResetPlanned || r.State == ResetExempt
}

func (r Reset) changedSinceBaseline() bool {
	return r.Baseline != nil && r.Fingerprint != nil && !SamePassword(r.Baseline, r.Fingerprint)
}

// SetBaseline notes the fingerprint of the password of before the breach. The next plan
// takes it into account.
func (r Reset) SetBaseline(fingerprint []byte) (Reset, error) {
	if !r.Planned() {
		return r, fmt.Errorf("a baseline of a member whose reset is %s: it was ordered", r.State)
	}
	r.Baseline = fingerprint
	return r, nil
}

// Exempt ends a reset that was never ordered: the member has nothing to reset.
func (r Reset) Exempt(at time.Time) (Reset, error) {
	if !r.Planned() {
		return r, fmt.Errorf("exempting a member whose reset is %s: it was ordered", r.State)
	}
	return r.enter(ResetExempt, at), nil
}

// SamePassword compares two fingerprints of one member: whether they agree under a key
// that made both. Fingerprints of which no key made both are not the same, because nobody
// can tell.
func SamePassword(a, b []byte) bool {
	x, err := ParseTags(a)
	y, err2 := ParseTags(b)
	if err != nil || err2 != nil {
		return bytes.Equal(a, b)
	}
	for i := range x.Len() {
		if tag, both := y.Of(x.At(i).Key); both {
			return tag == x.At(i).Tag
		}
	}
	return false
}

// Seen notes the password that the shop holds just before it is made worthless, where no
// plan has seen it. So a new one is known for new although nobody is barred yet.
func (r Reset) Seen(fingerprint []byte) Reset {
	if r.State.Barred() && r.Barred.IsZero() && r.Fingerprint == nil {
		r.Fingerprint = fingerprint
	}
	return r
}

// Bar notes that the shop made the old password and all sessions worthless.
func (r Reset) Bar(at time.Time) (Reset, error) {
	if !r.State.Barred() {
		return r, ErrNoReset
	}
	r.Barred, r.Fingerprint = at, nil
	return r, nil
}

// Issue gives the right to set a new password to whoever holds the ticket of this hash.
// Earlier tickets are worth nothing from now on, and so is what was redeemed with one:
// whoever redeemed it may be somebody else than who asks now. An owner with a password half
// chosen in another window asks once more there.
func (r Reset) Issue(ticket [32]byte, at time.Time) (Reset, error) {
	if !r.State.Barred() {
		return r, ErrNoReset
	}
	r.Ticket, r.TicketEnds, r.Spent, r.Redeemed = ticket, at.Add(TicketLife), false, time.Time{}
	return r.enter(ResetTicketIssued, at), nil
}

// Revoke takes back a ticket, what was redeemed with one, and where the completion is told:
// the mailbox they went to is lost, perhaps to somebody else. The member stays barred. Where
// nothing is under way there is nothing to take back.
func (r Reset) Revoke(at time.Time) Reset {
	if !r.State.Barred() {
		return r
	}
	r.Ticket, r.TicketEnds, r.Spent, r.Redeemed, r.Notify = [32]byte{}, time.Time{}, false, time.Time{}, nil
	if r.State == ResetTicketIssued {
		return r.enter(ResetRequired, at)
	}
	return r
}

// Redeem spends a ticket. It works once.
func (r Reset) Redeem(ticket [32]byte, at time.Time) (Reset, error) {
	if r.State != ResetTicketIssued || r.Ticket != ticket || r.Spent || !at.Before(r.TicketEnds) {
		return r, ErrTicketSpent
	}
	r.Spent, r.Redeemed = true, at
	return r, nil
}

// redeemed tells whether a ticket was redeemed within this long before.
func (r Reset) redeemed(within time.Duration, at time.Time) bool {
	return !r.Redeemed.IsZero() && at.Before(r.Redeemed.Add(within))
}

// Complete ends the reset: the shop says that the holder of a redeemed ticket has set a
// new password. Saying it again changes nothing.
func (r Reset) Complete(at time.Time) (Reset, error) {
	switch {
	case r.State == ResetCompleted:
		return r, nil
	case !r.State.Barred():
		return r, ErrNoReset
	case r.State != ResetTicketIssued || !r.redeemed(RedeemedLife, at):
		return r, ErrNotRedeemed
	}
	return r.enter(ResetCompleted, at), nil
}

// Observe takes note of a new password that was seen in the shop. Without a ticket
// redeemed shortly before (ObservedLife) nobody knows whose it is: the member stays barred. Seeing what was seen before,
// or no password, changes nothing.
func (r Reset) Observe(fingerprint []byte, at time.Time) Reset {
	if !r.State.Barred() || len(fingerprint) == 0 || SamePassword(r.Fingerprint, fingerprint) {
		return r
	}
	r.Fingerprint = fingerprint
	if r.State == ResetTicketIssued && r.redeemed(ObservedLife, at) {
		return r.enter(ResetCompleted, at)
	}
	r.Unverified, r.Barred = at, time.Time{}
	return r.enter(ResetChangedUnverified, at)
}

// Accept ends a reset whose password was changed without a ticket: the team has made sure
// that it was the member. It is refused once the shop has made that password worthless,
// too: the member needs a ticket then.
func (r Reset) Accept(at time.Time) (Reset, error) {
	if r.State != ResetChangedUnverified || !r.Barred.IsZero() {
		return r, ErrNotUnverified
	}
	return r.enter(ResetCompleted, at), nil
}

// Barred tells whether the member's old password is (to be) useless in this state.
// Publishing only plans: a planned reset bars nobody.
func (s ResetState) Barred() bool {
	return s == ResetRequired || s == ResetTicketIssued || s == ResetChangedUnverified
}

// urgency orders states for people who share a mailbox: the one with most left to
// do is reported.
func (s ResetState) urgency() int {
	switch s {
	case ResetChangedUnverified:
		return 5
	case ResetRequired:
		return 4
	case ResetTicketIssued:
		return 3
	case ResetPlanned:
		return 2
	case ResetCompleted:
		return 1
	default:
		return 0
	}
}
