package reset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Store is where resets are kept.
type Store interface {
	Reader
	Changer
	Held(ctx context.Context) (*Hold, error)
}

// Service answers the shop: who is barred, what a ticket is worth, and when a reset is
// over. Safe for concurrent use; what it decides is decided by the store's transactions.
type Service struct {
	store Store
	shop  Connector
	now   func() time.Time
}

// NewService returns the service over a store. shop reaches the shop's passwords directly;
// nil: the shop's own word counts. now is the clock, nil for the system's.
func NewService(store Store, shop Connector, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, shop: shop, now: func() time.Time { return now().UTC().Truncate(time.Millisecond) }}
}

// Gate is what the shop asks at every login of a member. The zero value: nothing is asked
// of this member, be they unknown, only planned or exempt.
type Gate struct {
	Required bool
	State    breach.ResetState // empty: nothing was ever ordered
	Since    time.Time
}

// Gate tells whether a member may log in with their password. Any doubt is an error.
func (s *Service) Gate(ctx context.Context, memberID string) (Gate, error) {
	r, err := s.store.Get(ctx, memberID)
	switch {
	case errors.Is(err, ErrUnknownMember):
		return Gate{}, nil
	case err != nil:
		return Gate{}, fmt.Errorf("asking for a member's reset: %w", err)
	case r.Planned():
		return Gate{}, nil
	}
	return Gate{Required: r.State.Barred(), State: r.State, Since: r.Since}, nil
}

// Complete ends a member's reset on the shop's word: the holder of a redeemed ticket has
// set a new password. Saying it again changes nothing. breach.ErrNoReset when no reset is
// ordered, breach.ErrNotRedeemed without a ticket, breach.ErrNotChanged when the shop's
// database shows no new password.
func (s *Service) Complete(ctx context.Context, client, memberID string) (breach.Reset, error) {
	r, err := s.store.Get(ctx, memberID)
	if errors.Is(err, ErrUnknownMember) {
		return breach.Reset{}, breach.ErrNoReset
	}
	if err == nil && r.State == breach.ResetCompleted {
		return r, nil
	}
	now := s.now()
	if err == nil {
		_, err = r.Complete(now) // before the shop is asked, because most refusals need no asking
	}
	var seen []byte
	if err == nil {
		seen, err = s.changed(ctx, r)
	}
	if err != nil {
		return breach.Reset{}, fmt.Errorf("completing a reset: %w", err)
	}
	all, err := s.store.Change(ctx, s.entry(audit.ResetComplete, client, now), []string{memberID}, func(r breach.Reset) (breach.Reset, error) {
		next, err := r.Complete(now)
		if err == nil && r.State != breach.ResetCompleted && seen != nil {
			next.Fingerprint = seen
		}
		return next, err
	})
	if err != nil {
		return breach.Reset{}, fmt.Errorf("completing a reset: %w", err)
	}
	return all[0], nil
}

// changed asks the shop's database whether there is a new password, and returns its
// fingerprint.
func (s *Service) changed(ctx context.Context, r breach.Reset) ([]byte, error) {
	if s.shop == nil {
		return nil, nil
	}
	held, err := read(ctx, s.shop, []string{r.MemberID})
	if err != nil {
		return nil, err
	}
	h := held[0]
	if r.Barred.IsZero() && r.Fingerprint == nil {
		return nil, breach.ErrNotChanged // it may be the old one still: nobody has seen that
	}
	rehashed := h.Rehashed && r.Barred.IsZero() // over a blank password nobody rehashes
	if !h.Found || h.Blank || rehashed || len(h.Fingerprint) == 0 || breach.SamePassword(r.Fingerprint, h.Fingerprint) {
		return nil, breach.ErrNotChanged
	}
	return h.Fingerprint, nil
}

// List lists resets for the shop.
func (s *Service) List(ctx context.Context, q Query) ([]Listed, error) {
	all, err := s.store.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing resets: %w", err)
	}
	return all, nil
}

// Held tells whether the shop has stopped: nobody's password is made worthless then who has
// a good one. Any doubt is an error.
func (s *Service) Held(ctx context.Context) (bool, error) {
	h, err := s.store.Held(ctx)
	if err != nil {
		return false, fmt.Errorf("asking whether resets are held: %w", err)
	}
	return h != nil, nil
}

func (s *Service) entry(a audit.Action, client string, at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Client, ID: client}, Action: a, Outcome: audit.Done}
}
