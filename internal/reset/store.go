package reset

import (
	"context"
	"errors"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// ErrUnknownMember: there is no reset of this member, planned or other.
var ErrUnknownMember = errors.New("there is no password reset of this member")

// ErrNotInVersion: a version of the roster is proven not to hold this member.
var ErrNotInVersion = errors.New("this version does not hold this member")

// Step is one legal transition, or an error, with which nothing is changed. It may be
// called again when the transaction has to be repeated.
type Step func(breach.Reset) (breach.Reset, error)

// Query selects resets for a list.
type Query struct {
	States []breach.ResetState // empty: all
	After  int64               // only what changed after this number; 0: from the beginning
	Limit  int                 // at most so many, 1 to 1,000
}

// Listed is a reset and the number of its newest change, by which lists are read on.
type Listed struct {
	breach.Reset
	Change int64
}

// Reader reads resets. What it returns is proven row by row; any doubt is an error that
// wraps breach.ErrUnproven, never an empty answer. Get returns ErrUnknownMember only when
// there is no row. List is in the order of the newest change.
type Reader interface {
	Get(ctx context.Context, memberID string) (breach.Reset, error)
	List(ctx context.Context, q Query) ([]Listed, error)
}

// Changer changes resets. One call is one transaction: every reset as its step left it,
// and one audit row for each that differs from before, whose number is that of the change,
// or nothing at all. The entry says who did what; the store adds whose, the new state, and what binds
// the row. Steps see the rows as they are under the write lock, so two changes of one
// member never overlap.
//
// Change takes up to 1,000 members; one without a reset is ErrUnknownMember for all.
// ChangeProven is Change on the word of whoever has proven an address with these tags: it
// leaves out members for whose login address another one stands by now.
// ChangeTicket takes the resets whose newest ticket has this hash; with none it is
// breach.ErrTicketSpent.
type Changer interface {
	Change(ctx context.Context, entry audit.Entry, memberIDs []string, step Step) ([]breach.Reset, error)
	ChangeProven(ctx context.Context, entry audit.Entry, tags breach.Tags, memberIDs []string, step Step) ([]breach.Reset, error)
	ChangeTicket(ctx context.Context, entry audit.Entry, ticket [32]byte, step Step) ([]breach.Reset, error)
}

// Planned is a member whose reset is planned, with what is known of them then.
type Planned struct {
	MemberID    string
	Withdrawn   bool
	Fingerprint []byte // of the password that the shop holds now; nil: blank or not known
}

// Replanned is a reset as planning left it, and its state before; empty: it is new.
type Replanned struct {
	breach.Reset
	Was breach.ResetState
}

// Member is a member of a version of the roster who is asked for a new password.
type Member struct {
	ID        string
	Withdrawn bool
	Login     bool // their login address is known, so they can have a ticket
}

// Ages are the upper bounds of the ages that Count tells apart; what is older comes last.
func Ages() [4]time.Duration {
	const day = 24 * time.Hour
	return [4]time.Duration{time.Hour, day, 3 * day, 7 * day}
}

// Count is how many resets are in a state, by how long they have been in it (see Ages).
type Count struct {
	State breach.ResetState
	Aged  [5]int
}

// Total is how many there are of any age.
func (c Count) Total() (n int) {
	for _, aged := range c.Aged {
		n += aged
	}
	return n
}

// AnyBarred tells whether somebody is asked for a new password by now.
func AnyBarred(counts []Count) bool {
	return slices.ContainsFunc(counts, func(c Count) bool { return c.State.Barred() && c.Total() > 0 })
}

// Hold says that nothing is ordered and no password made worthless until further notice.
type Hold struct {
	Since  time.Time
	Reason string
	By     string
}

// Contact is an address that stands for a member's login address: the shop has checked on
// paper that it is the member's. The login address opens no reset from then on, because
// whoever asks for this has lost that mailbox, perhaps to somebody else.
type Contact struct {
	MemberID       string
	Tags           breach.Tags // of the address
	By, ApprovedBy string
}
