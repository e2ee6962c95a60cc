package ratelimit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// mailLimits are small, so that histories meet their ends.
var mailLimits = ratelimit.Table{
	ratelimit.SendAddress: {{Count: 2, Per: time.Minute}, {Count: 4, Per: 24 * time.Hour}},
	ratelimit.SendReserve: {{Count: 1, Per: 24 * time.Hour}},
	ratelimit.SendMailbox: {{Count: 3, Per: 15 * time.Minute}},
}

// exactNames are the limits of mailLimits, in the order of a person's counters.
var exactNames = []ratelimit.Name{ratelimit.SendAddress, ratelimit.SendReserve, ratelimit.SendMailbox}

// mailWays are what a mail may be charged to, by indices of exactNames.
var mailWays = [][]int{{0, 2}, {1, 2}, {0, 1}, {1}}

func mailCounters(key string) (counters []ratelimit.Counter) {
	for _, name := range exactNames {
		counters = append(counters, ratelimit.Counter{Name: name, Key: key})
	}
	return counters
}

func waysOf(counters []ratelimit.Counter, ways [][]int) (all [][]ratelimit.Counter) {
	for _, way := range ways {
		var some []ratelimit.Counter
		for _, i := range way {
			some = append(some, counters[i])
		}
		all = append(all, some)
	}
	return all
}

func takeFirst(t testing.TB, l *ratelimit.Limiter, r ratelimit.Receipt, counters []ratelimit.Counter, ways [][]int) int {
	t.Helper()
	way, err := l.TakeFirst(t.Context(), r, waysOf(counters, ways)...)
	if err != nil {
		t.Fatal(err)
	}
	return way
}

// TestTheFirstWayWithRoom: with every counter full or not, the first way is taken in which all
// have room, whole; no other counter is touched, and all of it comes back by the receipt.
func TestTheFirstWayWithRoom(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(ratelimit.Table{
			ratelimit.SendAddress: {{Count: 1, Per: time.Hour}}, ratelimit.SendReserve: {{Count: 1, Per: time.Hour}}, ratelimit.SendMailbox: {{Count: 1, Per: time.Hour}},
		})
		for full := range 8 {
			counters := mailCounters(fmt.Sprintf("k%d", full))
			room := func(i int) bool { return full>>i&1 == 0 }
			for i, c := range counters {
				if !room(i) && !takeFor(t, l, c, ratelimit.NewReceipt()) {
					t.Fatal("nothing to fill")
				}
			}
			want := slices.IndexFunc(mailWays, func(way []int) bool {
				return !slices.ContainsFunc(way, func(i int) bool { return !room(i) })
			})
			r := ratelimit.NewReceipt()
			if got := takeFirst(t, l, r, counters, mailWays); got != want {
				t.Errorf("full %03b: way %d, want %d", full, got, want)
			}
			for range 2 {
				undo(t, l, r, counters...)
			}
			for i, c := range counters {
				if takeFor(t, l, c, ratelimit.NewReceipt()) != room(i) {
					t.Errorf("full %03b: counter %d is not as it was", full, i)
				}
			}
		}
	})
}

// TestTheScriptOfWaysFollowsItsSpecification: random histories on a real Redis, whose lists are
// compared after every step.
func TestTheScriptOfWaysFollowsItsSpecification(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Table: merged(mailLimits), Prefix: "t:"})
	counters, taken := mailCounters("k"), map[int]int{}
	var keys []string
	var rates [][]ratelimit.Rate
	for _, c := range counters {
		keys, rates = append(keys, "t:limit:"+string(c.Name)+":{k}"), append(rates, mailLimits[c.Name])
	}
	lists := func() (all [][]ratelimit.Taken) {
		for _, key := range keys {
			all = append(all, listed(t, client, key))
		}
		return all
	}
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 3))
		for _, key := range keys {
			seedLog(t, client, key, random)
		}
		for range 5 {
			ways, id, before := randomWays(random), ratelimit.NewReceipt(), lists()
			early := clockOf(t, client)
			way := takeFirst(t, l, id, counters, ways)
			after, at := lists(), clockOf(t, client)
			taken[way]++
			if way >= 0 {
				for _, i := range ways[way] {
					if life := client.PTTL(t.Context(), keys[i]).Val(); life <= 0 || life > longestOf(rates[i]) {
						t.Errorf("seed %d: a list is kept for %v", seed, life)
					}
				}
				log := after[ways[way][0]]
				at = log[len(log)-1].At()
			}
			asked := slices.Concat(ways...)
			for i := range before {
				before[i] = slices.DeleteFunc(before[i], func(b ratelimit.Taken) bool {
					return slices.Contains(asked, i) && at-b.At() >= longestOf(rates[i]).Milliseconds()
				})
			}
			want, wantWay := ratelimit.Choose(before, rates, ways, ratelimit.TakenAt(at, id))
			if at < early || way != wantWay || !slices.EqualFunc(after, want, slices.Equal) {
				t.Fatalf("seed %d: of %v way %d, want %d; Redis holds %v, want %v", seed, ways, way, wantWay, after, want)
			}
			if way >= 0 && takeFirst(t, l, id, counters, ways) != way {
				t.Fatalf("seed %d: asked again, of %v another way than %d", seed, ways, way)
			}
			if again := lists(); way >= 0 && !slices.EqualFunc(again, want, slices.Equal) {
				t.Fatalf("seed %d: asked again, Redis holds %v, want %v", seed, again, want)
			}
			if random.IntN(2) == 0 {
				undo(t, l, id, counters...)
				for i := range want {
					want[i] = ratelimit.Withdraw(want[i], id)
				}
				if got := lists(); !slices.EqualFunc(got, want, slices.Equal) {
					t.Fatalf("seed %d: given back, Redis holds %v, want %v", seed, got, want)
				}
			}
		}
	}
	if taken[-1] < 20 || taken[0] < 20 || taken[1] < 20 || taken[2] < 5 {
		t.Errorf("ways that were taken: %v; the histories try nothing", taken)
	}
}

