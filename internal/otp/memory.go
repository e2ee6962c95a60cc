package otp

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// Bounds of Memory. Beyond them new people, and verifications that no short code was mailed
// for, are turned away rather than known ones forgotten. Of the latter a thousand IPv6 /48s,
// each failing 600 times an hour, leave 900,000 in the 90 minutes that each is remembered; and
// whoever has nothing but a long code, since others used up the mails, needs room for one more.
const (
	maxPeople = 500_000   // about 1 KB each
	maxApart  = 1_000_000 // about 210 bytes each
)

// Memory keeps everything in this process: for one node, for as long as it runs. A
// restart loses codes and the verifications' tries; the audit table keeps the budgets.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	states map[scope]state
	apart  map[visit]verification // see apart of state.go
	sweep  int                    // number of both from which the next sweep is due,
	swept  int64                  // but not within sweepEvery of the last
}

type scope struct {
	tag     breach.Tag
	purpose Purpose
}

// visit is one verification.
type visit struct {
	scope
	nonce string
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
	return &Memory{now: c.Now, states: map[scope]state{}, apart: map[visit]verification{}, sweep: firstSweep}
}

// Redeem implements Store. A context that has ended changes nothing: the guess is judged.
func (m *Memory) Redeem(_ context.Context, a Attempt) (Verdict, error) {
	if err := a.check(); err != nil {
		return Verdict{}, err
	}
	a = a.unused()
	var r ruling
	err := m.update(visitOf(a.Tag, a.Purpose, a.Nonce), func(s state, now int64) state {
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
	err := m.update(visitOf(i.Tag, i.Purpose, i.Nonce), func(s state, now int64) state {
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
	err := m.update(visit{scope: scope{tag, purpose}}, func(s state, now int64) state { return withdraw(s, slot, now) })
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
	err := m.update(visitOf(tag, purpose, nonce), func(s state, now int64) state { return revive(s, nonce, now) })
	if err != nil {
		return fmt.Errorf("reviving a verification: %w", err)
	}
	return nil
}

func visitOf(tag breach.Tag, p Purpose, nonce [16]byte) visit {
	return visit{scope{tag, p}, encode(nonce[:])}
}

// update runs one step of the specification on all that is kept of an address and of the
// verification at hand.
func (m *Memory) update(k visit, step func(state, int64) state) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UnixMilli()
	if len(m.states)+len(m.apart) >= m.sweep && now-m.swept >= sweepEvery {
		m.forget(now)
	}
	old, known := m.states[k.scope]
	own, begun := m.apart[k]
	if begun {
		old.Verifications = append(slices.Clip(old.Verifications), own)
	}
	s, alone := step(old, now).apart()
	if !known && len(m.states) >= maxPeople || !begun && len(alone) > 0 && len(m.apart) >= maxApart {
		return fmt.Errorf("%w: it holds too many people", ErrUnavailable)
	}
	delete(m.apart, k)
	for _, v := range alone {
		m.apart[k] = v
	}
	if s.until() > now {
		m.states[k.scope] = s
	} else {
		delete(m.states, k.scope)
	}
	return nil
}

// forget drops what is over, and plans the next sweep so that its cost stays in proportion to
// what was added since. Beyond maxPeople only sweepEvery bounds it: the room for people may be
// full of what is over.
func (m *Memory) forget(now int64) {
	maps.DeleteFunc(m.states, func(_ scope, s state) bool { return s.until() <= now })
	maps.DeleteFunc(m.apart, func(_ visit, v verification) bool { return !v.remembered(now) })
	m.sweep, m.swept = max(firstSweep, min(2*(len(m.states)+len(m.apart)), maxPeople)), now
}
