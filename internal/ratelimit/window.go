package ratelimit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// window counts takes until its end, in milliseconds since 1970.
type window struct{ n, end int64 }

// enter is the specification of a limit whose takes can be given back: it counts in
// windows that begin with their first take. A take passes if every window has room, and
// only then is counted.
func enter(old []window, rates []Rate, now int64) (windows []window, passed bool) {
	windows, passed = current(old, rates, now), true
	for i, r := range rates {
		passed = passed && windows[i].n < r.Count
	}
	if passed {
		for i := range windows {
			windows[i].n++
		}
	}
	return windows, passed
}

// current are the windows at this time: those that go on, and new ones for those that ended.
func current(old []window, rates []Rate, now int64) []window {
	windows := make([]window, len(rates))
	for i, r := range rates {
		windows[i].end = now + r.Per.Milliseconds()
		if i < len(old) && now < old[i].end {
			windows[i] = old[i]
		}
	}
	return windows
}

// leave takes one take out of the windows it was counted in. A window that ended since
// is another one: what others failed in it stays counted.
func leave(windows []window, ends []int64) {
	for i := range windows {
		if i < len(ends) && windows[i].end == ends[i] && windows[i].n > 0 {
			windows[i].n--
		}
	}
}

func windowTally(windows []window, rates []Rate, now int64, passed bool) tally {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		left := time.Duration(windows[i].end-now) * time.Millisecond
		t := tally{usage: Usage{Limit: r.Count, Remaining: max(0, r.Count-windows[i].n), Reset: left, Window: r.Per}}
		if !passed && windows[i].n >= r.Count {
			t.over, t.wait = true, left
		}
		tallies[i] = t
	}
	return worst(tallies)
}

func endsOf(windows []window) []int64 {
	ends := make([]int64, len(windows))
	for i, w := range windows {
		ends[i] = w.end
	}
	return ends
}

// ask is one counter of a loan: where to count, by which rates.
type ask struct {
	key   string
	rates []Rate
}

// receipt says in which windows a take was counted.
type receipt struct {
	id   string // of this take, for a repeated call
	ends []int64
}

// lender counts takes that can be given back.
//
// borrow counts one take for each ask, or says of which it did not. Of asks that are kept
// together it counts all or none, and none of them begins a counter that refuses another;
// an error of others does not undo them. giveBack undoes takes, each at most once; one whose
// reply is lost may stay counted, but never is more given back than was taken. A counter
// that counts nothing any more is gone. look counts nothing.
type lender interface {
	borrow(ctx context.Context, asks []ask) ([]tally, []receipt, error)
	giveBack(ctx context.Context, asks []ask, receipts []receipt) error
	look(ctx context.Context, a ask) (Usage, error)
}

// windowMemory keeps the windows in this process.
type windowMemory struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[string]counted
	sweep  int       // number of counts from which the next sweep is due,
	swept  time.Time // but not within sweepEvery of the last
}

type counted struct {
	windows []window
	expires int64
}

func newWindowMemory(now func() time.Time) *windowMemory {
	return &windowMemory{now: now, counts: map[string]counted{}, sweep: firstSweep}
}

func (m *windowMemory) borrow(_ context.Context, asks []ask) ([]tally, []receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clock := m.now()
	now := clock.UnixMilli()
	m.clean(clock)
	entered, begin, all := make([][]window, len(asks)), 0, true
	for i, a := range asks {
		old, known := m.counts[a.key]
		if !known {
			begin++
		}
		var passed bool
		entered[i], passed = enter(old.windows, a.rates, now)
		all = all && passed
	}
	tallies, receipts := make([]tally, len(asks)), make([]receipt, len(asks))
	if all && begin > 0 && len(m.counts)+begin > maxLogs {
		return tallies, receipts, errFull
	}
	for i, a := range asks {
		if all {
			m.counts[a.key] = counted{windows: entered[i], expires: now + longest(a.rates).Milliseconds()}
			receipts[i] = receipt{ends: endsOf(entered[i])}
		} else {
			entered[i] = current(m.counts[a.key].windows, a.rates, now)
		}
		tallies[i] = windowTally(entered[i], a.rates, now, all)
	}
	return tallies, receipts, nil
}

// giveBack is called once for a take, so that no id is needed.
func (m *windowMemory) giveBack(_ context.Context, asks []ask, receipts []receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, a := range asks {
		windows := m.counts[a.key].windows
		leave(windows, receipts[i].ends)
		if !slices.ContainsFunc(windows, func(w window) bool { return w.n > 0 }) {
			delete(m.counts, a.key)
		}
	}
	return nil
}

func (m *windowMemory) clean(clock time.Time) {
	if len(m.counts) < m.sweep || clock.Sub(m.swept) < sweepEvery {
		return
	}
	for k, c := range m.counts {
		if c.expires <= clock.UnixMilli() {
			delete(m.counts, k)
		}
	}
	m.sweep, m.swept = max(firstSweep, min(2*len(m.counts), maxLogs)), clock
}
