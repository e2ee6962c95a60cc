package mailer

import (
	"context"
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"exposure/internal/otp"
)

// While more mails wait than leave in time, people who are on the published list are
// mailed ahead of the rest. A request cannot know who is listed, so the worker finds out.
//
// Whoever asks for mails to themselves before, while and after they ask for one to somebody else
// must not see from when theirs come whether that one went ahead. So everybody who asks has a
// place in one queue, the shelf. One crew of hands takes what comes and puts it there, but a listed
// person's mail only when it has left already, over connections that are kept for such mails; then
// an empty entry stands in for it. The other crew takes turn after turn, which last as long
// whether a mail leaves or none. See [lanes].
//
// In simulations of three mails a second over four connections, whoever fills the outbox with 260 mails
// to themselves tells one, five or twenty addresses that are listed from as many that are not in 50
// to 66 of 100 tries, where 50 is chance. That takes a mail server whose connections do not slow
// each other down. One that takes a single mail at a time tells all if it is always as fast; if it
// varies, a single address in 60 to 80 and twenty in 85: a stand-in gives it nothing to do, and mails
// that go ahead do. Turns that last longer than their mails would hide some of that, and leave a
// quarter of the mail server idle while people wait.
//
// Nobody is counted on the shelf, which would tell of single addresses whoever reads metrics.
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
	on     atomic.Bool
	oldest atomic.Int64 // for how long the oldest entry had waited, in nanoseconds

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

// order says which entries a crew takes now.
func (w *Worker) order(ctx context.Context, crew lane) Order {
	w.measure(ctx)
	if crew == ahead && w.pressure.on.Load() {
		return FreshOnly
	}
	return ShelfFirst
}

func (w *Worker) measure(ctx context.Context) {
	w.pressure.mu.Lock()
	defer w.pressure.mu.Unlock()
	if time.Now().Before(w.pressure.next) && w.pressure.taken < w.c.Parallel {
		return
	}
	d, err := w.c.Outbox.Depth(ctx)
	// It lasts until everybody is in a hand: stand-ins that are left take no turn any more.
	pressed := err == nil && (d.Waiting >= deep || d.Waiting > w.c.Parallel && (w.pressure.on.Load() || d.Oldest >= old || w.c.Scarce()))
	w.pressure.on.Store(pressed)
	w.pressure.oldest.Store(int64(d.Oldest))
	w.pressure.next, w.pressure.taken = time.Now().Add(measureEvery), 0
}

// laneOf tells on which way the mail of an entry leaves that a hand of that crew has.
func (w *Worker) laneOf(e Entry, crew lane) lane {
	switch {
	case !w.pressure.on.Load():
		return calm
	case crew == ahead && !e.Shelved:
		return ahead
	}
	return turn
}

// hasTurn tells whether the entry has a place in the queue that everybody sees who asks. One
// that goes to listed people alone has none: a stranger's leaves at once, unsent, and room on
// the shelf is for those that leave. Nor has one that nobody asked for.
func (e Entry) hasTurn() bool { return !e.Mail.ListedOnly && e.Mail.Purpose != otp.PasswordChanged }

// holdsBack puts an entry where it has to wait, and tells so, unless its mail goes ahead now: on
// the shelf, if it is not certainly a listed person's. A listed person's mail waits for up to half
// a minute by chance, because whoever is listed as well would see from when their own mails come
// whose went before; but for no longer than half of what others wait.
func (w *Worker) holdsBack(ctx context.Context, e Entry) bool {
	if !w.listed(ctx, e) {
		w.shelve(ctx, e, NotMailed)
		return true
	}
	most := min(w.c.Hesitate, time.Duration(w.pressure.oldest.Load())/2)
	part := float64(maphash.String(w.seed, e.ID)) / math.MaxUint64 // the same whenever it is asked for
	wait := time.Duration(part*float64(most)) - w.c.Now().Sub(e.Mail.RequestedAt)
	if wait > 0 {
		w.putBack(ctx, e, wait, NotMailed)
	}
	return wait > 0
}

// listed tells whether the mail's address is certainly on the list.
func (w *Worker) listed(ctx context.Context, e Entry) bool {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	listed, err := w.c.Listed(ctx, w.c.Keys.Tags(e.Mail.Address))
	return err == nil && listed
}

func (w *Worker) shelve(ctx context.Context, e Entry, m Mailed) {
	if err := w.c.Outbox.Shelve(unhurried(ctx), e.ID, m); err != nil {
		// Nothing is lost: the entry comes back when its lease ends.
		w.c.Log.Warn("entry could not be put on the shelf", "error", err)
	}
}

// over ends the work on an entry whose mail has left, or never will. Of one that went ahead a
// stand-in takes the turn.
func (w *Worker) over(ctx context.Context, e Entry, in lane) {
	if in != ahead || !e.hasTurn() {
		w.finish(ctx, e.ID)
		return
	}
	w.unsettled.drop(e.ID)
	w.written(ctx, e.ID, "leave its turn to a stand-in", func() error {
		return w.c.Outbox.Shelve(unhurried(ctx), e.ID, SurelyMailed)
	})
}

// standIn does with a turn what a mail would: it waits while none may or can leave, and for its
// provider, and takes as long.
func (w *Worker) standIn(ctx context.Context, e Entry, in lane) {
	switch in {
	case ahead: // put back, and not on the shelf yet
		w.shelve(ctx, e, SurelyMailed)
		return
	case turn:
		if w.troubled.Load() || w.c.Shut(ctx) != nil {
			w.putBack(ctx, e, w.backOff(w.c.Now().Sub(e.Mail.RequestedAt)), SurelyMailed)
			return
		}
		if wait := w.c.Pace(ctx, e.Mail.Address.Domain(), false); wait > 0 {
			w.waitTimes.failure(w.c.Now(), e, in, pacedError{wait})
			w.putBack(ctx, e, wait, SurelyMailed)
			return
		}
		leave, err := w.enter(ctx, turn)
		if err != nil {
			w.shelve(ctx, e, SurelyMailed)
			return
		}
		sleep(ctx, w.lanes.standIn())
		leave()
	}
	w.waitTimes.turn(w.c.Now(), e, in, false)
	w.finish(ctx, e.ID)
}
