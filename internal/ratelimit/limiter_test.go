package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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

func take(t testing.TB, l *ratelimit.Limiter, name ratelimit.Name, key string) (ratelimit.Usage, *ratelimit.Exceeded) {
	t.Helper()
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

// One limit of each kind: fixed windows, any span, and takes that can be given back.
var kinds = []ratelimit.Name{ratelimit.RequestIP, ratelimit.SendAddress, ratelimit.FailedIP}

func TestTakeCountsDown(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range kinds {
			l := open(ratelimit.Table{name: {{Count: 3, Per: time.Hour}}})
			for left := int64(2); left >= 0; left-- {
				u, over := take(t, l, name, "a")
				if over != nil || u.Remaining != left || u.Limit != 3 || u.Window != time.Hour {
					t.Errorf("%s: %+v, %v; want %d left", name, u, over, left)
				}
				if u.Reset < 59*time.Minute || u.Reset > time.Hour+time.Second {
					t.Errorf("%s resets in %v, want about an hour", name, u.Reset)
				}
			}
			u, over := take(t, l, name, "a")
			if over == nil || over.Name != name || u.Remaining != 0 {
				t.Fatalf("%s over: %+v, %v", name, u, over)
			}
			if over.RetryAfter < 59*time.Minute || over.RetryAfter > time.Hour+time.Second {
				t.Errorf("%s: again in %v, want about an hour", name, over.RetryAfter)
			}
			if text := over.Error(); !strings.Contains(text, string(name)) || strings.Contains(text, "\"a\"") {
				t.Errorf("error %q", text)
			}
		}
	})
}

func TestNamesKeysAndWindowsAreIndependent(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		table := ratelimit.Table{}
		for _, n := range ratelimit.Names() {
			table[n] = []ratelimit.Rate{{Count: 2, Per: time.Hour}, {Count: 2, Per: 2 * time.Hour}}
		}
		l := open(table)
		for _, name := range ratelimit.Names() {
			for _, key := range []string{"a", "b", "a:3600000", ""} {
				for n := range 3 {
					if _, over := take(t, l, name, key); (over != nil) != (n == 2) {
						t.Errorf("%s, key %q, take %d: %v", name, key, n+1, over)
					}
				}
			}
		}
	})
}

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

func TestAllRatesOfANameHold(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range kinds {
			l := open(ratelimit.Table{name: {{Count: 5, Per: time.Minute}, {Count: 3, Per: time.Hour}}})
			for n := range 3 {
				if u, over := take(t, l, name, "all"); over != nil || u.Window != time.Hour || u.Remaining != int64(2-n) {
					t.Errorf("%s: %+v, %v; want the rate closest to its end", name, u, over)
				}
			}
			if u, over := take(t, l, name, "all"); over == nil || over.RetryAfter < 59*time.Minute || u.Window != time.Hour {
				t.Errorf("%s over its longer rate: %+v, %v", name, u, over)
			}
			l = open(ratelimit.Table{name: {{Count: 1, Per: time.Minute}, {Count: 3, Per: 2 * time.Hour}}})
			take(t, l, name, "short")
			if u, over := take(t, l, name, "short"); over == nil || over.RetryAfter > time.Minute+time.Second || u.Window != time.Minute {
				t.Errorf("%s over its shorter rate: %+v, %v", name, u, over)
			}
		}
	})
}

// Waiting for RetryAfter is enough, and not much longer than needed.
func TestRetryAfterIsRight(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range kinds {
			l := open(ratelimit.Table{name: {{Count: 2, Per: time.Second}}})
			take(t, l, name, "k")
			take(t, l, name, "k")
			_, over := take(t, l, name, "k")
			if over == nil || over.RetryAfter <= 0 || over.RetryAfter > 2*time.Second {
				t.Fatalf("%s: %v", name, over)
			}
			time.Sleep(over.RetryAfter)
			if _, over := take(t, l, name, "k"); over != nil {
				t.Errorf("%s: after waiting as told, %v", name, over)
			}
		}
	})
}

// Whoever hammers around the edges of a window never gets more in any span.
func TestExactLimitHoldsInAnySpan(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		const count, per = 3, 400 * time.Millisecond
		l := open(ratelimit.Table{ratelimit.SendAddress: {{Count: count, Per: per}, {Count: 8, Per: 3 * per}}})
		type passed struct{ before, after time.Time }
		var all []passed
		for begun := time.Now(); time.Since(begun) < 6*per; time.Sleep(2 * time.Millisecond) {
			p := passed{before: time.Now()}
			if _, over := take(t, l, ratelimit.SendAddress, "k"); over == nil {
				p.after = time.Now()
				all = append(all, p)
			}
		}
		if len(all) < 10 {
			t.Errorf("%d takes passed in six windows: refused ones must not count", len(all))
		}
		for i := range all {
			// The time counted lies between before and after; a millisecond is the clock's.
			if n := i + count; n < len(all) && all[n].after.Sub(all[i].before) < per-time.Millisecond {
				t.Errorf("%d takes passed within %v", count+1, all[n].after.Sub(all[i].before))
			}
			if n := i + 8; n < len(all) && all[n].after.Sub(all[i].before) < 3*per-time.Millisecond {
				t.Errorf("9 takes passed within %v", all[n].after.Sub(all[i].before))
			}
		}
	})
}

