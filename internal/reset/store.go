package reset

import (
	"context"
	"errors"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// ErrUnknownMember: there is no reset of this member, planned or other.
var ErrUnknownMember = errors.New("there is no password reset of this member")

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
// one audit row for each that differs from before, and the number of its change, or nothing
// at all. The entry says who did what; the store adds whose, the new state, and what binds
// the row. Steps see the rows as they are under the write lock, so two changes of one
// member never overlap.
//
// Change takes up to 1,000 members; one without a reset is ErrUnknownMember for all.
// ChangeTicket takes the resets whose newest ticket has this hash; with none it is
// breach.ErrTicketSpent.
type Changer interface {
	Change(ctx context.Context, entry audit.Entry, memberIDs []string, step Step) ([]breach.Reset, error)
	ChangeTicket(ctx context.Context, entry audit.Entry, ticket [32]byte, step Step) ([]breach.Reset, error)
}
