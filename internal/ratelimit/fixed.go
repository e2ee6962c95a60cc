package ratelimit

import (
	"context"
	_ "embed" // the script
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
)

// cleanEvery is how often counters in memory that are over are dropped.
const cleanEvery = time.Minute

// window is the key of one rate's counter: two rates of a name must not share one.
func window(key string, r Rate) string {
	return key + ":" + strconv.FormatInt(r.Per.Milliseconds(), 10)
}

// fixedTally describes a counter after a take or a look.
func fixedTally(r Rate, count int64, reset time.Duration, charge bool) tally {
	t := tally{usage: Usage{Limit: r.Count, Remaining: max(0, r.Count-count), Reset: reset, Window: r.Per}}
	if t.over = count > r.Count || !charge && count == r.Count; t.over {
		t.wait = reset
	}
	return t
}

// fixedMemory counts in fixed windows, one counter for each rate, in this process.
type fixedMemory struct{ store limiter.Store }

func newFixedMemory() fixedMemory {
	return fixedMemory{memory.NewStoreWithOptions(limiter.StoreOptions{Prefix: "limit", CleanUpInterval: cleanEvery})}
}

func (f fixedMemory) count(ctx context.Context, takes []counted, charge bool) ([]tally, error) {
	get := f.store.Peek
	if charge {
		get = f.store.Get
	}
	return oneByOne(takes, func(c counted) (tally, error) {
		tallies := make([]tally, len(c.rates))
		for i, r := range c.rates {
			got, err := get(ctx, window(c.key, r), limiter.Rate{Period: r.Per, Limit: r.Count})
			if err != nil {
				return tally{}, err
			}
			tallies[i] = fixedMemoryTally(got, r, charge)
		}
		return worst(tallies), nil
	})
}

func fixedMemoryTally(c limiter.Context, r Rate, charge bool) tally {
	// The end comes in whole seconds, rounded down. One more keeps us from promising a
	// time that is too early.
	reset := min(max(time.Until(time.Unix(c.Reset+1, 0)), 0), r.Per+time.Second)
	count := r.Count - c.Remaining
	if c.Reached {
		count = r.Count + 1
	}
	return fixedTally(r, count, reset, charge)
}

//go:embed fixed.lua
var fixedLua string

// fixedRedis counts in the same way in Redis, all takes of a call in one script.
type fixedRedis struct {
	client redis.UniversalClient
	prefix string
	script *redis.Script
}

func newFixedRedis(client redis.UniversalClient, prefix string) *fixedRedis {
	return &fixedRedis{client: client, prefix: prefix + "limit:", script: redis.NewScript(fixedLua)}
}

func (f *fixedRedis) count(ctx context.Context, takes []counted, charge bool) ([]tally, error) {
	var keys []string
	args := []any{0}
	if charge {
		args[0] = 1
	}
	for i, c := range takes {
		for _, r := range c.rates {
			keys = append(keys, f.prefix+"{"+c.group+"}:"+window(c.key, r))
			args = append(args, i, r.Count, r.Per.Milliseconds())
		}
	}
	reply, err := f.script.Run(ctx, f.client, keys, args...).Int64Slice()
	if err != nil {
		return nil, err
	}
	return readCounters(takes, reply, charge)
}

// readCounters takes the reply of the script apart: count and remaining time of each
// counter, up to the last rate of the first take that is over.
func readCounters(takes []counted, reply []int64, charge bool) ([]tally, error) {
	var all []tally
	for _, c := range takes {
		tallies := make([]tally, len(c.rates))
		for i, r := range c.rates {
			if len(reply) < 2 {
				return nil, errReply
			}
			reset := r.Per // untouched
			if reply[0] > 0 {
				// The time comes in whole milliseconds, rounded down.
				reset = time.Duration(reply[1]+1) * time.Millisecond
			}
			tallies[i] = fixedTally(r, reply[0], reset, charge)
			reply = reply[2:]
		}
		t := worst(tallies)
		if all = append(all, t); t.over {
			break
		}
	}
	return all, nil
}
