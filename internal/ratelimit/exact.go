package ratelimit

import (
	"context"
	_ "embed" // the script
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// weigh is the specification of an exact limit. times are the takes still in the longest
// window, oldest first, in milliseconds. A take passes if every window has room; then it
// is the last of the times returned.
func weigh(times []int64, rates []Rate, now int64) ([]int64, bool) {
	for _, r := range rates {
		if int64(within(times, r, now)) >= r.Count {
			return times, false
		}
	}
	return append(times, now), true
}

// within is how many of the times are in the window that ends now.
func within(times []int64, r Rate, now int64) int {
	n := 0
	for n < len(times) && now-times[len(times)-1-n] < r.Per.Milliseconds() {
		n++
	}
	return n
}

// exactTally describes the times after a take.
func exactTally(times []int64, rates []Rate, now int64, passed bool) tally {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		n := within(times, r, now)
		t := tally{usage: Usage{Limit: r.Count, Remaining: max(0, r.Count-int64(n)), Window: r.Per}}
		if n > 0 {
			t.usage.Reset = leaves(times[len(times)-n], r, now)
		}
		if !passed && int64(n) >= r.Count {
			t.over = true
			t.wait = leaves(times[len(times)-int(r.Count)], r, now)
		}
		tallies[i] = t
	}
	return worst(tallies)
}

// leaves is how long until a take is out of the window.
func leaves(at int64, r Rate, now int64) time.Duration {
	return time.Duration(at-now)*time.Millisecond + r.Per
}

func longest(rates []Rate) time.Duration {
	var d time.Duration
	for _, r := range rates {
		d = max(d, r.Per)
	}
	return d
}

// exactMemory keeps the times in this process.
type exactMemory struct {
	now func() time.Time

	mu    sync.Mutex
	logs  map[string]log
	sweep int       // number of logs from which the next sweep is due,
	swept time.Time // but not within sweepEvery of the last
}

type log struct {
	times   []int64
	expires int64
}

const (
	maxLogs    = 500_000 // bounds the keys of each kind of counter in memory, about 200 bytes each
	firstSweep = 1024    // fewer logs are not worth a sweep
	sweepEvery = 10 * time.Second
)

var errFull = errors.New("too many keys are counted")

func newExactMemory(now func() time.Time) *exactMemory {
	return &exactMemory{now: now, logs: map[string]log{}, sweep: firstSweep}
}

func (m *exactMemory) count(_ context.Context, key string, rates []Rate) (tally, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clock := m.now()
	now := clock.UnixMilli()
	m.clean(clock)
	l, known := m.logs[key]
	if !known && len(m.logs) >= maxLogs {
		return tally{}, errFull
	}
	n := within(l.times, Rate{Per: longest(rates)}, now)
	times, passed := weigh(l.times[len(l.times)-n:], rates, now)
	if passed {
		m.logs[key] = log{times: times, expires: now + longest(rates).Milliseconds()}
	}
	return exactTally(times, rates, now, passed), nil
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

//go:embed exact.lua
var exactLua string

// exactRedis keeps the times in Redis, on Redis's clock.
type exactRedis struct {
	client redis.UniversalClient
	prefix string
	script script
}

func newExactRedis(client redis.UniversalClient, prefix string) *exactRedis {
	return &exactRedis{client: client, prefix: prefix + "limit:", script: newScript(exactLua)}
}

var errReply = errors.New("the reply of Redis makes no sense")

func (e *exactRedis) count(ctx context.Context, key string, rates []Rate) (tally, error) {
	args := []any{longest(rates).Milliseconds()}
	for _, r := range rates {
		args = append(args, r.Count, r.Per.Milliseconds())
	}
	reply, err := e.script.run(ctx, e.client, []string{e.prefix + key}, args).Int64Slice()
	if err != nil {
		return tally{}, err
	}
	if len(reply) < 2 {
		return tally{}, errReply
	}
	passed, now, times := reply[0] == 1, reply[1], reply[2:]
	if !passed && len(times) == 0 {
		return tally{}, errReply
	}
	return exactTally(times, rates, now, passed), nil
}
