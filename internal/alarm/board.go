package alarm

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Quiet is the least time between two messages that one kind began. What begins again
// within it is told at its end if it still goes on then; ends are told at once. Five
// minutes is after how long Prometheus's Alertmanager by default tells of changes within a
// group (group_interval); with all kinds flapping it makes six messages a minute.
const Quiet = 5 * time.Minute

// Message is what is told about an alarm.
type Message struct {
	Kind  Kind
	Begun bool // false: it ended
	Level slog.Level
	Text  string // what happened and what to do, in a sentence
	At    time.Time
}

// Config configures a Board. Nothing is required.
type Config struct {
	Log *slog.Logger // default none
	// Tell is handed every message after it was logged; it must not wait. Default none.
	Tell func(Message)
	// Quiet replaces the constant of that name; for tests.
	Quiet time.Duration
	Now   func() time.Time // default time.Now
}

// Board knows which alarms are on. Safe for concurrent use; a nil one takes no notice.
type Board struct {
	c     Config
	kinds map[Kind]about
	wake  chan struct{}

	mu     sync.Mutex
	states map[Kind]*state
}

// state is what is known about one kind.
type state struct {
	on    bool
	since time.Time // of on
	until time.Time // noted kinds end then
	begun uint64

	told   bool      // what people believe
	toldAt time.Time // that it began
}

// State is an alarm as it is now.
type State struct {
	Kind  Kind
	On    bool
	Begun uint64 // how often it began since the start
}

// New makes a board on which nothing is on.
func New(c Config) *Board {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Tell == nil {
		c.Tell = func(Message) {}
	}
	if c.Quiet <= 0 {
		c.Quiet = Quiet
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	b := &Board{c: c, kinds: kinds(), wake: make(chan struct{}, 1), states: map[Kind]*state{}}
	for k := range b.kinds {
		b.states[k] = &state{}
	}
	return b
}

// Set says whether a condition holds now. Saying the same again changes nothing.
func (b *Board) Set(k Kind, on bool) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.states[k]; s.on != on {
		b.turn(s, on)
	}
}

// Note says that something happened which by itself has no end: the alarm ends once it
// has not happened for as long as its kind holds.
func (b *Board) Note(k Kind) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.states[k]
	s.until = b.c.Now().Add(b.kinds[k].holds)
	if !s.on {
		b.turn(s, true)
	}
}

// turn is called under the lock.
func (b *Board) turn(s *state, on bool) {
	s.on, s.since = on, b.c.Now()
	if on {
		s.begun++
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// States are all alarms, by name.
func (b *Board) States() []State {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]State, 0, len(b.states))
	for k, s := range b.states {
		all = append(all, State{k, s.on, s.begun})
	}
	slices.SortFunc(all, func(x, y State) int { return cmp.Compare(x.Kind, y.Kind) })
	return all
}

// Run tells of what begins and ends until ctx ends.
func (b *Board) Run(ctx context.Context) error {
	for {
		next := time.NewTimer(b.tell(b.c.Quiet))
		select {
		case <-ctx.Done():
			next.Stop()
			b.tell(0) // what is held back must not be lost with the process
			return nil
		case <-b.wake:
		case <-next.C:
		}
		next.Stop()
	}
}

// idle is how long Run sleeps when nothing is due at a known time.
const idle = time.Hour

// tell tells of what is due, and returns after how long something else may be.
func (b *Board) tell(quiet time.Duration) time.Duration {
	due, wait := b.due(quiet)
	for _, m := range due {
		state := "ended"
		if m.Begun {
			state = "begun"
		}
		b.c.Log.Log(context.Background(), m.Level, m.Text, "alarm", string(m.Kind), "state", state, "since", m.At.UTC().Format(time.RFC3339))
		b.c.Tell(m)
	}
	return max(wait, time.Millisecond)
}

// due ends what was not noted again, and collects what has to be told now.
func (b *Board) due(quiet time.Duration) (all []Message, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.c.Now()
	wait = idle
	for k, s := range b.states {
		if holds := b.kinds[k].holds; s.on && holds > 0 {
			if left := s.until.Sub(now); left > 0 {
				wait = min(wait, left)
			} else {
				s.on, s.since = false, now
			}
		}
		if s.on == s.told {
			continue
		}
		if left := s.toldAt.Add(quiet).Sub(now); s.on && left > 0 {
			wait = min(wait, left)
			continue
		}
		if s.told = s.on; s.on {
			s.toldAt = now
		}
		all = append(all, b.message(k, s))
	}
	slices.SortFunc(all, func(x, y Message) int { return x.At.Compare(y.At) })
	return all, wait
}

func (b *Board) message(k Kind, s *state) Message {
	m := Message{Kind: k, Begun: s.on, Level: b.kinds[k].level, Text: b.kinds[k].begins, At: s.since}
	if !s.on {
		m.Level, m.Text = slog.LevelWarn, b.kinds[k].ends
	}
	return m
}
