package reset

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	// SweepAfter is how long after the first time sessions are ended again: a log-in that
	// compared the old password just before it went is through by then, and so is whatever
	// the shop writes at a request's end.
	SweepAfter = time.Minute
	// inFlight is how many members wait for their second sweep at most: what a kill makes to
	// be done again.
	inFlight = 100_000
	// perTurn bounds the batches that one turn takes up, and of those who are barred those that
	// it looks at. All whose password it makes worthless have their sessions ended in one
	// pass at its end.
	perTurn = 20
	// heldEvery is how many passwords are made worthless before a hold is asked for again.
	heldEvery = 50
	// enforcePace is how often changes are looked for, pollPace how often all barred members
	// are looked at, if that takes no longer. A changed password is told to the owner then.
	enforcePace, pollPace = 3 * time.Second, 30 * time.Second
	// recheck is how often the connector's rights are looked at, recheckBlocked while
	// something keeps it from working.
	recheck, recheckBlocked = 10 * time.Minute, 15 * time.Second
	// longestWait bounds the pause after trouble, which doubles each time.
	longestWait = time.Minute
)

// EnforcerConfig configures an Enforcer. Resets, Connector and Held are required.
type EnforcerConfig struct {
	Resets    Store
	Connector Connector
	Held      func(context.Context) (bool, error) // whether resets are held
	Log       *slog.Logger                        // default none
	// Seen is told how it stands after each turn, from one goroutine.
	Seen  func(Progress, error)
	Now   func() time.Time // default time.Now
	Sweep time.Duration    // default SweepAfter
}

// Progress counts members since the start.
type Progress struct {
	Barred     int       // the shop holds no password and no session of them
	Sweeping   int       // no password; sessions are ended once more, soon
	Unverified int       // found with a password that no ticket of ours explains
	Completed  int       // found with a new password after their ticket
	Gone       int       // the shop does not know them, or lets them in no more
	LastRead   time.Time // from the shop; zero: never
}

// Enforcer keeps a shop in step with the resets through a connector that reaches its
// database: it bars who is ordered, looks whose password was changed, and bars again where
// no ticket explains that. Everything is found again after a kill; another one at the same
// time does no harm. Only one of Run, Turn and Bar at a time.
type Enforcer struct {
	c EnforcerConfig

	fresh    int64     // changes up to this one were looked at
	polled   int64     // the same of the round over all who are barred
	round    time.Time // when that began
	sweeping map[string]bool
	waiting  []swept

	checked time.Time
	blocked bool

	mu       sync.Mutex
	progress Progress
}

// swept are members whose sessions were ended once.
type swept struct {
	ids []string
	at  time.Time
}

// NewEnforcer makes an enforcer. It does nothing yet.
func NewEnforcer(c EnforcerConfig) *Enforcer {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Seen == nil {
		c.Seen = func(Progress, error) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sweep <= 0 {
		c.Sweep = SweepAfter
	}
	return &Enforcer{c: c, sweeping: map[string]bool{}}
}

// Progress is how it stands. Safe for concurrent use.
func (e *Enforcer) Progress() Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.progress
}

func (e *Enforcer) count(change func(*Progress)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.progress)
}

// Run works until ctx ends, through whatever trouble.
func (e *Enforcer) Run(ctx context.Context) error {
	wait := enforcePace
	for ctx.Err() == nil {
		err := e.Turn(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil || errors.Is(err, ErrHeld) || errors.Is(err, ErrConnectorBlocked):
			wait = enforcePace
		default:
			e.c.Log.Warn("resets were not carried out in the shop, they are tried again", "error", err)
			wait = min(2*wait, longestWait)
		}
		pause(ctx, wait)
	}
	return nil
}

// Bar works until everybody who is ordered is barred, through trouble that passes by
// itself. It ends with ErrHeld or ErrConnectorBlocked, or what else keeps it.
func (e *Enforcer) Bar(ctx context.Context) error {
	wait := time.Second
	for {
		err := e.Turn(ctx)
		p := e.Progress()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			if wait = time.Second; p.Sweeping > 0 {
				break
			}
			if left, err := e.left(ctx); err != nil || left == 0 {
				return err
			}
		case !errors.Is(err, ErrShopUnavailable):
			return err
		default:
			wait = min(2*wait, longestWait)
		}
		pause(ctx, wait)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Turn does what is due now.
func (e *Enforcer) Turn(ctx context.Context) error {
	err := e.turn(ctx)
	if ctx.Err() == nil {
		e.c.Seen(e.Progress(), err)
	}
	return err
}

func (e *Enforcer) turn(ctx context.Context) error {
	if err := e.check(ctx); err != nil {
		return err
	}
	again := e.sweepAgain(ctx) // one locked session keeps nobody's password
	err := e.begin(ctx)
	if err == nil || errors.Is(err, ErrHeld) {
		err = errors.Join(err, e.poll(ctx))
	}
	return errors.Join(err, again)
}

// check asks the connector, now and then, whether it can work.
func (e *Enforcer) check(ctx context.Context) error {
	now, every := e.c.Now(), recheck
	if e.blocked {
		every = recheckBlocked
	}
	if !e.checked.IsZero() && now.Sub(e.checked) < every && now.Sub(e.checked) >= 0 {
		if e.blocked {
			return ErrConnectorBlocked
		}
		return nil
	}
	was := e.blocked
	e.checked, e.blocked = now, false
	for _, f := range e.c.Connector.Check(ctx) {
		if e.blocked = e.blocked || f.Blocks; f.Blocks && !was {
			e.c.Log.Error("the connector cannot work", "finding", f.Text)
		}
	}
	if e.blocked {
		return ErrConnectorBlocked
	}
	return nil
}
