package mailer_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/mailer"
)

// TestDelay: while mails are accepted, what the latest had waited, even with one entry
// that hangs on; when none is accepted, the age of the oldest.
func TestDelay(t *testing.T) {
	r := newRig(t)
	var clock atomic.Int64
	clock.Store(time.Now().UnixNano())
	now := func() time.Time { return time.Unix(0, clock.Load()) }
	pass := func(d time.Duration) { clock.Add(int64(d)) }
	request := func(to string) mailer.CodeMail {
		m := r.request(to)
		m.RequestedAt = now()
		return m
	}
	r.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: now})
	config := r.config()
	config.Now = now
	config.Sender = senderFunc(func(ctx context.Context, m mailer.Message) error {
		if strings.HasPrefix(m.To.Reveal(), "later") {
			return &mailer.TemporaryError{Step: mailer.StepRecipient, Code: 451}
		}
		return r.inbox.Send(ctx, m)
	})
	w, err := mailer.NewWorker(config)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want time.Duration, waiting int) {
		t.Helper()
		s, err := w.Stats(t.Context())
		if err != nil || s.Delay != want || s.Waiting != waiting {
			t.Errorf("%s: delay %v, %d waiting, %v; want %v, %d", when, s.Delay, s.Waiting, err, want, waiting)
		}
	}
	check("before any mail", 0, 0)
	r.enqueue(request("later@example.jp"))
	pass(7 * time.Minute)
	check("nothing accepted yet", 7*time.Minute, 1)

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	m := request("a@example.jp")
	m.RequestedAt = now().Add(-3 * time.Second)
	r.enqueue(m)
	r.messages(1)
	await(t, "the first to be put back and the second done", func() bool {
		s, _ := w.Stats(t.Context())
		return s.Mailed == 1 && s.Retried >= 1 && s.Waiting == 1
	})
	stop()
	<-done
	check("others are accepted", 3*time.Second, 1)
	pass(2 * time.Minute)
	check("quiet since, with an old entry left", 3*time.Second, 1)
}
