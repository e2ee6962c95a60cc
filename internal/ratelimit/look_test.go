package ratelimit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// TestLookingCountsNothing: what is left is told as it is, however often somebody looks.
func TestLookingCountsNothing(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range []ratelimit.Name{ratelimit.SendGlobal, ratelimit.FailedIP} {
			l := open(ratelimit.Table{name: {{Count: 3, Per: time.Hour}, {Count: 100, Per: 24 * time.Hour}}})
			for left := int64(3); left >= 0; left-- {
				for range 5 {
					u, err := l.Look(context.Background(), name, "")
					if err != nil || u.Remaining != left || u.Limit != 3 || u.Window != time.Hour {
						t.Fatalf("%s: %+v, %v; want %d left of 3", name, u, err, left)
					}
				}
				if _, over := take(t, l, name, ""); (over == nil) != (left > 0) {
					t.Fatalf("%s: taking with %d left: %v", name, left, over)
				}
			}
		}
		l := open(ratelimit.Table{ratelimit.SendGlobal: {{Count: 2, Per: time.Second}}})
		loan, _, _ := borrow(t, l, ratelimit.Counter{Name: ratelimit.SendGlobal, Key: "k"})
		giveBack(t, l, loan)
		if u, err := l.Look(context.Background(), ratelimit.SendGlobal, "k"); err != nil || u.Remaining != 2 {
			t.Errorf("after a take was given back: %+v, %v; want 2 left", u, err)
		}
		for _, name := range []ratelimit.Name{ratelimit.SendAddress, ratelimit.RequestIP} {
			if _, err := l.Look(context.Background(), name, "k"); !errors.Is(err, ratelimit.ErrUnavailable) {
				t.Errorf("%s, which is only taken from: %v", name, err)
			}
		}
	})
}

// TestLookingWithoutRedis: who cannot look says so.
func TestLookingWithoutRedis(t *testing.T) {
	server := live.NewRedis(t)
	l := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: ratelimit.Default()})
	server.Stop()
	if _, err := l.Look(context.Background(), ratelimit.SendGlobal, ""); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("without Redis: %v", err)
	}
}

// A counter's hash lives as long as the last of its windows, whichever of them begin anew and
// in whatever order they stand.
func TestAHashLivesAsLongAsItsLastWindow(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	const short = 30 * time.Millisecond
	brief, lasting := ratelimit.Rate{Count: 90, Per: short}, ratelimit.Rate{Count: 90, Per: time.Hour}
	for key, rates := range map[string][]ratelimit.Rate{"a": {brief, lasting}, "b": {lasting, brief}} {
		l := open(t, ratelimit.Config{Client: client, Table: merged(ratelimit.Table{ratelimit.FailedIP: rates, ratelimit.FailedNet: rates}), Prefix: "t:"})
		for begin := range 3 {
			borrow(t, l, counters(key+":ip", key)...)
			for _, hash := range []string{"t:limit:failed-ip:{" + key + "}:ip", "t:limit:failed-net:{" + key + "}"} {
				if life := client.PTTL(t.Context(), hash).Val(); life < 50*time.Minute || life > time.Hour {
					t.Errorf("take %d: %s lives %v, want what is left of an hour", begin+1, hash, life)
				}
			}
			time.Sleep(short + time.Millisecond)
		}
	}
}
