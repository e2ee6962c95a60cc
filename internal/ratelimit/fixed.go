package ratelimit

import (
	"context"
	"strconv"
	"time"

	"github.com/ulule/limiter/v3"
)

// fixed counts in fixed windows, one counter for each rate.
type fixed struct{ store fixedStore }

// fixedWindow is one counter of the library.
type fixedWindow struct {
	key   string
	rate  limiter.Rate
	spare bool // see rooms
}

// fixedStore keeps the counters. takeAll counts one take of each, or, if one of them is
// used up, of none: that one is Reached, and no counter has begun. One that is spare may go
// uncounted, and then looks untouched.
type fixedStore interface {
	takeAll(ctx context.Context, windows []fixedWindow) ([]limiter.Context, error)
}

func (f fixed) count(ctx context.Context, asks []ask) ([]tally, error) {
	var windows []fixedWindow
	for _, a := range asks {
		spare := isSpare(asks, a)
		for _, r := range a.rates {
			// The window is part of the key: two rates of a name must not share a counter.
			key := slotted(a.key) + ":" + strconv.FormatInt(r.Per.Milliseconds(), 10)
			windows = append(windows, fixedWindow{key, limiter.Rate{Period: r.Per, Limit: r.Count}, spare})
		}
	}
	contexts, err := f.store.takeAll(ctx, windows)
	if err != nil {
		return nil, err
	}
	tallies := make([]tally, len(asks))
	for i, a := range asks {
		each := make([]tally, len(a.rates))
		for k, r := range a.rates {
			each[k] = fixedTally(contexts[k], r)
		}
		tallies[i], contexts = worst(each), contexts[len(a.rates):]
	}
	return tallies, nil
}

func fixedTally(c limiter.Context, r Rate) tally {
	// The end comes in whole seconds, rounded down. One more keeps us from promising a
	// time that is too early.
	reset := min(max(time.Until(time.Unix(c.Reset+1, 0)), 0), r.Per+time.Second)
	t := tally{usage: Usage{Limit: r.Count, Remaining: c.Remaining, Reset: reset, Window: r.Per}}
	if c.Reached {
		t.over, t.wait = true, reset
	}
	return t
}
