package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// ways are the two ways in which a client's networks are charged together.
var ways = map[string][3]ratelimit.Name{
	"taken": {ratelimit.RequestIP, ratelimit.RequestNet, ratelimit.RequestSite},
	"lent":  {ratelimit.FailedIP, ratelimit.FailedNet, ratelimit.FailedSite},
}

// ofNetworks are the counters of a /64 in a /56 in a /48.
func ofNetworks(names [3]ratelimit.Name, site, net, ip int) []ratelimit.Counter {
	wide := fmt.Sprintf("s%d", site)
	within := fmt.Sprintf("%s:n%d", wide, net)
	return []ratelimit.Counter{
		{Name: names[0], Key: fmt.Sprintf("%s:i%d", within, ip)}, {Name: names[1], Key: within}, {Name: names[2], Key: wide},
	}
}

func charge(t testing.TB, l *ratelimit.Limiter, c []ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, *ratelimit.Exceeded) {
	t.Helper()
	if c[0].Name == ratelimit.FailedIP {
		return borrow(t, l, c...)
	}
	usages, err := l.TakeAll(context.Background(), c...)
	return ratelimit.Loan{}, usages, exceeded(t, err)
}

// counted are the keys of counters in Redis; nil for memory.
func counted(t testing.TB, client *redis.Client) (keys []string) {
	t.Helper()
	all, err := client.Keys(context.Background(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if !strings.Contains(k, ":back:") {
			keys = append(keys, k)
		}
	}
	return keys
}

// TestNetworksAgainstAModel: in random histories a charge passes when no counter is used up
// and then counts on each, otherwise on none; what came back to nothing is not kept.
func TestNetworksAgainstAModel(t *testing.T) {
	for way, names := range ways {
		limit := map[ratelimit.Name]int64{names[0]: 3, names[1]: 7, names[2]: 12}
		table := ratelimit.Table{}
		for name, n := range limit {
			table[name] = []ratelimit.Rate{{Count: n, Per: time.Hour}, {Count: n + 100, Per: 2 * time.Hour}}
		}
		for _, backend := range []string{"memory", "redis"} {
			t.Run(way+"/"+backend, func(t *testing.T) {
				c := ratelimit.Config{Table: merged(table)}
				var client *redis.Client
				if backend == "redis" {
					client = dial(t, live.NewRedis(t).Addr())
					c.Client = client
				}
				l := open(t, c)
				model, out := map[ratelimit.Counter]int64{}, []loaned{}
				random := rand.New(rand.NewPCG(48, 64))
				for step := range 1500 {
					if len(out) > 0 && random.IntN(3) == 0 {
						i := random.IntN(len(out))
						giveBack(t, l, out[i].loan)
						for _, c := range out[i].counters {
							if model[c]--; model[c] == 0 {
								delete(model, c)
							}
						}
						out = append(out[:i], out[i+1:]...)
						continue
					}
					counters := ofNetworks(names, random.IntN(3), random.IntN(3), random.IntN(4))
					var want ratelimit.Name
					for _, c := range counters {
						if want == "" && model[c] >= limit[c.Name] {
							want = c.Name
						}
					}
					if want == "" {
						for _, c := range counters {
							model[c]++
						}
					}
					loan, usages, over := charge(t, l, counters)
					if over == nil && way == "lent" {
						out = append(out, loaned{loan, counters})
					}
					if (over != nil) != (want != "") || over != nil && over.Name != want {
						t.Fatalf("step %d, %v: %v, want %q to refuse", step, counters, over, want)
					}
					for i, c := range counters {
						if usages[i].Remaining != limit[c.Name]-model[c] || usages[i].Limit != limit[c.Name] {
							t.Fatalf("step %d, %v: %+v with %d taken", step, c, usages[i], model[c])
						}
					}
					if client != nil && step%50 == 0 {
						perCounter := map[string]int{"taken": 2, "lent": 1}[way] // keys
						if keys := counted(t, client); len(keys) != perCounter*len(model) {
							t.Fatalf("step %d: %d keys of %d counters: %q", step, len(keys), len(model), keys)
						}
					}
				}
			})
		}
	}
}

type loaned struct {
	loan     ratelimit.Loan
	counters []ratelimit.Counter
}

// TestASiteBeginsNoMoreCountersThanItMayTake: the owner of a /48 comes from a new /64 every
// time, one after the other and many at once. Each request that passes begins a counter, and
// none that is refused.
func TestASiteBeginsNoMoreCountersThanItMayTake(t *testing.T) {
	for way, names := range ways {
		t.Run(way, func(t *testing.T) {
			client := dial(t, live.NewRedis(t).Addr())
			l := open(t, ratelimit.Config{Client: client, Table: merged(ratelimit.Table{names[2]: {{Count: 40, Per: time.Hour}}})})
			var passed atomic.Int64
			var wg sync.WaitGroup
			for worker := range 20 {
				wg.Go(func() {
					for i := range 100 {
						if _, _, over := charge(t, l, ofNetworks(names, 1, worker, i)); over == nil {
							passed.Add(1)
						} else if over.Name != names[2] {
							t.Error(over)
						}
					}
				})
			}
			wg.Wait()
			byName := map[string]int{}
			for _, k := range counted(t, client) {
				name, _, _ := strings.Cut(strings.TrimPrefix(k, "limit:"), ":")
				byName[name]++
			}
			if passed.Load() != 40 || byName[string(names[0])] != 40 || byName[string(names[1])] > 20 || byName[string(names[2])] != 1 || len(byName) != 3 {
				t.Errorf("%d of 2,000 passed, want 40; counters: %v", passed.Load(), byName)
			}
		})
	}
}

// TestTakingTogetherNeedsOnePlace: counters that a Cluster would keep apart are refused as a
// limit that cannot be checked, also in memory; and so are limits of another kind.
func TestTakingTogetherNeedsOnePlace(t *testing.T) {
	l := open(t, ratelimit.Config{Table: ratelimit.Default()})
	for name, c := range map[string][]ratelimit.Counter{
		"two places":            {{Name: ratelimit.RequestIP, Key: "a:b"}, {Name: ratelimit.RequestNet, Key: "b"}},
		"one is returnable":     {{Name: ratelimit.RequestIP, Key: "a:b"}, {Name: ratelimit.FailedNet, Key: "a"}},
		"one counts exactly":    {{Name: ratelimit.RequestIP, Key: "a:b"}, {Name: ratelimit.SendAddress, Key: "a"}},
		"one counts things":     {{Name: ratelimit.RequestIP, Key: "a:b"}, {Name: ratelimit.ClientMembers, Key: "a"}},
		"one that nobody knows": {{Name: ratelimit.RequestIP, Key: "a:b"}, {Name: "request-all", Key: "a"}},
	} {
		usages, err := l.TakeAll(context.Background(), c...)
		if !errors.Is(err, ratelimit.ErrUnavailable) || usages != nil {
			t.Errorf("%s: %+v, %v", name, usages, err)
		}
		if u, over := take(t, l, ratelimit.RequestIP, name); over != nil || u.Remaining != 59 {
			t.Errorf("%s: %+v, %v", name, u, over)
		}
	}
}

// TestNetworksInACluster: the counters of a site are on one node, whichever it is.
func TestNetworksInACluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	for way, names := range ways {
		l := open(t, ratelimit.Config{Client: client, Table: merged(ratelimit.Table{names[2]: {{Count: 2, Per: time.Hour}}})})
		for site := range 12 {
			for n := range 4 {
				loan, _, over := charge(t, l, ofNetworks(names, site, n, n))
				if (over != nil) != (n >= 2) {
					t.Errorf("%s, site %d, take %d: %v", way, site, n+1, over)
				}
				if n == 0 {
					giveBack(t, l, loan)
					if way == "lent" {
						charge(t, l, ofNetworks(names, site, n, n))
					}
				}
			}
		}
		giveBack(t, l, func() ratelimit.Loan {
			loan, _, _ := borrow(t, l, ratelimit.Counter{Name: ratelimit.SendGlobal})
			return loan
		}())
	}
}
