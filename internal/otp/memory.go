package otp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"exposure/internal/breach"
)

// Config configures a store.
type Config struct {
	// Prefix is put in front of every key. Redis only.
	Prefix string
	// Now is the clock of Memory; nil means time.Now. Redis uses its own.
	Now func() time.Time
}

// maxPeople bounds Memory, about 1 KB each. Beyond it new people are turned away rather
// than known ones forgotten.
const maxPeople = 500_000

// Memory keeps everything in this process: for one node, for as long as it runs. A
// restart loses codes and the verifications' tries; the audit table keeps the budgets.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	states map[scope]state
	sweep  int   // number of states from which the next sweep is due,
	swept  int64 // but not within sweepEvery of the last
}

type scope struct {
	tag     breach.Tag
	purpose Purpose
}

const (
	firstSweep = 1024             // fewer states are not worth a sweep
	sweepEvery = int64(10 * 1000) // milliseconds; keeps a full store from sweeping all the time
)

// NewMemory returns an empty store.
func NewMemory(c Config) *Memory {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Memory{now: c.Now, states: map[scope]state{}, sweep: firstSweep}
}

// Redeem implements Store. A context that has ended changes nothing: the guess is judged.
func (m *Memory) Redeem(_ context.Context, a Attempt) (Verdict, error) {
	if err := a.check(); err != nil {
		return Verdict{}, err
	}
	a = a.unused()
	var r ruling
	err := m.update(scope{a.Tag, a.Purpose}, func(s state, now int64) state {
		s, r = decide(s, a, now)
		return s
	})
	if err != nil {
		return Verdict{}, fmt.Errorf("redeeming a code: %w", err)
	}
	return a.verdict(r)
}

// Issue implements Store.
func (m *Memory) Issue(_ context.Context, i Issue) (Issued, error) {
	if err := i.check(); err != nil {
		return Issued{}, err
	}
	var g grant
	err := m.update(scope{i.Tag, i.Purpose}, func(s state, now int64) state {
		s, g = issue(s, i, now)
		return s
	})
	if err != nil {
		return Issued{}, fmt.Errorf("issuing a code: %w", err)
	}
	return g.issued(), nil
}

// Withdraw implements Store.
func (m *Memory) Withdraw(_ context.Context, tag breach.Tag, purpose Purpose, slot string) error {
	if err := checkPlace(tag, purpose); err != nil {
		return err
	}
	err := m.update(scope{tag, purpose}, func(s state, now int64) state { return withdraw(s, slot, now) })
	if err != nil {
		return fmt.Errorf("withdrawing a code: %w", err)
	}
	return nil
}

// Revive implements Store.
func (m *Memory) Revive(_ context.Context, tag breach.Tag, purpose Purpose, nonce [16]byte) error {
	if err := checkScope(tag, purpose, nonce); err != nil {
		return err
	}
	err := m.update(scope{tag, purpose}, func(s state, now int64) state { return revive(s, nonce, now) })
	if err != nil {
		return fmt.Errorf("reviving a verification: %w", err)
	}
	return nil
}

func (m *Memory) update(k scope, step func(state, int64) state) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UnixMilli()
	if len(m.states) >= m.sweep && now-m.swept >= sweepEvery {
		m.forget(now)
	}
	old, known := m.states[k]
	if !known && len(m.states) >= maxPeople {
		return fmt.Errorf("%w: it holds too many people", ErrUnavailable)
	}
	if s := step(old, now); s.until() > now {
		m.states[k] = s
	} else {
		delete(m.states, k)
	}
	return nil
}

// forget drops what is over, and plans the next sweep so that its cost stays in
// proportion to what was added since.
func (m *Memory) forget(now int64) {
	for k, s := range m.states {
		if s.until() <= now {
			delete(m.states, k)
		}
	}
	m.sweep, m.swept = max(firstSweep, min(2*len(m.states), maxPeople)), now
}
