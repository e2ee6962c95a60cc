package lookup_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
)

// aTurn is what each call of a slow store takes.
const aTurn = 100 * time.Millisecond

// slowLimits are limits whose every call takes a turn.
type slowLimits struct{ *ratelimit.Limiter }

func (l slowLimits) Borrow(ctx context.Context, c ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error) {
	time.Sleep(aTurn)
	return l.Limiter.Borrow(ctx, c...)
}

func (l slowLimits) Return(ctx context.Context, loan ratelimit.Loan) error {
	time.Sleep(aTurn)
	return l.Limiter.Return(ctx, loan)
}

func (l slowLimits) TakeFirst(ctx context.Context, r ratelimit.Receipt, ways ...[]ratelimit.Counter) (int, error) {
	time.Sleep(aTurn)
	return l.Limiter.TakeFirst(ctx, r, ways...)
}

func (l slowLimits) GiveBack(ctx context.Context, r ratelimit.Receipt, c ...ratelimit.Counter) error {
	time.Sleep(aTurn)
	return l.Limiter.GiveBack(ctx, r, c...)
}

// slowOutbox is an outbox whose every call takes a turn.
type slowOutbox struct{ queued []otp.MailRequest }

func (*slowOutbox) Room(context.Context) error {
	time.Sleep(aTurn)
	return nil
}

func (o *slowOutbox) Enqueue(_ context.Context, m otp.MailRequest) error {
	time.Sleep(aTurn)
	o.queued = append(o.queued, m)
	return nil
}

// TestEveryAddressTakesAsManyTurns: with address, reserve and mailbox used up or not, alone and
// together, an answer takes as long, and the mail is of the kind that it is to be. Once the
// budget of everybody is spent it is the same for all again.
func TestEveryAddressTakesAsManyTurns(t *testing.T) {
	table := ratelimit.Default()
	for _, name := range []ratelimit.Name{ratelimit.SendAddress, ratelimit.SendReserve, ratelimit.SendMailbox} {
		table[name] = []ratelimit.Rate{{Count: 1, Per: time.Hour}}
	}
	table[ratelimit.SendGlobal] = []ratelimit.Rate{{Count: 20, Per: time.Hour}}
	limits, err := ratelimit.New(ratelimit.Config{Table: table}) // keeps a goroutine
	if err != nil {
		t.Fatal(err)
	}
	for _, spent := range []bool{false, true} {
		for tag, turns := range map[string]time.Duration{"": 4 * aTurn, "+shop": 5 * aTurn} {
			if spent {
				turns = 3 * aTurn
			}
			for used := range 8 {
				t.Run(fmt.Sprintf("spent %t, used %03b%s", spent, used, tag), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { oneAnswer(t, limits, "hanako"+tag+"@example.jp", used, spent, turns) })
				})
			}
		}
	}
}

func oneAnswer(t *testing.T, limits *ratelimit.Limiter, address string, used int, spent bool, turns time.Duration) {
	s, outbox := (&world{}).service(t), &slowOutbox{}
	s.Limits, s.MailLimits, s.Outbox = slowLimits{limits}, slowLimits{limits}, outbox
	for i, name := range []ratelimit.Name{ratelimit.SendAddress, ratelimit.SendReserve, ratelimit.SendMailbox} {
		if used>>i&1 == 1 {
			useUp(t, s, limits, name, address)
		}
	}
	for spent {
		if _, err := limits.Take(t.Context(), ratelimit.SendGlobal, ""); err != nil {
			break
		}
	}
	begun := time.Now()
	_, err := s.Start(t.Context(), client, address)
	if spent != errors.Is(err, lookup.ErrNoMail) || !spent && err != nil {
		t.Errorf("answered %v", err)
	}
	if took := time.Since(begun); took != turns {
		t.Errorf("an answer after %v, want %v", took, turns)
	}
	queued, want := outbox.queued, wantMail(used, strings.Contains(address, "+"), spent)
	if len(queued) != len(want) || len(want) == 1 && (queued[0].Long != want[0].Long || queued[0].ListedOnly != want[0].ListedOnly || queued[0].Owed != want[0].Owed) {
		t.Errorf("queued %+v, want as long, owed and for listed ones only as %+v", queued, want)
	}
}

// wantMail is the mail that is queued where these limits are used up: the address 1, the reserve
// 2, the mailbox 4.
func wantMail(used int, tagged, spent bool) []otp.MailRequest {
	noReserve := used&2 != 0
	switch {
	case spent:
		return []otp.MailRequest{{Long: true, ListedOnly: true, Owed: true}}
	case noReserve && used != 2:
		return nil
	default:
		return []otp.MailRequest{{Long: used&5 != 0, ListedOnly: used&4 != 0 && tagged}}
	}
}

// useUp takes all of a limit on mails.
func useUp(t *testing.T, s *lookup.Service, l *ratelimit.Limiter, name ratelimit.Name, address string) {
	t.Helper()
	a, err := email.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if name == ratelimit.SendMailbox {
		a = a.Mailbox()
	}
	tag := s.Keys.Tags(a).Oldest()
	c := ratelimit.Counter{Name: name, Key: hex.EncodeToString(tag[:])}
	if way, err := l.TakeFirst(t.Context(), ratelimit.NewReceipt(), []ratelimit.Counter{c}); way != 0 || err != nil {
		t.Fatal(way, err)
	}
}
