package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"exposure/internal/audit"
	"exposure/internal/post"
	"exposure/internal/reset"
)

const (
	// lease outlasts a turn: one attempt, and writing down what became of it. After a kill
	// nothing is delivered until it ran out.
	lease = 30 * time.Second
	// pace is how often changes are looked for: what a shop is told may be this late.
	pace = 2 * time.Second
	// page is how many resets are read at once, pages how many times in one turn.
	page, pages = 500, 20
	// parallel is how many members are told of at once.
	parallel = 16
	// suspect is after how many turns without any success the receiver counts as down.
	suspect = 3
)

// Resets are the resets that are told.
type Resets interface {
	reset.Reader
	reset.Changer
}

// Config configures a Worker. Incident, Receiver, Queue, Resets and Held are required.
type Config struct {
	Incident string // its id
	Receiver *post.Receiver
	Queue    Queue
	Resets   Resets
	Held     func(context.Context) (bool, error) // whether orders are held
	Log      *slog.Logger                        // default none
	// Seen is told how it stands after each turn in which this worker held the lease.
	Seen func(Health)
	Now  func() time.Time // default time.Now
}

// Health says how delivery stands.
type Health struct {
	Down    bool  // the receiver takes nothing
	Stopped bool  // it said that it is gone for good (410)
	Trouble error // of our own; nil: none
}

// Worker delivers. Only one Run or Turn at a time.
type Worker struct {
	c      Config
	holder Holder
	cursor int64 // resets up to this change were looked at since the lease was taken

	// Since the last success:
	failed map[string]bool // members who were tried, a few
	streak int             // turns
	until  time.Time       // nobody is tried before
	backs  int             // how often that was set

	unwritten int // turns in a row whose outcomes could not be written down
}

// New makes a worker. It sends nothing yet.
func New(c Config) *Worker {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Seen == nil {
		c.Seen = func(Health) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	w := &Worker{c: c, failed: map[string]bool{}}
	rand.Read(w.holder[:])
	return w
}

// Run delivers until ctx ends, then gives the lease back.
func (w *Worker) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		sleep(ctx, w.Turn(ctx))
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	now := w.c.Now()
	if _, err := w.c.Queue.Lease(end, w.holder, now, now); err != nil && !errors.Is(err, ErrLeaseLost) {
		w.c.Log.Warn("the lease on webhooks was not given back, it runs out by itself", "error", err)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Turn looks for changes, tells of as many members as may be told of at once, and returns
// after how long there may be more to do.
func (w *Worker) Turn(ctx context.Context) time.Duration {
	now := w.c.Now()
	l, err := w.c.Queue.Lease(ctx, w.holder, now, now.Add(lease))
	if errors.Is(err, ErrLeaseLost) {
		w.cursor = 0 // another one looks at changes meanwhile, and may die of it
		return pace
	}
	var sent int
	if err == nil {
		l.Stopped, sent, err = w.work(ctx, l)
	}
	if ctx.Err() != nil || errors.Is(err, ErrLeaseLost) {
		return pace
	}
	if err != nil {
		w.c.Log.Error("webhooks about resets cannot be delivered for a reason of ours", "error", err)
	}
	w.c.Seen(Health{Down: w.streak >= suspect, Stopped: l.Stopped, Trouble: err})
	if err == nil && sent == parallel && w.streak == 0 {
		return 0
	}
	return pace
}

func (w *Worker) work(ctx context.Context, l Lease) (stopped bool, sent int, err error) {
	if err := w.intake(ctx); err != nil || l.Stopped {
		return l.Stopped, 0, err
	}
	limit := parallel
	switch {
	case w.c.Now().Before(w.until):
		return false, 0, nil
	case len(w.failed) > 1:
		limit = 1 // finds out whether the receiver is back
	}
	held, err := w.c.Held(ctx)
	if err != nil {
		return false, 0, err
	}
	due, err := w.c.Queue.Due(ctx, w.c.Now(), held, limit)
	if err != nil || len(due) == 0 {
		return false, 0, err
	}
	stopped, err = w.settle(ctx, w.tell(ctx, due, held))
	return stopped, len(due), err
}

// intake puts into the queue what changed since it was last looked at. At the start that is
// everything: what was told is known without a place to go on from, which could be wrong.
func (w *Worker) intake(ctx context.Context) error {
	for range pages {
		changed, err := w.c.Resets.List(ctx, reset.Query{After: w.cursor, Limit: page})
		if err != nil || len(changed) == 0 {
			return err
		}
		cursor := w.cursor
		var all []Candidate
		for _, r := range changed {
			cursor = max(cursor, r.Change)
			if e, ok := EventOf(r.Reset); ok {
				all = append(all, Candidate{r.MemberID, e.ID(w.c.Incident), e.Bars()})
			}
		}
		if err := w.c.Queue.Add(ctx, w.holder, w.c.Now(), all); err != nil {
			return err
		}
		if w.cursor = cursor; len(changed) < page {
			return nil
		}
	}
	return nil
}

// told is what became of telling one member's state.
type told struct {
	Waiting
	event   Event
	nothing bool  // to tell
	later   bool  // not tried
	err     error // of an attempt
	trouble error // of ours; not tried
}

// tell tries all of them at once, each once.
func (w *Worker) tell(ctx context.Context, due []Waiting, held bool) []told {
	all := make([]told, len(due))
	var wg sync.WaitGroup
	for i, d := range due {
		wg.Go(func() { all[i] = w.one(ctx, d, held) })
	}
	wg.Wait()
	return all
}

// one tells what is proven of a member now, which may be more than when they were queued.
func (w *Worker) one(ctx context.Context, d Waiting, held bool) told {
	t := told{Waiting: d}
	r, err := w.c.Resets.Get(ctx, d.MemberID)
	if errors.Is(err, reset.ErrUnknownMember) {
		t.nothing = true
		return t
	}
	if t.trouble = err; err != nil {
		return t
	}
	var something bool
	if t.event, something = EventOf(r); !something {
		t.nothing = true
		return t
	}
	// The queue has left them out already, to keep nobody waiting. But its word is not proven.
	if t.later = held && t.event.Bars(); t.later {
		return t
	}
	m, err := t.event.message(w.c.Incident)
	if t.trouble = err; err == nil {
		t.err = w.c.Receiver.Post(ctx, m, w.c.Now())
	}
	return t
}

// bar notes what the shop has made worthless, before it is noted that the shop was told: a
// kill between leads to the same message once more, not to a member who is never barred.
func (w *Worker) bar(ctx context.Context, all []told) error {
	events := map[string][16]byte{}
	var members []string
	for _, t := range all {
		if t.accepted() && t.event.Type == Required {
			events[t.MemberID] = t.event.ID(w.c.Incident)
			members = append(members, t.MemberID)
		}
	}
	if len(members) == 0 {
		return nil
	}
	now := w.c.Now()
	_, err := w.c.Resets.Change(ctx, entry(now), members, w.barred(events, now))
	return err
}

func entry(at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.System}, Action: audit.ResetBar, Outcome: audit.Done, Detail: "webhook"}
}
