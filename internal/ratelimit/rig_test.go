package ratelimit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

func dial(t testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, PoolTimeout: 10 * time.Second,
	})
	t.Cleanup(func() { c.Close() })
	return c
}

// backends runs a test on memory and on Redis. open makes a limiter with some rates
// replaced; all limiters of one test share their store in Redis only.
func backends(t *testing.T, test func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter)) {
	t.Run("memory", func(t *testing.T) {
		test(t, func(table ratelimit.Table) *ratelimit.Limiter { return open(t, ratelimit.Config{Table: merged(table)}) })
	})
	t.Run("redis", func(t *testing.T) {
		client := dial(t, live.NewRedis(t).Addr())
		test(t, func(table ratelimit.Table) *ratelimit.Limiter {
			return open(t, ratelimit.Config{Client: client, Table: merged(table), Prefix: "t:"})
		})
	})
}

func merged(over ratelimit.Table) ratelimit.Table {
	table := ratelimit.Default()
	for name, rates := range over {
		table[name] = rates
	}
	return table
}

func open(t testing.TB, c ratelimit.Config) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// take takes one. Of an exact limit it tells no usage.
func take(t testing.TB, l *ratelimit.Limiter, name ratelimit.Name, key string) (ratelimit.Usage, *ratelimit.Exceeded) {
	t.Helper()
	if name.Exact() {
		if takeFor(t, l, ratelimit.Counter{Name: name, Key: key}, ratelimit.NewReceipt()) {
			return ratelimit.Usage{}, nil
		}
		return ratelimit.Usage{}, &ratelimit.Exceeded{Name: name}
	}
	u, err := l.Take(context.Background(), name, key)
	return u, exceeded(t, err)
}

func exceeded(t testing.TB, err error) *ratelimit.Exceeded {
	t.Helper()
	var over *ratelimit.Exceeded
	if err != nil && !errors.As(err, &over) {
		t.Fatalf("checking a limit: %v", err)
	}
	return over
}
