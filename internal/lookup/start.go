package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/breaker"
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
// mail limit, or that of its mailbox, it answers the same and mails nothing, but for one
// mail a day with a long code, so that a stranger's requests never keep the owner out.
//
// Errors: ErrClosed, *PausedError, ErrCouldNotCheck (nobody knows whether it is paused),
// ErrMalformedAddress, *ratelimit.Exceeded, ErrMailBudget, ErrUnavailable.
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

// mail queues a code mail within the limits of everybody, of the address and of the
// mailbox. The budget of everybody is charged first and by everyone, so that, once it is
// spent, whoever asks hears the same.
func (s *Service) mail(ctx context.Context, v verification) error {
	s.Count(EventCodeRequested)
	if s.Now().UnixMilli() < s.full.Load() {
		return unavailable("queueing a code mail", otp.ErrOutboxFull)
	}
	budget, _, err := s.Limits.Borrow(ctx, ratelimit.Counter{Name: ratelimit.SendGlobal})
	switch {
	case errors.As(err, new(*ratelimit.Exceeded)):
		s.Count(EventMailBudgetSpent)
		return fmt.Errorf("queueing a code mail: %w", ErrMailBudget)
	case err != nil:
		return unavailable("checking a limit", err)
	}
	queued, err := s.mailWithin(ctx, v)
	if !queued {
		_ = s.Limits.Return(ctx, budget) // or the budget is one mail smaller
	}
	return err
}

// mailWithin tells whether it queued a mail. Over the limit of the address or of the
// mailbox it queues none, but for the reserve: one mail a day with a long code.
//
// The reserve is the address's own. Of a mailbox there are as many addresses as somebody
// cares to think of; so over its limit the reserve goes to the plain address, and to a
// tagged one if it is on the list. That is found out by whoever sends it: nothing here
// can know.
func (s *Service) mailWithin(ctx context.Context, v verification) (queued bool, err error) {
	address, mailbox := v.sendKey(v.tags), v.address.Mailbox()
	spent, err := s.over(ctx, ratelimit.SendAddress, address)
	if err != nil {
		return false, err
	}
	if spent {
		none, err := s.over(ctx, ratelimit.SendReserve, address)
		if none || err != nil {
			return false, s.suppressed(err)
		}
	}
	full, err := s.over(ctx, ratelimit.SendMailbox, v.sendKey(s.Keys.Tags(mailbox)))
	if err != nil {
		return false, err
	}
	if full && !spent {
		none, err := s.over(ctx, ratelimit.SendReserve, address)
		if none || err != nil {
			return false, s.suppressed(err)
		}
	}
	err = s.enqueue(ctx, v, otp.MailRequest{Long: spent || full, ListedOnly: full && mailbox != v.address})
	return err == nil, err
}

// sendKey is what limits know an address by; see verification.place. The telephone has limits
// of its own, so that nobody's requests on the page keep a caller from a code. All begin with
// the tag that the codes are kept under, which is what a Cluster keeps together.
func (v verification) sendKey(tags breach.Tags) string {
	place := tags.Oldest()
	key := hex.EncodeToString(place[:])
	if v.purpose == otp.Phone {
		return key + ":phone"
	}
	return key
}

// over charges a limit and tells whether it is used up.
func (s *Service) over(ctx context.Context, name ratelimit.Name, key string) (bool, error) {
	err := s.limit(ctx, Client{}, name, key)
	if errors.As(err, new(*ratelimit.Exceeded)) {
		return true, nil
	}
	return false, err
}

func (s *Service) suppressed(err error) error {
	if err == nil {
		s.Count(EventMailSuppressed)
	}
	return err
}

// enqueue queues a mail of this kind for the verification.
func (s *Service) enqueue(ctx context.Context, v verification, m otp.MailRequest) error {
	m.Address, m.Nonce, m.Purpose, m.RequestedAt = v.address, v.nonce, v.purpose, s.Now()
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
