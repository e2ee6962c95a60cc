package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"exposure/internal/email"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
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
// mail limit it answers the same and mails nothing, but for one mail a day with a long
// code, so that a stranger's requests never keep the owner out.
//
// Errors: ErrClosed, *PausedError, ErrCouldNotCheck (nobody knows whether it is paused),
// ErrMalformedAddress, *ratelimit.Exceeded, ErrUnavailable.
func (s *Service) Start(ctx context.Context, c Client, address string) (Started, error) {
	if err := s.enter(ctx); err != nil {
		return Started{}, err
	}
	a, err := email.Parse(address)
	if err != nil {
		return Started{}, fmt.Errorf("%w: %w", ErrMalformedAddress, err)
	}
	if err := s.requestLimits(ctx, c, s.networks(c)); err != nil {
		return Started{}, err
	}
	v := s.newVerification(a, otp.Web)
	if err := s.mail(ctx, c, v); err != nil {
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
	if err := s.requestLimits(ctx, c, s.networks(c)); err != nil {
		return Started{}, err
	}
	v, err := s.openID(id)
	if err != nil {
		return Started{}, err
	}
	if !s.knows(v, secret) {
		return Started{}, ErrNotFound
	}
	if err := s.mail(ctx, c, v); err != nil {
		return Started{}, err
	}
	return s.started(v), nil
}

func (s *Service) started(v verification) Started {
	return Started{
		ID: s.sealID(v), Secret: s.encodedSecret(v), ExpiresAt: v.issued.Add(Life),
		ResendAfter: ResendAfter, CodeDigits: s.CodeDigits,
	}
}

// mail queues a code mail within the limits of the address.
func (s *Service) mail(ctx context.Context, c Client, v verification) error {
	s.Count(EventCodeRequested)
	if s.Now().UnixMilli() < s.full.Load() {
		return unavailable("queueing a code mail", otp.ErrOutboxFull)
	}
	long := false
	key := hex.EncodeToString(v.tag[:])
	err := s.limit(ctx, Client{}, ratelimit.SendAddress, key)
	if over := new(ratelimit.Exceeded); errors.As(err, &over) {
		long = true
		err = s.limit(ctx, Client{}, ratelimit.SendReserve, key)
		if errors.As(err, &over) {
			s.Count(EventMailSuppressed)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return s.enqueue(ctx, v, long)
}

func (s *Service) enqueue(ctx context.Context, v verification, long bool) error {
	m := otp.MailRequest{Address: v.address, Nonce: v.nonce, Purpose: v.purpose, Long: long, RequestedAt: s.Now()}
	if err := s.Outbox.Enqueue(ctx, m); err != nil {
		if errors.Is(err, otp.ErrOutboxFull) { // and not a client that hung up, or a slow moment
			s.full.Store(s.Now().Add(fullPause).UnixMilli())
		}
		return unavailable("queueing a code mail", err)
	}
	return nil
}

// fullPause is how long nobody is promised a mail after the outbox was found full. Everybody
// is then told alike, whatever their address is owed, and no address pays for a mail that
// is not sent.
const fullPause = 5 * time.Second
