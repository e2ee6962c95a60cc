package lookup

import (
	"context"
	"time"

	"exposure/internal/breaker"
)

// Started is what a browser needs to go on. It is the same for every well-formed
// address, listed or not, mailed or not: nothing in it depends on a store.
type Started struct {
	ID          string
	Secret      string
	ExpiresAt   time.Time
	ResendAfter time.Duration
	CodeDigits  int
}

// Start begins a verification and asks the outbox for a code mail. Over the address's
// mail limit, or that of its mailbox, it answers the same and mails nothing, but for one
// mail a day with a long code, so that a stranger's requests never keep the owner out.
//
// Errors: ErrClosed, *PausedError, ErrCouldNotCheck (nobody knows whether it is paused),
// ErrMalformedAddress, *ratelimit.Exceeded, ErrNoMail, ErrUnavailable.
func (s *Service) Start(ctx context.Context, c Client, address string) (Started, error) {
	v, err := s.begin(ctx, c, address)
	if err != nil {
		return Started{}, err
	}
	if err := s.mail(ctx, v); err != nil {
		return Started{}, err
	}
	return s.started(v), nil
}

// Resend asks for one more code of a running verification. Codes already mailed stay
// valid, and no tries are added.
//
// Errors: as Start; ErrNotFound for an id that does not open, is over, or whose secret
// is not this one.
func (s *Service) Resend(ctx context.Context, c Client, id, secret string) (Started, error) {
	if err := s.enter(ctx); err != nil {
		return Started{}, err
	}
	n := s.networks(c)
	if err := s.requestLimits(ctx, c, n); err != nil {
		return Started{}, err
	}
	v, err := s.openID(id)
	if err != nil {
		return Started{}, err
	}
	if !s.knows(v, secret) {
		return Started{}, ErrNotFound
	}
	s.asked(v.tags, v.by(n))
	if err := s.mail(ctx, v); err != nil {
		return Started{}, err
	}
	return s.started(v), nil
}

func (s *Service) started(v verification) Started {
	digits := s.CodeDigits()
	if s.Breaker.Level() >= breaker.Longer {
		digits = max(digits, breaker.LongerDigits)
	}
	return Started{
		ID: s.sealID(v), Secret: s.encodedSecret(v), ExpiresAt: v.issued.Add(Life),
		ResendAfter: ResendAfter, CodeDigits: digits,
	}
}
