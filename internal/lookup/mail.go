package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
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
// in the right moment would use an address's mails up.
//
// Where the budget is spent everybody is told so. What the address's reserve is for is queued
// all the same: strangers who spend the budget keep nobody on the list from a long code.
//
// Whatever an address is owed, it takes as many turns of the stores, one after another: what
// remains of the limits is told by no clock either.
func (s *Service) mail(ctx context.Context, v verification) error {
	s.Count(EventCodeRequested)
	if err := s.Outbox.Room(ctx); err != nil {
		return unavailable("queueing a code mail", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin)
	defer cancel()
	budget, err := s.budget(ctx)
	spent := errors.Is(err, ErrMailBudget)
	if err != nil && !spent {
		return err
	}
	return errors.Join(err, s.queue(ctx, v, budget, spent))
}

// queue charges a mail and queues it, or gives back what was charged, of the budget as well.
func (s *Service) queue(ctx context.Context, v verification, budget ratelimit.Loan, spent bool) error {
	m := v.mailRequest()
	m.Receipt = ratelimit.NewReceipt()
	err := s.chargeMail(ctx, v, &m, spent)
	if err == nil {
		err = s.enqueue(ctx, m)
		if err == nil || !errors.Is(err, otp.ErrNotQueued) { // or nobody knows
			return err
		}
	}
	// Where giving back fails, Redis is away: the address, and everybody, have a mail less, and
	// whoever is owed none is told what all are told who wait for Redis as long.
	failed := s.unpaid(ctx, budget, m)
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

// chargeMail charges a mail and says which kind it may be. Over the limit of the address or of
// the mailbox it is errSuppressed, but for the reserve: one mail a day with a long code.
//
// The reserve is the address's own. Of a mailbox there are as many addresses as somebody
// cares to think of; so over its limit the reserve goes to the plain address, and to a
// tagged one if it is on the list. That is found out by whoever sends it: nothing here
// can know. Where the budget of everybody is spent the reserve goes to nobody else: one mail a
// day to each address on the list is no more than the shop owes them, and a budget of nobody.
//
// Nothing is charged that might have to be given back for want of another: held for a moment,
// the reserve would be missed by the request that it is for. Only a mailbox of another name is
// kept elsewhere, and has to be charged before.
func (s *Service) chargeMail(ctx context.Context, v verification, m *otp.MailRequest, spent bool) error {
	address, reserve, mailbox := s.mailCounters(v)
	ways := [][]ratelimit.Counter{{address, mailbox}, {reserve, mailbox}, {address, reserve}, {reserve}}
	switch {
	case spent:
		ways, m.ListedOnly = [][]ratelimit.Counter{{reserve}}, true
	case mailbox.Key != address.Key:
		room, err := s.MailLimits.TakeFirst(ctx, m.Receipt, []ratelimit.Counter{mailbox})
		switch {
		case err != nil:
			return unavailable("checking a limit", err)
		case room < 0:
			ways, m.ListedOnly = [][]ratelimit.Counter{{address, reserve}, {reserve}}, true
		default:
			ways = [][]ratelimit.Counter{{address}, {reserve}}
		}
	}
	way, err := s.MailLimits.TakeFirst(ctx, m.Receipt, ways...)
	switch {
	case err != nil:
		return unavailable("checking a limit", err)
	case way < 0:
		return errSuppressed
	default:
		m.Long = slices.Contains(ways[way], reserve)
		return nil
	}
}

// unpaid gives back what was charged for a mail that certainly is not queued, all at once.
func (s *Service) unpaid(ctx context.Context, budget ratelimit.Loan, m otp.MailRequest) error {
	var everybodys error
	var other sync.WaitGroup
	other.Go(func() { everybodys = s.Limits.Return(ctx, budget) })
	own := s.Unsent(ctx, m)
	other.Wait()
	return errors.Join(everybodys, own)
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

// mailRequest is a mail with a code for the verification, charged to nothing.
func (v verification) mailRequest() otp.MailRequest {
	return otp.MailRequest{Address: v.address, Nonce: v.nonce, Purpose: v.purpose}
}

// enqueue queues a mail.
func (s *Service) enqueue(ctx context.Context, m otp.MailRequest) error {
	m.RequestedAt = s.Now()
	if err := s.Outbox.Enqueue(ctx, m); err != nil {
		return unavailable("queueing a code mail", err)
	}
	return nil
}
