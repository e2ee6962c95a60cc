package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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

// errSpent: the mail budget of everybody. It is not told as the limit that it is: nobody who
// asks has exceeded one.
var errSpent = errors.New("the mail budget is spent")

// mail queues a code mail within the limits of everybody, of the address and of the mailbox.
//
// Whether there is room for a mail is asked first and by everyone, and so is the budget of
// everybody charged: who is told that no mail can be sent must not depend on what their own
// address is owed. Once something is charged the client has no say any more, or hanging up
// in the right moment would use an address's mails up.
//
// Where the budget is spent or the outbox is full everybody is told so, and a mail that may be
// owed all the same is queued, in the room that the outbox keeps: strangers who use either up
// keep nobody on the list from a long code.
//
// Whatever an address is owed, it takes as many turns of the stores, one after another: what
// remains of the limits is told by no clock either.
func (s *Service) mail(ctx context.Context, v verification) error {
	s.Count(EventCodeRequested)
	room := s.Outbox.Room(ctx)
	if room != nil && !errors.Is(room, otp.ErrOutboxFull) {
		return unavailable("queueing a code mail", room)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin)
	defer cancel()
	if room != nil {
		return errors.Join(noMail(room), s.enqueue(ctx, v.owedMail()))
	}
	budget, err := s.budget(ctx)
	switch {
	case errors.Is(err, ErrNoMail):
		return errors.Join(err, s.enqueue(ctx, v.owedMail()))
	case err != nil:
		return err
	default:
		return s.queue(ctx, v, budget)
	}
}

// queue charges a mail and queues it, or gives back what was charged. Of the budget that is only
// what errors kept: it stays charged for who is owed no mail, or its end would tell, to the
// mail, whose request has used some of it up.
func (s *Service) queue(ctx context.Context, v verification, budget ratelimit.Loan) error {
	m := v.mailRequest()
	m.Receipt = ratelimit.NewReceipt()
	err := s.chargeMail(ctx, v, &m)
	if err == nil {
		err = s.enqueue(ctx, m)
		if err == nil || !errors.Is(err, otp.ErrNotQueued) { // or nobody knows
			return err
		}
	}
	// Where giving back fails, Redis is away: the address, and everybody, have a mail less, and
	// whoever is owed none is told what all are told who wait for Redis as long.
	if !errors.Is(err, errSuppressed) {
		_ = errors.Join(s.Limits.Return(ctx, budget), s.Unsent(ctx, m))
		return err
	}
	if err := s.Unsent(ctx, m); err != nil {
		return unavailable("giving a mail back", err)
	}
	s.Count(EventMailSuppressed)
	return nil
}

func noMail(why error) error { return fmt.Errorf("queueing a code mail: %w: %w", ErrNoMail, why) }

// budget charges the budget of everybody.
func (s *Service) budget(ctx context.Context) (ratelimit.Loan, error) {
	loan, _, err := s.Limits.Borrow(ctx, ratelimit.Counter{Name: ratelimit.SendGlobal})
	switch {
	case errors.As(err, new(*ratelimit.Exceeded)):
		s.Count(EventMailBudgetSpent)
		return ratelimit.Loan{}, noMail(errSpent)
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
// can know.
//
// Nothing is charged that might have to be given back for want of another: held for a moment,
// the reserve would be missed by the request that it is for. Only a mailbox of another name is
// kept elsewhere, and has to be charged before.
func (s *Service) chargeMail(ctx context.Context, v verification, m *otp.MailRequest) error {
	address, reserve, mailbox := s.mailCounters(v)
	ways := [][]ratelimit.Counter{{address, mailbox}, {reserve, mailbox}, {address, reserve}, {reserve}}
	if mailbox.Key != address.Key {
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

// Unsent gives back what a mail was charged to, but for the budget of everybody: asked for by
// whoever drops it and knows that it never left and never will. Calling it again does nothing.
//
// The budget stays charged, also for mails that expired: it is charged to every request, owed a
// mail or not. Given back for queued mails alone, what is left of it after an outage would tell
// at the edge, to whoever asks until it is spent, which requests were owed one.
func (s *Service) Unsent(ctx context.Context, m otp.MailRequest) error {
	address, reserve, mailbox := s.mailCounters(s.mailed(m))
	return s.MailLimits.GiveBack(ctx, m.Receipt, address, reserve, mailbox)
}

// mailed is as much of a mail's verification as its limits go by.
func (s *Service) mailed(m otp.MailRequest) verification {
	return verification{purpose: m.Purpose, address: m.Address, tags: s.Keys.Tags(m.Address)}
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

// owedMail is the mail that an address on the list is owed each day whatever the budget of
// everybody says: no more than one for each of them, so that no budget need hold it. Nothing is
// charged for asking, or the addresses that a crowd makes up would fill Redis, of which a spent
// budget is no bound: whoever mails it knows who is listed, and charges only them.
func (v verification) owedMail() otp.MailRequest {
	m := v.mailRequest()
	m.Receipt, m.Long, m.ListedOnly, m.Owed = ratelimit.NewReceipt(), true, true, true
	return m
}

// Owed charges the reserve of the mail's address for a mail that was queued without, and tells
// whether it was left. Asked again about one mail it says the same, and charges nothing more.
//
// Errors: ErrUnavailable.
func (s *Service) Owed(ctx context.Context, m otp.MailRequest) (bool, error) {
	_, reserve, _ := s.mailCounters(s.mailed(m))
	way, err := s.MailLimits.TakeFirst(ctx, m.Receipt, []ratelimit.Counter{reserve})
	if err != nil {
		return false, unavailable("checking a limit", err)
	}
	return way == 0, nil
}

// enqueue queues a mail.
func (s *Service) enqueue(ctx context.Context, m otp.MailRequest) error {
	m.RequestedAt = s.Now()
	err := s.Outbox.Enqueue(ctx, m)
	switch {
	case errors.Is(err, otp.ErrOutboxFull):
		return noMail(err)
	case err != nil:
		return unavailable("queueing a code mail", err)
	default:
		return nil
	}
}
