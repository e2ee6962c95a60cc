package ratelimit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// taken is one take of an exact limit.
type taken struct {
	at int64 // in milliseconds since 1970
	id Receipt
}

// weigh is the specification of an exact limit. takes are those still in the longest
// window, oldest first. A take passes if every window has room; then it is the last of
// those returned. One that is there already passes and stays the one that it is.
func weigh(takes []taken, rates []Rate, t taken) ([]taken, bool) {
	if slices.ContainsFunc(takes, func(one taken) bool { return one.id == t.id }) {
		return takes, true
	}
	for _, r := range rates {
		if int64(within(takes, r, t.at)) >= r.Count {
			return takes, false
		}
	}
	return append(takes, t), true
}

// choose is the specification of a take of the first way that has room. logs are the takes of
// each counter, as of weigh, and a way is the counters that it takes of, all or none, by their
// indices. It returns the logs after it and the way that was taken, -1 when none has room.
func choose(logs [][]taken, rates [][]Rate, ways [][]int, t taken) ([][]taken, int) {
	for w, way := range ways {
		after, passes := slices.Clone(logs), true
		for _, i := range way {
			var passed bool
			after[i], passed = weigh(logs[i], rates[i], t)
			passes = passes && passed
		}
		if passes {
			return after, w
		}
	}
	return logs, -1
}

// withdraw is the specification of giving back: of the takes, that of the receipt is gone
// and every other stands, however late and however often it is asked for. Since a take is
// weighed against all that stand, those never given back keep every rate in any span.
func withdraw(takes []taken, id Receipt) []taken {
	return slices.DeleteFunc(slices.Clone(takes), func(t taken) bool { return t.id == id })
}

// within is how many of the takes are in the window that ends now.
func within(takes []taken, r Rate, now int64) int {
	n := 0
	for n < len(takes) && now-takes[len(takes)-1-n].at < r.Per.Milliseconds() {
		n++
	}
	return n
}

func longest(rates []Rate) time.Duration {
	var d time.Duration
	for _, r := range rates {
		d = max(d, r.Per)
	}
	return d
}

// exactCounter keeps the takes of exact limits by key. take counts one of each counter of the
// first way that has room and tells which that was, -1 if none has; undo takes back those of the
// receipt, where there are any. The counters of a take are kept together.
type exactCounter interface {
	take(ctx context.Context, asks []ask, ways [][]int, id Receipt) (way int, err error)
	undo(ctx context.Context, asks []ask, id Receipt) error
}

// exactMemory keeps the takes in this process.
type exactMemory struct {
	now func() time.Time

	mu    sync.Mutex
	logs  map[string]log
	sweep int       // number of logs from which the next sweep is due,
	swept time.Time // but not within sweepEvery of the last
}

type log struct {
	takes   []taken
	expires int64
}

const (
	maxLogs    = 500_000 // bounds the logs in memory, about 210 bytes each and 24 for a further mail
	firstSweep = 1024    // fewer logs are not worth a sweep
	sweepEvery = 10 * time.Second
)

func newExactMemory(now func() time.Time) *exactMemory {
	return &exactMemory{now: now, logs: map[string]log{}, sweep: firstSweep}
}

func (m *exactMemory) take(_ context.Context, asks []ask, ways [][]int, id Receipt) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clock := m.now()
	now := clock.UnixMilli()
	m.clean(clock)
	logs, rates := make([][]taken, len(asks)), make([][]Rate, len(asks))
	for i, a := range asks {
		all := m.logs[a.key].takes
		logs[i], rates[i] = all[len(all)-within(all, Rate{Per: longest(a.rates)}, now):], a.rates
	}
	after, way := choose(logs, rates, ways, taken{now, id})
	if way < 0 {
		return way, nil
	}
	if !m.begin(asks, ways[way]) {
		return -1, errFull
	}
	for _, i := range ways[way] {
		m.logs[asks[i].key] = log{takes: after[i], expires: now + longest(asks[i].rates).Milliseconds()}
	}
	return way, nil
}

// begin tells whether there is room for the logs of a way that are new.
func (m *exactMemory) begin(asks []ask, way []int) bool {
	fresh := 0
	for _, i := range way {
		if _, known := m.logs[asks[i].key]; !known {
			fresh++
		}
	}
	return fresh == 0 || len(m.logs)+fresh <= maxLogs
}

func (m *exactMemory) undo(_ context.Context, asks []ask, id Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range asks {
		l, known := m.logs[a.key]
		if !known {
			continue
		}
		if l.takes = withdraw(l.takes, id); len(l.takes) > 0 {
			m.logs[a.key] = l
		} else {
			delete(m.logs, a.key)
		}
	}
	return nil
}

func (m *exactMemory) clean(clock time.Time) {
	if len(m.logs) < m.sweep || clock.Sub(m.swept) < sweepEvery {
		return
	}
	for k, l := range m.logs {
		if l.expires <= clock.UnixMilli() {
			delete(m.logs, k)
		}
	}
	m.sweep, m.swept = max(firstSweep, min(2*len(m.logs), maxLogs)), clock
}
