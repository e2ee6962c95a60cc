package mailer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"exposure/internal/otp"
)

// While more mails wait than leave in time, people who are on the published list are
// mailed first, and the rest when there is room. A request cannot know who is listed, so
// the worker finds out, and puts strangers' entries on the shelf.
//
// Outside this shows in nothing but when a mail arrives, and in no mailbox but one's own: the
// same number of mails leaves at the same pace, whoever goes first. But whoever asks for mails to
// themselves just before and just after one to somebody else could see whether a mail left in
// between, as a stranger's does: told every time, of single addresses, while the shelf was in
// order. So it is in the order of half a minute, no finer. One's own mails still pause while
// those of listed people leave. In simulations of three mails a second over four connections,
// whoever fills the outbox with 260 mails to themselves tells twenty addresses asked for together
// that are listed from twenty that are not every time, five in 75 to 100 of 100, and one in 55 to
// 80, where 50 is chance: the less, the less steady the mail server and the more others ask.
//
// Fixed shares of the connections for strangers and for listed people would hide the pause, and
// show how much shorter the strangers' queue is by whoever is listed. It would take a place in
// that queue that everybody takes who asks, and that stays empty where the mail has gone before.
// No count of shelved entries is kept, which would tell of single addresses whoever reads metrics.
const (
	// deep: at three mails a second, by which the outbox is measured, so many entries are
	// the minute after which people may ask for another code, and do.
	deep = 180
	// old is that minute, for a mail server that is slower. Neither age nor a scarce budget
	// matters while every entry is in somebody's hand, because nobody waits for anybody then.
	old = time.Minute
	// measureEvery is how often the outbox is measured while nothing is taken from it. A fast
	// mail server takes a thousand mails meanwhile, so that it is measured as well after each
	// handful taken: a crowd that comes at once holds nobody up for longer than that.
	measureEvery = time.Second
	// askWithin bounds asking whether somebody is listed. Whoever cannot tell mails in turn.
	askWithin = 2 * time.Second
)

// pressure remembers whether listed people go first.
type pressure struct {
	on atomic.Bool

	mu    sync.Mutex
	next  time.Time // when to measure again
	taken int       // entries since the outbox was measured
}

// took counts entries towards the next measuring.
func (p *pressure) took(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken += n
}

// order says in which order to take entries now.
func (w *Worker) order(ctx context.Context) Order {
	w.measure(ctx)
	if w.pressure.on.Load() {
		return ShelvedLast
	}
	return InTurn
}

func (w *Worker) measure(ctx context.Context) {
	w.pressure.mu.Lock()
	defer w.pressure.mu.Unlock()
	if time.Now().Before(w.pressure.next) && w.pressure.taken < w.c.Parallel {
		return
	}
	d, err := w.c.Outbox.Depth(ctx)
	pressed := err == nil && (d.Waiting >= deep || d.Waiting > w.c.Parallel && (d.Oldest >= old || w.c.Scarce()))
	w.pressure.on.Store(pressed)
	w.pressure.next, w.pressure.taken = time.Now().Add(measureEvery), 0
}

// yields tells whether an entry lets others go first: a stranger's, while there is
// pressure, unless its turn has come. One that goes to listed addresses alone has nothing to
// wait for: on the shelf it would take the room of those that do.
func (w *Worker) yields(ctx context.Context, e Entry) bool {
	return !e.Shelved && !e.Mail.ListedOnly && w.pressure.on.Load() && w.stranger(ctx, e)
}

// stranger tells whether the mail's address is certainly not on the list, and the mail not one
// that nobody asked for.
func (w *Worker) stranger(ctx context.Context, e Entry) bool {
	if e.Mail.Purpose == otp.PasswordChanged {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	listed, err := w.c.Listed(ctx, w.c.Keys.Tags(e.Mail.Address))
	return err == nil && !listed
}
