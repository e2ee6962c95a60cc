package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

func TestCluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	rates := []ratelimit.Rate{{Count: 2, Per: time.Hour}, {Count: 9, Per: 2 * time.Hour}}
	for _, name := range kinds {
		l := open(t, ratelimit.Config{Client: client, Table: merged(ratelimit.Table{name: rates}), Prefix: "t:"})
		for _, key := range []string{"a", "b", "c", "d"} {
			for n := range 3 {
				if _, over := take(t, l, name, key); (over != nil) != (n == 2) {
					t.Errorf("%s, take %d: %v", name, n+1, over)
				}
			}
		}
	}
}

func TestRedisDown(t *testing.T) {
	server := live.NewRedis(t)
	client := dial(t, server.Addr())
	l := open(t, ratelimit.Config{Client: client, Table: ratelimit.Default()})
	check := func(when string) {
		for _, name := range kinds {
			for op, call := range map[string]func(context.Context, ratelimit.Name, string) (ratelimit.Usage, error){"Take": l.Take} {
				ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
				begun := time.Now()
				u, err := call(ctx, name, "canary-key")
				cancel()
				over := new(ratelimit.Exceeded)
				if took := time.Since(begun); !errors.Is(err, ratelimit.ErrUnavailable) || errors.As(err, &over) || u != (ratelimit.Usage{}) || took > 5*time.Second {
					t.Errorf("%s: %s %s gave %+v, %v after %v", when, op, name, u, err, took)
				}
				if err != nil && strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: the error of %s tells the key: %v", when, op, err)
				}
			}
		}
	}
	server.Hang(time.Hour)
	check("hanging")
	server.Stop()
	check("stopped")
	// A limiter can be made while Redis is away, and works once it is back.
	made := open(t, ratelimit.Config{Client: client, Table: ratelimit.Default()})
	server.Restart()
	for _, name := range kinds {
		for i, l := range []*ratelimit.Limiter{l, made} {
			if _, over := take(t, l, name, fmt.Sprintf("after %d", i)); over != nil {
				t.Errorf("%s after the restart: %v", name, over)
			}
		}
	}
	client.ScriptFlush(context.Background())
	for _, name := range kinds {
		if _, over := take(t, l, name, "flushed"); over != nil {
			t.Errorf("%s after a script flush: %v", name, over)
		}
	}
}

func TestKeysInRedisEnd(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Table: ratelimit.Default(), Prefix: "t:"})
	ctx := context.Background()
	for _, n := range ratelimit.Names() {
		take(t, l, n, "k")
	}
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) != len(ratelimit.Names()) {
		t.Fatalf("%d keys for %d limits, %v", len(keys), len(ratelimit.Names()), err)
	}
	for _, k := range keys {
		if ttl := client.PTTL(ctx, k).Val(); ttl <= 0 || ttl > 24*time.Hour {
			t.Errorf("key %s lives %v", k, ttl)
		}
		if !strings.HasPrefix(k, "t:limit:") {
			t.Errorf("key %s lacks the prefix", k)
		}
	}
}
