package mailer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// dead is an outbox whose worker's process died: nothing it writes arrives any more.
type dead struct{ box }

func (dead) Done(context.Context, string) error { return mailer.ErrUnavailable }
func (dead) Retry(context.Context, string, time.Duration, mailer.Mailed) error {
	return mailer.ErrUnavailable
}

// TestWorkerKilledAfterIssue: a worker dies between storing the code and handing the mail
// over. Another takes the entry over when its lease ends, mails once, under the same
// slot, and the code that is mailed works.
func TestWorkerKilledAfterIssue(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.codes.Store = otp.NewRedis(client(t, url), otp.Config{Prefix: "test:"})
	config := mailer.OutboxConfig{Lease: 600 * time.Millisecond}
	r.outbox = redisOutbox(t, r, url, config)

	killed := r.config()
	killed.Outbox = dead{r.outbox}
	killed.Drain = time.Millisecond
	begun := make(chan struct{})
	var once sync.Once
	killed.Sender = senderFunc(func(ctx context.Context, _ mailer.Message) error {
		once.Do(func() { close(begun) })
		<-ctx.Done()
		return ctx.Err()
	})
	m := r.request("a@example.jp")
	r.enqueue(m)
	_, kill := r.run(killed)
	<-begun
	kill()
	taken := time.Now()

	r.run(r.config())
	mail := r.messages(1)[0]
	if waited := time.Since(taken); waited < 300*time.Millisecond {
		t.Errorf("taken over after %v, within the lease of the first worker", waited)
	}
	r.awaitEmpty()
	if calls, distinct := r.codes.distinctSlots(); calls != 2 || distinct != 1 {
		t.Errorf("%d calls for %d slots, want 2 for 1", calls, distinct)
	}
	if !r.accepts(m, codeIn(t, mail.Body)) {
		t.Error("the mailed code is not accepted")
	}
	time.Sleep(config.Lease + 100*time.Millisecond)
	r.messages(1)
}

// TestWorkerKilledAfterSend: a worker dies after the mail left and before the outbox was
// told. Nobody can know, so that the mail goes out again; the slot then holds the code of
// the second mail, and the first mail is void.
func TestWorkerKilledAfterSend(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{Lease: 400 * time.Millisecond})
	killed := r.config()
	killed.Outbox = dead{r.outbox}
	m := r.request("a@example.jp")
	r.enqueue(m)
	_, kill := r.run(killed)
	first := r.messages(1)[0]
	kill()

	r.run(r.config())
	second := r.messages(2)[1]
	r.awaitEmpty()
	if _, distinct := r.codes.distinctSlots(); distinct != 1 {
		t.Errorf("%d slots, want 1", distinct)
	}
	if r.accepts(m, codeIn(t, first.Body)) {
		t.Error("the code of the first mail is accepted; the comment at Worker.codes is wrong")
	}
	if !r.accepts(m, codeIn(t, second.Body)) {
		t.Error("the code of the second mail is not accepted")
	}
}

// TestSlowMailKeepsItsLease: while a worker lives and works, nobody else mails the entry,
// and work ends before the lease does.
func TestSlowMailKeepsItsLease(t *testing.T) {
	r := newRig(t)
	const lease = 800 * time.Millisecond
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{Lease: lease})
	var mu sync.Mutex
	atOnce, most := 0, 0
	c := r.config()
	c.Sender = senderFunc(func(ctx context.Context, _ mailer.Message) error {
		mu.Lock()
		atOnce++
		most = max(most, atOnce)
		mu.Unlock()
		<-ctx.Done() // a server that never answers
		mu.Lock()
		atOnce--
		mu.Unlock()
		return &mailer.TemporaryError{Step: mailer.StepAccept, MaybeAccepted: true}
	})
	r.enqueue(r.request("a@example.jp"))
	w1, _ := r.run(c)
	w2, _ := r.run(c)
	await(t, "three tries", func() bool {
		a, _ := w1.Stats(t.Context())
		b, _ := w2.Stats(t.Context())
		return a.Retried+b.Retried >= 3
	})
	mu.Lock()
	defer mu.Unlock()
	if most != 1 {
		t.Errorf("%d workers had the entry at once", most)
	}
}
