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
// an error of others does not undo them. One that is spare (see rooms) may go uncounted, and
// then has no receipt. giveBack undoes takes, each at most once; one whose reply is lost may
// stay counted, but never is more given back than was taken. A counter that counts nothing any
// more is gone. look counts nothing.
type lender interface {
	borrow(ctx context.Context, asks []ask) ([]tally, []receipt, error)
	giveBack(ctx context.Context, asks []ask, receipts []receipt) error
	look(ctx context.Context, a ask) (Usage, error)
}

// windowMemory keeps the windows in this process.
type windowMemory struct {
	now  func() time.Time
	most rooms

	mu     sync.Mutex
	counts map[string]counted
	used   rooms     // of counts
	sweep  int       // number of counts from which the next sweep is due,
	swept  time.Time // but not within sweepEvery of the last
}

type counted struct {
	windows []window
	expires int64
	spare   bool // see rooms
}

func newWindowMemory(now func() time.Time) *windowMemory {
	return &windowMemory{
		now: now, most: rooms{spare: maxSpare, own: maxOwn}, counts: map[string]counted{}, sweep: firstSweep,
	}
}

// borrow returns errFull where a counter is new that is not spare and has no room.
func (m *windowMemory) borrow(_ context.Context, asks []ask) ([]tally, []receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clock := m.now()
	now := clock.UnixMilli()
	m.clean(clock)
	entered, all := make([][]window, len(asks)), true
	for i, a := range asks {
		var passed bool
		entered[i], passed = enter(m.counts[a.key].windows, a.rates, now)
		all = all && passed
	}
	tallies, receipts := make([]tally, len(asks)), make([]receipt, len(asks))
	fits := make([]bool, len(asks))
	if all {
		var err error
		if fits, err = m.fit(asks); err != nil {
			return tallies, receipts, err
		}
	}
	for i, a := range asks {
		if c, known := m.counts[a.key]; fits[i] {
			if !known {
				c.spare = isSpare(asks, a)
				*m.used.of(c.spare)++
			}
			c.windows, c.expires = entered[i], now+longest(a.rates).Milliseconds()
			m.counts[a.key] = c
			receipts[i] = receipt{ends: endsOf(entered[i])}
		} else {
			entered[i] = current(c.windows, a.rates, now)
		}
		tallies[i] = windowTally(entered[i], a.rates, now, all)
	}
	return tallies, receipts, nil
}

// fit tells which of the counters are there or have room: a spare one need not.
func (m *windowMemory) fit(asks []ask) ([]bool, error) {
	used, fits := m.used, make([]bool, len(asks))
	for i, a := range asks {
		_, known := m.counts[a.key]
		spare := isSpare(asks, a)
		fits[i] = known || used.begin(m.most, spare)
		if !fits[i] && !spare {
			return nil, errFull
		}
	}
	return fits, nil
}

// giveBack is called once for a take, so that no id is needed.
func (m *windowMemory) giveBack(_ context.Context, asks []ask, receipts []receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, a := range asks {
		windows := m.counts[a.key].windows
		leave(windows, receipts[i].ends)
		if !slices.ContainsFunc(windows, func(w window) bool { return w.n > 0 }) {
			m.drop(a.key)
		}
	}
	return nil
}

func (m *windowMemory) drop(key string) {
	if c, known := m.counts[key]; known {
		*m.used.of(c.spare)--
		delete(m.counts, key)
	}
}

func (m *windowMemory) clean(clock time.Time) {
	if len(m.counts) < m.sweep || clock.Sub(m.swept) < sweepEvery {
		return
	}
	for k, c := range m.counts {
		if c.expires <= clock.UnixMilli() {
			m.drop(k)
		}
	}
	// No later than when one of the rooms may be full of what is over.
	m.sweep, m.swept = min(max(firstSweep, 2*len(m.counts)), m.most.spare, m.most.own), clock
}
