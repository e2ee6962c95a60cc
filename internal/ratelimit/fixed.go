package ratelimit

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
	redisstore "github.com/ulule/limiter/v3/drivers/store/redis"
)

// cleanEvery is how often counters in memory that are over are dropped.
const cleanEvery = time.Minute

// fixed counts in fixed windows, one counter for each rate.
type fixed struct{ store limiter.Store }

func newFixedMemory(span time.Duration, now func() time.Time) fixed {
	store := memory.NewStoreWithOptions(limiter.StoreOptions{Prefix: "limit", CleanUpInterval: cleanEvery})
	return fixed{&bounded{Store: store, most: maxLogs / 2, span: span, now: now}}
}

func newFixedRedis(client redis.UniversalClient, prefix string) (fixed, error) {
	store, err := redisstore.NewStoreWithOptions(&scripts{UniversalClient: client}, limiter.StoreOptions{Prefix: prefix + "limit"})
	return fixed{store}, err
}

func (f fixed) count(ctx context.Context, key string, rates []Rate) (tally, error) {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		// The window is part of the key: two rates of a name must not share a counter.
		window := key + ":" + strconv.FormatInt(r.Per.Milliseconds(), 10)
		c, err := f.store.Get(ctx, window, limiter.Rate{Period: r.Per, Limit: r.Count})
		if err != nil {
			return tally{}, err
		}
		tallies[i] = fixedTally(c, r)
	}
	return worst(tallies), nil
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

// scripts lets the library prepare its scripts without a server: it is told their names,
// and a server that does not know a name yet is sent the text.
type scripts struct {
	redis.UniversalClient
	texts sync.Map // name -> script
}

// ScriptLoad names a script as Redis would.
func (s *scripts) ScriptLoad(ctx context.Context, text string) *redis.StringCmd {
	named := newScript(text)
	s.texts.Store(named.name, named)
	cmd := redis.NewStringCmd(ctx)
	cmd.SetVal(named.name)
	return cmd
}

// EvalSha runs a script that ScriptLoad named.
func (s *scripts) EvalSha(ctx context.Context, name string, keys []string, args ...any) *redis.Cmd {
	named, ok := s.texts.Load(name)
	if !ok {
		return s.UniversalClient.EvalSha(ctx, name, keys, args...)
	}
	return named.(script).run(ctx, s.UniversalClient, keys, args)
}
