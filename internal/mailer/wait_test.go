package mailer_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// TestWhatEverybodyWaits: it is told while the mail server takes nothing and after a queue, and no
// longer. Mails that only listed people get tell nothing, nor do those that wait for their own
// address.
func TestWhatEverybodyWaits(t *testing.T) {
	r := newRig(t)
	var clock atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(clock.Load())) }
	var down atomic.Bool
	down.Store(true)
	r.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: now})
	config := r.config()
	config.Now = now
	config.Sender = senderFunc(func(ctx context.Context, m mailer.Message) error {
		switch {
		case strings.HasPrefix(m.To.Reveal(), "grey"):
			return &mailer.TemporaryError{Step: mailer.StepRecipient, Code: 451}
		case down.Load():
			return &mailer.TemporaryError{Step: mailer.StepConnect, Cause: errors.New("refused")}
		}
		return r.inbox.Send(ctx, m)
	})
	w, _ := r.run(config)
	ask := func(to string, listedOnly bool) {
		m := r.request(to)
		m.RequestedAt, m.ListedOnly = now(), listedOnly
		r.enqueue(m)
	}
	tried := func(more uint64) {
		t.Helper()
		before, _ := w.Stats(t.Context())
		await(t, "more tries", func() bool {
			s, _ := w.Stats(t.Context())
			return s.Retried >= before.Retried+more
		})
	}
	expect := func(when string, want time.Duration) {
		t.Helper()
		if got := w.Wait().Round(time.Minute); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	expect("at first", 0)
	ask("grey@example.jp", false)
	ask("owed@example.jp", true)
	tried(6)
	clock.Add(int64(4 * time.Minute))
	tried(6)
	expect("with mails of their own kind", 0)
	ask("a@example.jp", false)
	tried(6)
	for range 5 {
		clock.Add(int64(4 * time.Minute))
		tried(6)
	}
	expect("while the mail server takes nothing", 20*time.Minute)
	down.Store(false)
	r.messages(2) // the owed one as well
	await(t, "both to be settled", func() bool { return r.waiting() == 1 })
	expect("as the first mails come", 20*time.Minute)
	for range 3 {
		ask("b@example.jp", false)
	}
	await(t, "three more", func() bool { return r.waiting() == 1 })
	expect("as mails come at once", 0)
}

// TestWhatEverybodyWaitsTellsNobody: what went ahead of others, or only listed people get, does not
// show in the number that everybody reads.
func TestWhatEverybodyWaitsTellsNobody(t *testing.T) {
	const age = 4 * time.Minute
	now := time.Now()
	for _, c := range []struct {
		m           mailer.CodeMail
		ahead, tell bool
	}{
		{mailer.CodeMail{Purpose: otp.Web}, false, true},
		{mailer.CodeMail{Purpose: otp.Phone}, false, true},
		{mailer.CodeMail{Purpose: otp.Web}, true, false},
		{mailer.CodeMail{Purpose: otp.Web, ListedOnly: true}, false, false},
		{mailer.CodeMail{Purpose: otp.PasswordChanged}, false, false},
	} {
		c.m.RequestedAt = now.Add(-age)
		want := time.Duration(0)
		if c.tell {
			want = age
		}
		for _, fails := range []bool{false, true} {
			if got := mailer.WaitAfter(c.m, now, c.ahead, fails); got != want {
				t.Errorf("%s, listed only %v, ahead %v, fails %v: %v is told, want %v", c.m.Purpose, c.m.ListedOnly, c.ahead, fails, got, want)
			}
		}
	}
}