// The day of an address, minute by minute, on a clock of the test.
func TestSendAddressOverDays(t *testing.T) {
	now := time.UnixMilli(1_690_000_000_000)
	l := open(t, ratelimit.Config{Table: ratelimit.Default(), Now: func() time.Time { return now }})
	var passed []time.Time
	for range 4 * 24 * 60 * 2 { // twice a minute, for four days
		if _, over := take(t, l, ratelimit.SendAddress, "k"); over == nil {
			passed = append(passed, now)
		} else if over.RetryAfter <= 0 || over.RetryAfter > 24*time.Hour {
			t.Fatalf("again in %v", over.RetryAfter)
		}
		now = now.Add(30 * time.Second)
	}
	for _, r := range ratelimit.Default()[ratelimit.SendAddress] {
		for i := int(r.Count); i < len(passed); i++ {
			if span := passed[i].Sub(passed[i-int(r.Count)]); span < r.Per {
				t.Errorf("%d mails within %v", r.Count+1, span)
			}
		}
	}
	if len(passed) != 4*6 {
		t.Errorf("%d mails in four days, want 24", len(passed))
	}
}

func TestLimitsHoldUnderABurst(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range kinds {
			l := open(ratelimit.Table{name: {{Count: 7, Per: time.Hour}}})
			var passed atomic.Int64
			var wg sync.WaitGroup
			for range 300 {
				wg.Go(func() {
					if _, err := l.Take(context.Background(), name, "burst"); err == nil {
						passed.Add(1)
					}
				})
			}
			wg.Wait()
			if n := passed.Load(); n != 7 {
				t.Errorf("%s: %d of 300 passed, want 7", name, n)
			}
		}
	})
}

func TestLiftedLiftsOnlyWhatALoadTestHits(t *testing.T) {
	table := ratelimit.Table{}
	for _, n := range ratelimit.Names() {
		table[n] = []ratelimit.Rate{{Count: 1, Per: time.Hour}}
	}
	server := live.NewRedis(t)
	for backend, client := range map[string]redis.UniversalClient{"memory": nil, "redis": dial(t, server.Addr())} {
		l := open(t, ratelimit.Config{Client: client, Table: merged(table), Lifted: true})
		for _, n := range ratelimit.Names() {
			network := strings.HasSuffix(string(n), "-ip") || strings.HasSuffix(string(n), "-net") || strings.HasSuffix(string(n), "-site")
			want := network || strings.HasSuffix(string(n), "-global") || strings.HasPrefix(string(n), "send-")
			take(t, l, n, "k")
			u, over := take(t, l, n, "k")
			if lifted := over == nil; lifted != want {
				t.Errorf("%s: %s is lifted: %v, want %v", backend, n, lifted, want)
			}
			if over == nil && u.Remaining != 1 {
				t.Errorf("%s: lifted %s reports %+v", backend, n, u)
			}
		}
	}
	for _, stays := range []ratelimit.Name{ratelimit.ReportSession, ratelimit.AgentSignIn, ratelimit.AgentCode, ratelimit.ClientRequest} {
		l := open(t, ratelimit.Config{Table: merged(table), Lifted: true})
		take(t, l, stays, "k")
		if _, over := take(t, l, stays, "k"); over == nil {
			t.Errorf("%s was lifted", stays)
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

func TestNewRefusesAnIncompleteTable(t *testing.T) {
	for name, spoil := range map[string]func(ratelimit.Table){
		"request-ip":   func(t ratelimit.Table) { delete(t, ratelimit.RequestIP) },
		"failed-net":   func(t ratelimit.Table) { t[ratelimit.FailedNet] = nil },
		"send-global":  func(t ratelimit.Table) { t[ratelimit.SendGlobal] = []ratelimit.Rate{{Count: 0, Per: time.Hour}} },
		"send-address": func(t ratelimit.Table) { t[ratelimit.SendAddress] = []ratelimit.Rate{{Count: 1}} },
	} {
		table := ratelimit.Default()
		spoil(table)
		if _, err := ratelimit.New(ratelimit.Config{Table: table}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a table without a proper %s: %v", name, err)
		}
	}
	l := open(t, ratelimit.Config{Table: ratelimit.Default()})
	if _, err := l.Take(context.Background(), "request-all", "k"); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("an unknown limit: %v, want it to fail closed", err)
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

func BenchmarkTake(b *testing.B) {
	for backend, client := range map[string]redis.UniversalClient{"memory": nil, "redis": dial(b, live.NewRedis(b).Addr())} {
		l := open(b, ratelimit.Config{Client: client, Table: ratelimit.Default()})
		for _, name := range kinds {
			b.Run(backend+"/"+string(name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					take(b, l, name, fmt.Sprint(i/2))
				}
			})
		}
	}
}