// TestAskingAgainCountsOnce: a take that is there is no other one, also where there is no more
// room: whoever did not hear the answer hears it when asking again.
func TestAskingAgainCountsOnce(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l, c := open(mailLimits), ratelimit.Counter{Name: ratelimit.SendReserve, Key: "k"}
		mine, other := ratelimit.NewReceipt(), ratelimit.NewReceipt()
		for range 3 {
			if !takeFor(t, l, c, mine) {
				t.Error("asked again: refused")
			}
		}
		if takeFor(t, l, c, other) {
			t.Error("another one has room")
		}
		undo(t, l, mine, c)
		if !takeFor(t, l, c, other) || takeFor(t, l, c, mine) {
			t.Error("given back: not the other one's")
		}
	})
}

// randomWays are up to four ways, none of which names a counter twice.
func randomWays(random *rand.Rand) (ways [][]int) {
	for range 1 + random.IntN(4) {
		ways = append(ways, random.Perm(3)[:1+random.IntN(3)])
	}
	return ways
}

func longestOf(rates []ratelimit.Rate) (d time.Duration) {
	for _, r := range rates {
		d = max(d, r.Per)
	}
	return d
}

// TestWaysUnderABurst: of five hundred at once, as many are counted as there is room for, the
// reserve for one that finds no room elsewhere and never for more.
func TestWaysUnderABurst(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(mailLimits)
		var taken [5]atomic.Int64 // by way, the last: none
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				way, err := l.TakeFirst(t.Context(), ratelimit.NewReceipt(), waysOf(mailCounters("k"), mailWays)...)
				if err != nil {
					t.Error(err)
				}
				taken[(way+5)%5].Add(1)
			})
		}
		all.Wait()
		for way, want := range []int64{2, 1, 0, 0, 497} {
			if got := taken[way].Load(); got != want {
				t.Errorf("way %d was taken by %d, want %d", way, got, want)
			}
		}
	})
}

// TestWaysThatCannotBeTaken: of counters that a Cluster would keep apart, or of another kind,
// nothing is taken; of limits that are lifted there is always room.
func TestWaysThatCannotBeTaken(t *testing.T) {
	l := open(t, ratelimit.Config{Table: ratelimit.Default()})
	for name, other := range map[string]ratelimit.Counter{
		"another place": {Name: ratelimit.SendReserve, Key: "other"},
		"another kind":  {Name: ratelimit.RequestIP, Key: "k"},
		"nobody's":      {Name: "send-all", Key: "k"},
	} {
		way, err := l.TakeFirst(t.Context(), ratelimit.NewReceipt(), []ratelimit.Counter{mailbox}, []ratelimit.Counter{other})
		if !errors.Is(err, ratelimit.ErrUnavailable) || way != -1 {
			t.Errorf("%s: %d, %v", name, way, err)
		}
	}
	if !takeFor(t, l, mailbox, ratelimit.NewReceipt()) {
		t.Error("something was taken")
	}
	lifted := open(t, ratelimit.Config{Table: ratelimit.Default(), Lifted: true})
	for range 9 {
		r := ratelimit.NewReceipt()
		if way := takeFirst(t, lifted, r, mailCounters("k"), mailWays); way != 0 {
			t.Errorf("lifted: way %d", way)
		}
		undo(t, lifted, r, mailCounters("k")...)
	}
}

// TestWaysInACluster: counters of one key are on one node, whichever it is, and what a receipt
// took of several keys comes back at once.
func TestWaysInACluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	l := open(t, ratelimit.Config{Client: client, Table: merged(mailLimits)})
	for i := range 12 {
		own, box, r := mailCounters(fmt.Sprintf("k%d:phone", i)), ratelimit.Counter{Name: ratelimit.SendMailbox, Key: fmt.Sprintf("m%d", i)}, ratelimit.NewReceipt()
		for n, want := range []int{0, 0, 1, -1} {
			if n == 0 && !takeFor(t, l, box, r) {
				t.Fatal("the other mailbox has no room")
			}
			if way := takeFirst(t, l, r, own, mailWays); way != want {
				t.Errorf("mail %d: way %d, want %d", n+1, way, want)
			}
			if n == 0 {
				undo(t, l, r, append(own, box)...)
				if way := takeFirst(t, l, r, own, mailWays); way != 0 {
					t.Errorf("given back: way %d", way)
				}
			}
			r = ratelimit.NewReceipt()
		}
	}
}
