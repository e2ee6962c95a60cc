package mailer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// given is what was charged for mails and has been given back.
type given struct {
	mu    sync.Mutex
	back  map[[8]byte]int
	fails int // so many calls
}

func (g *given) unsent(_ context.Context, m mailer.CodeMail) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails--; g.fails >= 0 {
		return errors.New("the limits are away")
	}
	if g.back == nil {
		g.back = map[[8]byte]int{}
	}
	g.back[m.Receipt]++
	return nil
}

func (g *given) times(m mailer.CodeMail) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.back[m.Receipt]
}

// charged is a request for a mail that was paid for.
func (r *rig) charged(to string, long bool) mailer.CodeMail {
	m := r.request(to)
	m.Long = long
	rand.Read(m.Receipt[:])
	return m
}

// clock is one that a test sets.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// TestWhatNeverLeftIsGivenBack: of mails dropped after an hour, those that certainly never
// left; of others nothing, or an address could be mailed more than its limits allow.
func TestWhatNeverLeftIsGivenBack(t *testing.T) {
	down := &mailer.TemporaryError{Step: mailer.StepConnect}
	maybe := &mailer.TemporaryError{Step: mailer.StepAccept, MaybeAccepted: true}
	for name, c := range map[string]struct {
		errs []error // of the tries, the last of all later ones
		back int
	}{
		"the server is down":                 {[]error{down}, 1},
		"it says to try later":               {[]error{&mailer.TemporaryError{Step: mailer.StepAccept, Code: 452}}, 1},
		"it breaks off within the mail":      {[]error{&mailer.TemporaryError{Step: mailer.StepContent}}, 1},
		"it does not say that it took it":    {[]error{maybe}, 0},
		"it was not heard once, then down":   {[]error{down, maybe, down}, 0},
		"it refuses the address":             {[]error{&mailer.PermanentError{Step: mailer.StepRecipient, Code: 550}}, 0},
		"it is down, and refuses when it is": {[]error{down, &mailer.PermanentError{Step: mailer.StepAccept, Code: 554}}, 0},
		"it takes it":                        {[]error{down, nil}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
				var g given
				var at clock
				var tries sync.WaitGroup
				tries.Add(len(c.errs))
				n := 0
				config := r.config()
				config.Unsent, config.Now, config.Parallel = g.unsent, at.now, 1
				config.Sender = senderFunc(func(context.Context, mailer.Message) error {
					err := c.errs[min(n, len(c.errs)-1)]
					if n++; n <= len(c.errs) {
						tries.Done()
					}
					return err
				})
				m := r.charged("a@example.jp", true)
				r.enqueue(m)
				w, _ := r.run(config)
				tries.Wait()
				at.pass(2 * time.Hour)
				r.awaitEmpty()
				if got := g.times(m); got != c.back {
					t.Errorf("given back %d times, want %d", got, c.back)
				}
				if s, _ := w.Stats(t.Context()); c.back == 1 && s.Expired != 1 {
					t.Errorf("%d expired, want 1", s.Expired)
				}
			})
		})
	}
}

// TestUnsentLongCodesMakeRoom: the places for long codes are few. Those of mails that never
// left are free again, so that the owner gets one afterwards; what has no place is given
// back too.
func TestUnsentLongCodesMakeRoom(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		if _, redis := r.outbox.(*mailer.RedisOutbox); redis {
			r.codes.Store = otp.NewRedis(client(t, live.Redis(t)), otp.Config{Prefix: "test:"})
		}
		var g given
		var at clock
		config := r.config()
		config.Unsent, config.Now = g.unsent, at.now
		config.Sender = r.failing(1<<30, &mailer.TemporaryError{Step: mailer.StepConnect})
		var all []mailer.CodeMail
		for range 9 {
			all = append(all, r.charged("a@example.jp", true))
			r.enqueue(all[len(all)-1])
		}
		_, stop := r.run(config)
		await(t, "eight places are taken", func() bool { _, n := r.codes.distinctSlots(); return n == 9 && r.waiting() == 8 })
		at.pass(2 * time.Hour)
		r.awaitEmpty()
		stop()
		for _, m := range all {
			if n := g.times(m); n != 1 {
				t.Errorf("given back %d times", n)
			}
		}
		config.Sender = r.inbox
		m := r.charged("a@example.jp", true)
		m.RequestedAt = at.now()
		r.enqueue(m)
		r.run(config)
		if code := codeIn(t, r.messages(1)[0].Body); !r.accepts(m, code) {
			t.Error("the owner's code is not accepted")
		}
	})
}

// TestGivingBackIsNotLost: while the limits are away the entry stays, but not for ever.
func TestGivingBackIsNotLost(t *testing.T) {
	for name, c := range map[string]struct{ fails, back int }{"for a while": {3, 1}, "for good": {1 << 30, 0}} {
		t.Run(name, func(t *testing.T) {
			eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
				g := given{fails: c.fails}
				var at clock
				config := r.config()
				config.Unsent, config.Now = g.unsent, at.now
				m := r.charged("a@example.jp", false)
				r.enqueue(m)
				at.pass(mailer.MaxAge + time.Minute)
				r.run(config)
				await(t, "three tries", func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.fails <= max(0, c.fails-3) })
				at.pass(mailer.MaxAge)
				r.awaitEmpty()
				if got := g.times(m); got != c.back {
					t.Errorf("given back %d times, want %d", got, c.back)
				}
			})
		})
	}
}

// TestWhoIsOnTheListIsNotGivenBack: a mail that only a listed address gets stays charged.
func TestWhoIsOnTheListIsNotGivenBack(t *testing.T) {
	r := newRig(t)
	var g given
	config := r.config()
	config.Unsent = g.unsent
	config.Listed = func(context.Context, breach.Tags) (bool, error) { return false, nil }
	m := r.charged("a+b@example.jp", true)
	m.ListedOnly = true
	r.enqueue(m)
	r.run(config)
	r.awaitEmpty()
	if g.times(m) != 0 {
		t.Error("what an address is owed tells who is on the list")
	}
}

// TestKilledWhileGivingBack: a worker dies after it gave back and before the entry was off
// the outbox. The next one gives nothing back.
func TestKilledWhileGivingBack(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{Lease: 400 * time.Millisecond})
	var g given
	var at clock
	killed := r.config()
	killed.Outbox, killed.Unsent, killed.Now = dead{r.outbox}, g.unsent, at.now
	m := r.charged("a@example.jp", false)
	r.enqueue(m)
	at.pass(2 * time.Hour)
	_, kill := r.run(killed)
	await(t, "it gave back", func() bool { return g.times(m) == 1 })
	kill()
	config := r.config()
	config.Unsent, config.Now = g.unsent, at.now
	r.run(config)
	r.awaitEmpty()
	if n := g.times(m); n != 1 {
		t.Errorf("given back %d times", n)
	}
}
