package ratelimit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// household is an address, the network around it, and a mailbox: limits of both kinds.
func household(address string) []ratelimit.Take {
	return []ratelimit.Take{
		{Name: ratelimit.RequestIP, Key: address, Group: "net"},
		{Name: ratelimit.RequestNet, Key: "net", Group: "net"},
		{Name: ratelimit.SendAddress, Key: "mailbox"},
	}
}

// TestTakesBehindTheOneThatIsOver: an address that hammers uses up its own limit, not
// that of its neighbours, and no mailbox's.
func TestTakesBehindTheOneThatIsOver(t *testing.T) {
	table := ratelimit.Table{
		ratelimit.RequestIP:   {{Count: 2, Per: time.Hour}, {Count: 9, Per: 2 * time.Hour}},
		ratelimit.RequestNet:  {{Count: 3, Per: time.Hour}, {Count: 9, Per: 2 * time.Hour}},
		ratelimit.SendAddress: {{Count: 5, Per: time.Hour}},
	}
	test := func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(table)
		all := func(address string, looked int, over ratelimit.Name, left ...int64) {
			t.Helper()
			for range looked {
				if _, err := l.SpentAll(t.Context(), household(address)...); name(t, err) != over {
					t.Errorf("%s: looking: %v, want %q over", address, err, over)
				}
			}
			usages, err := l.TakeAll(t.Context(), household(address)...)
			if name(t, err) != over || len(usages) != len(left) {
				t.Fatalf("%s: %+v, %v; want %q over", address, usages, err, over)
			}
			for i, u := range usages {
				if u.Remaining != left[i] {
					t.Errorf("%s: usage %d is %+v, want %d left", address, i, u, left[i])
				}
			}
		}
		all("a", 3, "", 1, 2, 4)
		all("a", 3, "", 0, 1, 3)
		all("a", 3, ratelimit.RequestIP, 0)
		all("a", 0, ratelimit.RequestIP, 0)
		all("b", 3, "", 1, 0, 2)
		all("c", 3, ratelimit.RequestNet, 2-1, 0)
		if u, _ := take(t, l, ratelimit.SendAddress, "mailbox"); u.Remaining != 1 {
			t.Errorf("the mailbox has %d mails left, want 1", u.Remaining)
		}
	}
	backends(t, test)
	t.Run("cluster", func(t *testing.T) {
		client := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		})
		t.Cleanup(func() { client.Close() })
		test(t, func(table ratelimit.Table) *ratelimit.Limiter {
			return open(t, ratelimit.Config{Client: client, Table: merged(table), Prefix: "t:"})
		})
	})
}

// name is the limit that is over, empty if none is.
func name(t *testing.T, err error) ratelimit.Name {
	t.Helper()
	if over := exceeded(t, err); over != nil {
		return over.Name
	}
	return ""
}

// TestSomeLifted: a lifted limit among others takes nothing from them.
func TestSomeLifted(t *testing.T) {
	l := open(t, ratelimit.Config{Lifted: true, Table: merged(ratelimit.Table{
		ratelimit.RequestIP: {{Count: 1, Per: time.Hour}}, ratelimit.ReportSession: {{Count: 2, Per: time.Hour}},
	})})
	takes := []ratelimit.Take{
		{Name: ratelimit.RequestIP, Key: "k"}, {Name: ratelimit.ReportSession, Key: "k"}, {Name: ratelimit.RequestNet, Key: "k"},
	}
	for n := range 3 {
		usages, err := l.TakeAll(t.Context(), takes...)
		if want := map[bool]int{false: 3, true: 2}[n == 2]; len(usages) != want || (err != nil) != (n == 2) {
			t.Errorf("take %d: %+v, %v", n+1, usages, err)
		}
	}
	_, err := l.TakeAll(t.Context(), ratelimit.Take{Name: ratelimit.RequestIP}, ratelimit.Take{Name: "request-all"})
	if !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("an unknown limit: %v, want it to fail closed", err)
	}
}
