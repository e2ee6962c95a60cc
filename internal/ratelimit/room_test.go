package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// asking are the two ways in which a client's networks are charged together.
var asking = map[string][3]Name{
	"taken": {RequestIP, RequestNet, RequestSite},
	"lent":  {FailedIP, FailedNet, FailedSite},
}

// inMemory is a limiter in memory with these limits on ip, net and site.
func inMemory(t *testing.T, names [3]Name, limits [3]int64) *Limiter {
	t.Helper()
	table := Default()
	for i, n := range names {
		table[n] = []Rate{{limits[i], time.Hour}}
	}
	l, err := New(Config{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// roomOf is what there may be and what there is of the counters of this way.
func roomOf(l *Limiter, way string) (most, used *rooms) {
	if way == "lent" {
		m := l.lender.(*windowMemory)
		return &m.most, &m.used
	}
	b := l.fixed.store.(*bounded)
	return &b.most, &b.begun
}

// ipv4 are the counters of an address in a /24, ipv6 those of a /64 in a /56 in a /48.
func ipv4(names [3]Name, net, ip int) []Counter {
	wide := fmt.Sprintf("four%d", net)
	return []Counter{{names[0], fmt.Sprintf("%s:%d", wide, ip)}, {names[1], wide}}
}

func ipv6(names [3]Name, site, net, ip int) []Counter {
	wide := fmt.Sprintf("six%d", site)
	return []Counter{{names[0], fmt.Sprintf("%s:i%d", wide, ip)}, {names[1], fmt.Sprintf("%s:n%d", wide, net)}, {names[2], wide}}
}

// charge charges the counters in their way.
func charge(l *Limiter, c []Counter) (Loan, []Usage, error) {
	if c[0].Name == FailedIP {
		return l.Borrow(context.Background(), c...)
	}
	usages, err := l.TakeAll(context.Background(), c...)
	return Loan{}, usages, err
}

// TestAThousandNetworksKeepNobodyOut: 1,000 /24s ask from each of their addresses, and 1,000
// /48s from as many /64s as they may, each in a /56 of its own, which is more than there is
// room for. Whoever comes from another network is served, and a network that begins then is
// stopped where any is, from however many addresses it comes.
func TestAThousandNetworksKeepNobodyOut(t *testing.T) {
	for way, names := range asking {
		t.Run(way, func(t *testing.T) {
			l := inMemory(t, names, [3]int64{60, 600, 30})
			for net := range 1_000 {
				for ip := range 256 {
					if _, _, err := charge(l, ipv4(names, net, ip)); err != nil {
						t.Fatalf("a /24, address %d: %v", ip, err)
					}
				}
				for ip := range 30 {
					if _, _, err := charge(l, ipv6(names, net, ip, ip)); err != nil {
						t.Fatalf("a /48, /64 %d: %v", ip, err)
					}
				}
			}
			if most, used := roomOf(l, way); *used != (rooms{most.spare, 2_000}) {
				t.Errorf("%+v counters, want all that are spare, and 2,000", *used)
			}
			for i, counters := range [][]Counter{ipv4(names, 5_000, 1), ipv6(names, 5_000, 1, 1)} {
				_, usages, err := charge(l, counters)
				widest := usages[len(usages)-1]
				if err != nil || usages[0].Remaining != usages[0].Limit || widest.Remaining != widest.Limit-1 {
					t.Errorf("stranger %d: %+v, %v; want to be counted by the wider network alone", i, usages, err)
				}
			}
			for name, burst := range map[Name]func(i int) []Counter{
				names[1]: func(i int) []Counter { return ipv4(names, 6_000, i%256) },
				names[2]: func(i int) []Counter { return ipv6(names, 6_000, i%256, i) },
			} {
				passed := int64(0)
				for i := range 2_000 {
					_, _, err := charge(l, burst(i))
					if over := new(Exceeded); err == nil {
						passed++
					} else if !errors.As(err, &over) || over.Name != name {
						t.Fatal(err)
					}
				}
				if passed != l.table[name][0].Count {
					t.Errorf("%d of a burst passed %s, want %d", passed, name, l.table[name][0].Count)
				}
			}
		})
	}
}

// roomModel says what a limiter with too little room does.
type roomModel struct {
	most, used rooms
	limits     map[Name]int64
	counts     map[Counter]int64
}

// charge tells which of the counters are counted; none if one is used up, which is named, or
// if there is no room for the widest.
func (m *roomModel) charge(counters []Counter) (counted []Counter, over Name, full bool) {
	used := m.used
	for i, c := range counters {
		n, known := m.counts[c]
		switch {
		case n >= m.limits[c.Name]:
			return nil, c.Name, false
		case known || used.begin(m.most, i < len(counters)-1):
			counted = append(counted, c)
		case i == len(counters)-1:
			full = true
		}
	}
	if full {
		return nil, "", true
	}
	m.used = used
	for _, c := range counted {
		m.counts[c]++
	}
	return counted, "", false
}

func (m *roomModel) giveBack(counted []Counter) {
	for _, c := range counted {
		if m.counts[c]--; m.counts[c] == 0 {
			delete(m.counts, c)
			*m.used.of(strings.Contains(c.Key, ":"))--
		}
	}
}

// TestRoomsAgainstAModel: in random histories with too little room a charge passes when no
// counter is used up and the widest is counted; it then counts on each that was there or had
// room, and none of them falls but by what is given back.
func TestRoomsAgainstAModel(t *testing.T) {
	for way, names := range asking {
		t.Run(way, func(t *testing.T) {
			m := &roomModel{
				most: rooms{spare: 12, own: 6}, limits: map[Name]int64{names[0]: 3, names[1]: 7, names[2]: 12}, counts: map[Counter]int64{},
			}
			l := inMemory(t, names, [3]int64{3, 7, 12})
			most, _ := roomOf(l, way)
			*most = m.most
			type loaned struct {
				loan    Loan
				counted []Counter
			}
			var out []loaned
			random := rand.New(rand.NewPCG(24, 48))
			fulls, partly := 0, 0
			for step := range 5_000 {
				if len(out) > 0 && random.IntN(2) == 0 {
					i := random.IntN(len(out))
					if err := l.Return(t.Context(), out[i].loan); err != nil {
						t.Fatal(err)
					}
					m.giveBack(out[i].counted)
					out = append(out[:i], out[i+1:]...)
				}
				counters := ipv4(names, random.IntN(5), random.IntN(4))
				if random.IntN(2) == 0 {
					counters = ipv6(names, random.IntN(5), random.IntN(3), random.IntN(4))
				}
				counted, over, full := m.charge(counters)
				loan, usages, err := charge(l, counters)
				var exceeded *Exceeded
				errors.As(err, &exceeded)
				switch {
				case full != errors.Is(err, ErrUnavailable), (over != "") != (exceeded != nil), over != "" && exceeded.Name != over:
					t.Fatalf("step %d, %v: %v; want full %t, over %q", step, counters, err, full, over)
				case err == nil && way == "lent":
					out = append(out, loaned{loan, counted})
				}
				for i, u := range usages {
					if u.Remaining != m.limits[counters[i].Name]-m.counts[counters[i]] {
						t.Fatalf("step %d, %v: %+v with %d taken", step, counters[i], u, m.counts[counters[i]])
					}
				}
				if full {
					fulls++
				} else if over == "" && len(counted) < len(counters) {
					partly++
				}
			}
			if fulls == 0 || partly == 0 {
				t.Errorf("%d times full, %d times counted in part: the history shows nothing", fulls, partly)
			}
		})
	}
}

// TestManyAtOnceWhereThereIsNoRoom: many charge at the same time, from more addresses and from
// more networks than there is room for. Each network passes as often as it may, a bound is
// never passed, and what was lent and comes back makes room again.
func TestManyAtOnceWhereThereIsNoRoom(t *testing.T) {
	for way, names := range asking {
		t.Run(way, func(t *testing.T) {
			const sites = 20
			l := inMemory(t, names, [3]int64{40, 50, 60})
			most, used := roomOf(l, way)
			*most = rooms{spare: 30, own: sites}
			of := func(site, net, ip int) []Counter {
				if site%2 == 0 {
					return ipv4(names, site, ip)
				}
				return ipv6(names, site, net, ip)
			}
			var mu sync.Mutex
			loans, passed := []Loan{}, [sites]int{}
			one := func(site, net, ip int) {
				loan, _, err := charge(l, of(site, net, ip))
				if over := new(Exceeded); err != nil && !errors.As(err, &over) {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					loans, passed[site] = append(loans, loan), passed[site]+1
				}
			}
			for site := range sites { // from now on there is no room for a further one
				one(site, 0, 0)
			}
			var wg sync.WaitGroup
			for worker := range 16 {
				wg.Go(func() {
					for i := range 20 * sites {
						one((i+worker)%sites, worker, i)
						if _, _, err := charge(l, of(sites+i, 0, 0)); !errors.Is(err, ErrUnavailable) {
							t.Errorf("a network without room: %v", err)
						}
					}
				})
			}
			wg.Wait()
			for site, n := range passed {
				if want := 50 + 10*(site%2); n != want {
					t.Errorf("network %d passed %d times, want %d", site, n, want)
				}
			}
			if *used != *most {
				t.Errorf("%+v counters, want %+v", *used, *most)
			}
			if way == "taken" {
				return
			}
			for _, loan := range loans {
				wg.Go(func() { _ = l.Return(t.Context(), loan) })
			}
			wg.Wait()
			if n := len(l.lender.(*windowMemory).counts); *used != (rooms{}) || n != 0 {
				t.Errorf("%+v counters, %d keys, although all came back", *used, n)
			}
			one(sites-1, 0, 0)
		})
	}
}
