package reset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"exposure/internal/breach"
)

// StatusStore is what telling how the resets stand needs of the store. Check proves all
// rows together: that none is missing, planted or put back.
type StatusStore interface {
	Reader
	Count(ctx context.Context, now time.Time) ([]Count, error)
	Held(ctx context.Context) (*Hold, error)
	Check(ctx context.Context) error
}

// WayStore says who can have a ticket by themselves. Replaced tells whether another address
// stands for a member's login address.
type WayStore interface {
	Reader
	Members(ctx context.Context, version int64, asks func(breach.Person) bool) ([]Member, error)
	Replaced(ctx context.Context, memberID string) (bool, error)
}

// Status is how the resets stand.
type Status struct {
	At     time.Time
	Counts []Count // all states, in their order

	Barred     int // ordered, and the shop has made the old password worthless
	Unbarred   int // ordered, and the shop has not done it yet
	Tickets    int // that can be redeemed now
	Redeemed   int // whose redeemed ticket still covers a change of password
	Unverified int // changed without a ticket at any time, and not completed

	Hold *Hold // nil: not held
}

// Look reads how the resets stand. It proves everything first, and refuses to tell figures
// that are not proven.
func Look(ctx context.Context, st StatusStore, now time.Time) (Status, error) {
	s := Status{At: now}
	if err := st.Check(ctx); err != nil {
		return s, fmt.Errorf("proving the resets: %w", err)
	}
	var err error
	if s.Hold, err = st.Held(ctx); err != nil {
		return s, fmt.Errorf("reading whether resets are held: %w", err)
	}
	if s.Counts, err = st.Count(ctx, now); err != nil {
		return s, fmt.Errorf("counting the resets: %w", err)
	}
	rows, err := All(ctx, st, underway()...)
	if err != nil {
		return s, err
	}
	for _, r := range rows {
		s.add(r, now)
	}
	return s, nil
}

// underway are the states in which a member is barred.
func underway() []breach.ResetState {
	return slices.DeleteFunc(breach.ResetStates(), func(s breach.ResetState) bool { return !s.Barred() })
}

func (s *Status) add(r breach.Reset, now time.Time) {
	if !r.State.Barred() {
		return
	}
	if r.Barred.IsZero() {
		s.Unbarred++
	} else {
		s.Barred++
	}
	if r.State == breach.ResetTicketIssued && !r.Spent && now.Before(r.TicketEnds) {
		s.Tickets++
	}
	if r.State == breach.ResetTicketIssued && !r.Redeemed.IsZero() && now.Before(r.Redeemed.Add(breach.RedeemedLife)) {
		s.Redeemed++
	}
	if !r.Unverified.IsZero() {
		s.Unverified++
	}
}

// Gaps are members of a version whom a reset does not reach by itself. Ids are in order.
type Gaps struct {
	// NotInPlan: no plan holds them, because the version was published after the last one. They
	// keep a password that was stolen, and no state counts them.
	NotInPlan []string
	// WithoutWay: their reset is planned or under way, they have not withdrawn, and they cannot
	// have a ticket: no login address of theirs is known, and no other stands for it.
	WithoutWay []string
}

// LookForGaps finds them in the version whose list asks so.
func LookForGaps(ctx context.Context, st WayStore, version int64, asks func(breach.Person) bool) (Gaps, error) {
	members, err := st.Members(ctx, version, asks)
	if err != nil {
		return Gaps{}, fmt.Errorf("reading the members of version %d: %w", version, err)
	}
	rows, err := All(ctx, st)
	if err != nil {
		return Gaps{}, err
	}
	var g Gaps
	for _, m := range members {
		r, known := rows[m.ID]
		if !known {
			g.NotInPlan = append(g.NotInPlan, m.ID)
		}
		if m.Login || r.State != breach.ResetPlanned && !r.State.Barred() {
			continue
		}
		replaced, err := st.Replaced(ctx, m.ID)
		if err != nil {
			return Gaps{}, fmt.Errorf("reading whether an address was added: %w", err)
		}
		if !replaced {
			g.WithoutWay = append(g.WithoutWay, m.ID)
		}
	}
	slices.SortFunc(g.NotInPlan, compareIDs)
	slices.SortFunc(g.WithoutWay, compareIDs)
	return g, nil
}

// InState are the ids of all members whose reset is in a state, in order.
func InState(ctx context.Context, st Reader, state breach.ResetState) ([]string, error) {
	rows, err := All(ctx, st, state)
	if err != nil {
		return nil, err
	}
	var all []string
	for id, r := range rows {
		if r.State == state {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, compareIDs)
	return all, nil
}
