package ratelimit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// One limit of each kind: fixed windows, any span, and takes that can be given back.
var kinds = []ratelimit.Name{ratelimit.RequestIP, ratelimit.SendAddress, ratelimit.FailedIP}

// Those of them that tell their usage.
var telling = []ratelimit.Name{ratelimit.RequestIP, ratelimit.FailedIP}

func TestTakeCountsDown(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range telling {
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

func TestAllRatesOfANameHold(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range telling {
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
			if over == nil && u.Remaining != 1 && !n.Exact() {
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
	if _, err := l.Take(context.Background(), ratelimit.SendAddress, "k"); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("an exact limit without a receipt: %v, want it to fail closed", err)
	}
}
