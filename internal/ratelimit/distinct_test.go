package ratelimit_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

func thing(n int) ratelimit.Thing { return ratelimit.Thing{byte(n), byte(n >> 8)} }

// passes tells whether a thing is within a limit.
func passes(t testing.TB, l *ratelimit.Limiter, name ratelimit.Name, key string, n int) bool {
	t.Helper()
	u, err := l.Distinct(t.Context(), name, key, thing(n))
	over := new(ratelimit.Exceeded)
	if err != nil && (!errors.As(err, &over) || over.Name != name || over.RetryAfter <= 0) {
		t.Fatalf("Distinct = %+v, %v", u, err)
	}
	return err == nil
}

func five(per time.Duration) ratelimit.Table {
	return ratelimit.Table{ratelimit.ClientMembers: {{Count: 5, Per: per}}}
}

// TestThingsAreCountedOnce: however often each is met, and by which node.
func TestThingsAreCountedOnce(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(five(time.Hour))
		for range 3 {
			for n := range 5 {
				if !passes(t, l, ratelimit.ClientMembers, "shop", n) {
					t.Fatalf("thing %d of 5 is over the limit", n)
				}
			}
		}
		for n := 5; n < 9; n++ {
			if passes(t, l, ratelimit.ClientMembers, "shop", n) {
				t.Errorf("thing %d passed a limit of 5", n)
			}
		}
		if !passes(t, l, ratelimit.ClientMembers, "shop", 2) {
			t.Error("what was counted costs something")
		}
		if !passes(t, l, ratelimit.ClientMembers, "other", 9) || !passes(t, l, ratelimit.ClientRefused, "shop", 9) {
			t.Error("another key or limit is not free")
		}
		if u, err := l.Distinct(t.Context(), ratelimit.ClientMembers, "other", thing(1)); err != nil || u.Remaining != 3 || u.Limit != 5 {
			t.Errorf("usage %+v, %v, want 3 of 5 left", u, err)
		}
	})
}

// TestThingsOfAllNodes: two nodes with one Redis share a limit; without it each holds its own.
func TestThingsOfAllNodes(t *testing.T) {
	server := live.NewRedis(t)
	a := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(five(time.Hour))})
	b := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(five(time.Hour))})
	for n := range 5 {
		passes(t, a, ratelimit.ClientMembers, "shop", n)
	}
	for range 2 { // a refusal is not counted as seen
		if passes(t, b, ratelimit.ClientMembers, "shop", 5) {
			t.Error("a sixth thing passed on the other node")
		}
	}
	if !passes(t, b, ratelimit.ClientMembers, "shop", 0) {
		t.Error("the other node does not know what was counted")
	}
	server.Flush() // what a node has seen itself still holds
	if passes(t, a, ratelimit.ClientMembers, "shop", 6) {
		t.Error("a lost Redis opened a limit that was reached on this node")
	}
	server.Stop()
	c := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(five(time.Hour))})
	passed := 0
	for n := range 9 {
		if passes(t, c, ratelimit.ClientMembers, "shop", n) {
			passed++
		}
	}
	if passed != 5 {
		t.Errorf("%d things passed without Redis, want 5", passed)
	}
}

func TestThingsWindowEnds(t *testing.T) {
	now := time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)
	l := open(t, ratelimit.Config{Table: merged(five(time.Hour)), Now: func() time.Time { return now }})
	for n := range 6 {
		passes(t, l, ratelimit.ClientMembers, "shop", n)
	}
	now = now.Add(time.Hour - time.Second)
	if passes(t, l, ratelimit.ClientMembers, "shop", 7) {
		t.Error("the window ended early")
	}
	now = now.Add(time.Second)
	if !passes(t, l, ratelimit.ClientMembers, "shop", 7) {
		t.Error("the window does not end")
	}
}

func TestThingsInParallel(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(five(time.Hour))
		var passed atomic.Int64
		var all sync.WaitGroup
		for n := range 200 {
			all.Go(func() {
				if _, err := l.Distinct(t.Context(), ratelimit.ClientMembers, "shop", thing(n)); err == nil {
					passed.Add(1)
				}
			})
		}
		all.Wait()
		if passed.Load() != 5 {
			t.Errorf("%d of 200 things passed a limit of 5", passed.Load())
		}
	})
}

// TestDistinctIsBounded: keys, things, and no taking from a limit of the other sort.
func TestDistinctIsBounded(t *testing.T) {
	l := open(t, ratelimit.Config{Table: ratelimit.Default()})
	var err error
	for i := 0; i < 2000 && err == nil; i++ {
		_, err = l.Distinct(t.Context(), ratelimit.ClientMembers, string(rune('a'+i%26))+time.Duration(i).String(), thing(0))
	}
	if !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("2,000 keys: %v", err)
	}
	if _, err := ratelimit.Default().Override("client-members=1000000/1h"); err == nil {
		t.Error("a million things may be remembered of one key")
	}
	if _, err := l.Take(t.Context(), ratelimit.ClientMembers, "k"); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("Take from a distinct limit: %v", err)
	}
	if _, err := l.Distinct(t.Context(), ratelimit.RequestIP, "k", thing(0)); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("Distinct on a limit of takes: %v", err)
	}
}
