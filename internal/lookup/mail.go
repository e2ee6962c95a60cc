package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
)

// mailWithin bounds charging and queueing a mail, which go on when the client has left: with
// the steps before and the giving back, every answer is in time.
const mailWithin = 4 * time.Second

// errSuppressed: what the address and its mailbox may be mailed is used up. Whoever asked is
// told the same as everybody.
var errSuppressed = errors.New("no mail is left")

// mail queues a code mail within the limits of everybody, of the address and of the mailbox.
//
// Whether there is room for a mail is asked first and by everyone, and so is the budget of
// everybody charged: who is told that no mail can be sent must not depend on what their own
// address is owed. Once something is charged the client has no say any more, or hanging up
// in the right moment would use an address's mails up. What was charged for a mail that is
// certainly not queued is given back.
func (s *Service) mail(ctx context.Context, v verification) error {
	s.Count(EventCodeRequested)
	if err := s.Outbox.Room(ctx); err != nil {
		return unavailable("queueing a code mail", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin)
	defer cancel()
	budget, err := s.budget(ctx)
	if err != nil {
		return err
	}
	paid := takes{receipt: ratelimit.NewReceipt()}
	m, err := s.chargeMail(ctx, v, &paid)
	if err == nil {
		err = s.enqueue(ctx, v, m)
		if err == nil || !errors.Is(err, otp.ErrNotQueued) { // or nobody knows
			return err
		}
	}
	// Where giving back fails, Redis is away: the address, and everybody, have a mail less, and
	// whoever is owed none is told what all are told who wait for Redis as long.
	failed := errors.Join(s.Limits.Return(ctx, budget), s.MailLimits.GiveBack(ctx, paid.receipt, paid.from...))
	switch {
	case !errors.Is(err, errSuppressed):
		return err
	case failed != nil:
		return unavailable("giving a mail back", failed)
	default:
		s.Count(EventMailSuppressed)
		return nil
	}
}

// budget charges the budget of everybody.
func (s *Service) budget(ctx context.Context) (ratelimit.Loan, error) {
	loan, _, err := s.Limits.Borrow(ctx, ratelimit.Counter{Name: ratelimit.SendGlobal})
	switch {
	case errors.As(err, new(*ratelimit.Exceeded)):
		s.Count(EventMailBudgetSpent)
		return ratelimit.Loan{}, fmt.Errorf("queueing a code mail: %w", ErrMailBudget)
	case err != nil:
		return ratelimit.Loan{}, unavailable("checking a limit", err)
	default:
		return loan, nil
	}
}

// takes are what a mail was charged to, all under one receipt.
type takes struct {
	receipt ratelimit.Receipt
	from    []ratelimit.Counter // those that may count it
}

// chargeMail charges a mail and tells which kind it may be. Over the limit of the address or of
// the mailbox it is errSuppressed, but for the reserve: one mail a day with a long code.
//
// The reserve is the address's own. Of a mailbox there are as many addresses as somebody
// cares to think of; so over its limit the reserve goes to the plain address, and to a
// tagged one if it is on the list. That is found out by whoever sends it: nothing here
// can know.
func (s *Service) chargeMail(ctx context.Context, v verification, paid *takes) (otp.MailRequest, error) {
	address, reserve, mailbox := s.mailCounters(v)
	spent, err := s.spent(ctx, address, paid)
	if err != nil {
		return otp.MailRequest{}, err
	}
	if spent {
		if err := s.lastOne(ctx, reserve, paid); err != nil {
			return otp.MailRequest{}, err
		}
	}
	full, err := s.spent(ctx, mailbox, paid)
	if err != nil {
		return otp.MailRequest{}, err
	}
	if full && !spent {
		if err := s.lastOne(ctx, reserve, paid); err != nil {
			return otp.MailRequest{}, err
		}
	}
	return otp.MailRequest{Long: spent || full, ListedOnly: full && v.address.Mailbox() != v.address, Receipt: paid.receipt}, nil
}

// Unsent gives back what a mail was charged to, but for the budget of everybody: asked for by
// whoever drops it and knows that it never left and never will. Calling it again does nothing.
func (s *Service) Unsent(ctx context.Context, m otp.MailRequest) error {
	v := verification{purpose: m.Purpose, address: m.Address, tags: s.Keys.Tags(m.Address)}
	address, reserve, mailbox := s.mailCounters(v)
	return s.MailLimits.GiveBack(ctx, m.Receipt, address, reserve, mailbox)
}

// mailCounters are all that a mail of the verification can be charged to.
func (s *Service) mailCounters(v verification) (address, reserve, mailbox ratelimit.Counter) {
	key := v.sendKey(v.tags)
	return ratelimit.Counter{Name: ratelimit.SendAddress, Key: key}, ratelimit.Counter{Name: ratelimit.SendReserve, Key: key},
		ratelimit.Counter{Name: ratelimit.SendMailbox, Key: v.sendKey(s.Keys.Tags(v.address.Mailbox()))}
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

// spent charges a limit and tells whether it was used up.
func (s *Service) spent(ctx context.Context, c ratelimit.Counter, paid *takes) (bool, error) {
	_, err := s.MailLimits.TakeFor(ctx, c, paid.receipt)
	if errors.As(err, new(*ratelimit.Exceeded)) {
		return true, nil
	}
	paid.from = append(paid.from, c) // after an error it may be counted
	if err != nil {
		return false, unavailable("checking a limit", err)
	}
	return false, nil
}

// lastOne charges the reserve.
func (s *Service) lastOne(ctx context.Context, reserve ratelimit.Counter, paid *takes) error {
	none, err := s.spent(ctx, reserve, paid)
	if none {
		return errSuppressed
	}
	return err
}

// enqueue queues a mail of this kind for the verification.
func (s *Service) enqueue(ctx context.Context, v verification, m otp.MailRequest) error {
	m.Address, m.Nonce, m.Purpose, m.RequestedAt = v.address, v.nonce, v.purpose, s.Now()
	if err := s.Outbox.Enqueue(ctx, m); err != nil {
		return unavailable("queueing a code mail", err)
	}
	return nil
}
