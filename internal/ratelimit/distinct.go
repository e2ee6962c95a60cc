package ratelimit

import (
	"context"
	_ "embed" // the script
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Thing is what a distinct limit tells apart: a keyed hash made by the caller.
type Thing [16]byte

const (
	// maxDistinct bounds what is remembered of one key: 16 bytes each, and as much again for
	// finding it, here and in Redis.
	maxDistinct = 100_000
	// maxDistinctKeys bounds the keys: clients that operators have added.
	maxDistinctKeys = 1_000
	// distinctWithin bounds the call: it is on the way of somebody who logs in.
	distinctWithin = 250 * time.Millisecond
)

// Distinct counts how many different things a key has to do with: one that was counted in
// this window is free. Windows begin with their first thing. Over the limit it returns
// *Exceeded, and the thing is not counted.
//
// What this process has counted never lets more through, whatever Redis says or forgets;
// while Redis cannot be reached it decides alone. So it needs no error for that, and with
// Redis gone a limit holds on each node by itself.
func (l *Limiter) Distinct(ctx context.Context, name Name, key string, thing Thing) (Usage, error) {
	rates, err := l.ratesOf(name)
	switch {
	case err != nil:
		return Usage{}, err
	case !name.distinct():
		return Usage{}, errors.Join(ErrUnavailable, errNotDistinct)
	case l.lifts(name):
		return untouched(rates), nil
	}
	t, known, err := l.things.count(string(name)+":"+key, thing, rates)
	if err != nil {
		return Usage{}, errors.Join(ErrUnavailable, err)
	}
	if l.shared != nil && !known && !t.over {
		ctx, cancel := context.WithTimeout(ctx, distinctWithin)
		defer cancel()
		if everywhere, err := l.shared.count(ctx, string(name)+":"+key, thing, rates); err == nil {
			if t = worst([]tally{t, everywhere}); t.over {
				l.things.drop(string(name)+":"+key, thing) // or it would be known next time
			}
		}
	}
	if t.over {
		return t.usage, &Exceeded{Name: name, RetryAfter: t.wait}
	}
	return t.usage, nil
}

var errNotDistinct = errors.New("this limit does not tell things apart")

// distinctMemory keeps the things of each key in this process.
type distinctMemory struct {
	now func() time.Time

	mu   sync.Mutex
	keys map[string][]things // one for each rate
}

type things struct {
	seen map[Thing]struct{}
	end  time.Time
}

func newDistinctMemory(now func() time.Time) *distinctMemory {
	return &distinctMemory{now: now, keys: map[string][]things{}}
}

// count counts a thing. It is known if every window holds it already.
func (m *distinctMemory) count(key string, thing Thing, rates []Rate) (t tally, known bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	windows, err := m.windows(key, rates, now)
	if err != nil {
		return t, false, err
	}
	tallies := make([]tally, len(rates))
	known = true
	for i, r := range rates {
		w := windows[i]
		_, seen := w.seen[thing]
		tallies[i] = distinctTally(int64(len(w.seen)), seen, r, w.end.Sub(now))
		known = known && seen
	}
	if t = worst(tallies); !t.over {
		for _, w := range windows {
			w.seen[thing] = struct{}{}
		}
	}
	return t, known, nil
}

// windows are those of a key as they stand now.
func (m *distinctMemory) windows(key string, rates []Rate, now time.Time) ([]things, error) {
	windows, there := m.keys[key]
	if !there {
		if len(m.keys) >= maxDistinctKeys {
			return nil, errFull
		}
		windows = make([]things, len(rates))
		m.keys[key] = windows
	}
	for i, r := range rates {
		if !now.Before(windows[i].end) {
			windows[i] = things{seen: map[Thing]struct{}{}, end: now.Add(r.Per)}
		}
	}
	return windows, nil
}

// drop takes a thing back out.
func (m *distinctMemory) drop(key string, thing Thing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.keys[key] {
		delete(w.seen, thing)
	}
}

// distinctTally is the state of a window that held n things before this one.
func distinctTally(n int64, seen bool, r Rate, left time.Duration) tally {
	t := tally{usage: Usage{Limit: r.Count, Reset: left, Window: r.Per}}
	if !seen {
		n++
	}
	t.usage.Remaining = max(0, r.Count-n)
	if !seen && n > r.Count {
		t.over, t.wait = true, left
	}
	return t
}

//go:embed distinct.lua
var distinctLua string

// distinctRedis keeps the things of each key in a set, for all nodes.
type distinctRedis struct {
	client redis.UniversalClient
	prefix string
	script script
}

func newDistinctRedis(client redis.UniversalClient, prefix string) *distinctRedis {
	return &distinctRedis{client: client, prefix: prefix + "limit:", script: newScript(distinctLua)}
}

func (d *distinctRedis) key(key string, r Rate) string {
	return d.prefix + key + ":" + strconv.FormatInt(r.Per.Milliseconds(), 10)
}

func (d *distinctRedis) count(ctx context.Context, key string, thing Thing, rates []Rate) (tally, error) {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		reply, err := d.script.run(ctx, d.client, []string{d.key(key, r)}, []any{thing[:], r.Count, r.Per.Milliseconds()}).Int64Slice()
		if err != nil {
			return tally{}, err
		}
		if len(reply) != 3 {
			return tally{}, errReply
		}
		tallies[i] = distinctTally(reply[1], reply[0] == 1, r, time.Duration(max(0, reply[2]))*time.Millisecond)
	}
	return worst(tallies), nil
}
