package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// The timing tests rank the times of requests about listed people and about strangers, in
// an order drawn at random (Mann-Whitney). No time is judged by itself, so that a slow or
// busy machine is no failure: whatever disturbs it disturbs both groups, as the order knows
// nothing of either.
//
// A difference that chance explains once in a hundred times does come about once in a
// hundred times. So one round that differs is repeated with fresh requests and a fresh
// order, and only three of three that differ are a failure: by chance once in a million
// runs. A real difference shows in each of them: with 5,000 requests of each group 3 % of
// the spread are found nearly always, far less than 1 ms.
const (
	significant = 0.01
	rounds      = 3
)

// compare fails the test if every round tells the groups apart.
func compare(t *testing.T, what string, round func() (listed, strangers []time.Duration)) {
	t.Helper()
	for try := range rounds {
		listed, strangers := round()
		p := mannWhitney(listed, strangers)
		t.Logf("%s, round %d: %d and %d times, p = %.3f, medians %v and %v", what, try+1, len(listed), len(strangers), p, median(listed), median(strangers))
		if p > significant {
			return
		}
	}
	t.Errorf("%s: in each of %d rounds listed people and strangers can be told apart", what, rounds)
}

// mannWhitney is how likely chance alone makes two samples differ so much in rank: the
// normal approximation, corrected for ties and continuity.
func mannWhitney(a, b []time.Duration) (p float64) {
	type value struct {
		took time.Duration
		ofA  float64
	}
	var all []value
	for _, d := range a {
		all = append(all, value{d, 1})
	}
	for _, d := range b {
		all = append(all, value{d, 0})
	}
	slices.SortFunc(all, func(x, y value) int { return int(x.took - y.took) })
	var ranks, ties float64
	for i := 0; i < len(all); {
		j, ofA := i, 0.0
		for ; j < len(all) && all[j].took == all[i].took; j++ {
			ofA += all[j].ofA
		}
		size := float64(j - i)
		ranks += ofA * float64(i+j+1) / 2 // equal times share the mean of their ranks
		ties += size*size*size - size
		i = j
	}
	n, m := float64(len(a)), float64(len(b))
	variance := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	if variance <= 0 {
		return 1 // all are equal
	}
	away := math.Abs(ranks-n*(n+1)/2-n*m/2) - 0.5
	return math.Erfc(max(0, away) / math.Sqrt(2*variance))
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// TestRankTest: it finds a shift of a few percent in noise many times larger, finds nothing
// where there is nothing more often than it says, and knows ties.
func TestRankTest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int, shift time.Duration) (times []time.Duration) {
		for range n { // as servers are: a floor, and a long tail
			times = append(times, 300*time.Microsecond+shift+time.Duration(random.ExpFloat64()*float64(200*time.Microsecond)))
		}
		return times
	}
	for name, shift := range map[string]time.Duration{"5 %": 15 * time.Microsecond, "1 ms": time.Millisecond, "-1 ms": -time.Millisecond} {
		if p := mannWhitney(noise(5000, 0), noise(5000, shift)); p > 1e-6 {
			t.Errorf("a difference of %s was not found: p = %g", name, p)
		}
	}
	found := 0
	for range 1000 {
		if mannWhitney(noise(100, 0), noise(100, 0)) <= significant {
			found++
		}
	}
	if found > 25 { // 10 are due; more than 25 come once in 100,000 times
		t.Errorf("%d differences found where there were none", found)
	}
	if p := mannWhitney(slices.Repeat([]time.Duration{1}, 50), slices.Repeat([]time.Duration{1}, 50)); p != 1 {
		t.Errorf("equal times differ: p = %g", p)
	}
	// Six values with ties, worked out by hand: ranks 1.5, 1.5, 3.5, 3.5, 5, 6; U is 0.5 of a
	// mean of 4.5, the variance 9/12 * (7 - 12/30) = 4.95.
	if p := mannWhitney([]time.Duration{1, 1, 2}, []time.Duration{2, 3, 4}); math.Abs(p-math.Erfc(3.5/math.Sqrt(2*4.95))) > 1e-9 {
		t.Errorf("p = %g", p)
	}
}

// crowd is listed people and as many strangers of the same providers and lengths.
type crowd struct{ listed, strangers []string }

func gather(shop *demo.Shop) (c crowd) {
	taken := map[string]bool{}
	for _, p := range shop.People() {
		for _, address := range p.Emails {
			if !taken[address] && !strings.Contains(address, "+") { // tags share the mails of a mailbox
				taken[address] = true
				c.listed = append(c.listed, address)
			}
		}
	}
	for _, address := range c.listed {
		at := strings.LastIndexByte(address, '@')
		local := []byte(address[:at])
		for try := byte(1); ; try++ { // other letters and digits in the same places
			for i, b := range local {
				switch {
				case b >= 'a' && b <= 'z':
					local[i] = 'a' + (b-'a'+try)%26
				case b >= '0' && b <= '9':
					local[i] = '0' + (b-'0'+try)%10
				}
			}
			if other := string(local) + address[at:]; !taken[other] {
				taken[other] = true
				c.strangers = append(c.strangers, other)
				break
			}
		}
	}
	return c
}

// turn is one request of a round.
type turn struct {
	address string
	listed  bool
}

// turns is n turns of each group, everybody as often as anybody, in random order.
func (c crowd) turns(n int) (all []turn) {
	for i := range n {
		all = append(all, turn{c.listed[i%len(c.listed)], true}, turn{c.strangers[i%len(c.strangers)], false})
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// measure sends the requests of all turns one after the other on one connection and takes
// the time until the first byte of each answer.
func measure(t *testing.T, base string, all []turn, request func(turn) string, answered func(turn, reply)) (listed, strangers []time.Duration) {
	t.Helper()
	l := dial(t, base)
	defer l.Close()
	for _, this := range all {
		text := request(this)
		must(t, l.SetDeadline(time.Now().Add(patience)))
		begin := time.Now()
		l.say(t, text)
		_, err := l.r.Peek(1)
		took := time.Since(begin)
		must(t, err)
		answered(this, l.next(t, http.MethodPost))
		if this.listed {
			listed = append(listed, took)
		} else {
			strangers = append(strangers, took)
		}
	}
	return listed, strangers
}

// fewer makes samples small where the race detector runs: there only the way is tested.
func fewer(n int) int {
	if slowed {
		return n / 20
	}
	return n
}

func asking(this turn) string {
	return wireText("/v1/verifications", fmt.Sprintf(`{"email":%q}`, this.address))
}

func wireText(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// timed is a server whose answers are timed.
type timed struct {
	t      *testing.T
	site   site
	crowd  crowd
	server *running
	begun  sync.Map // address -> wire.Verification, the first
}

// untimely lifts the limits by network alone: those on mails are part of what may tell.
const untimely = plenty + ",failed-ip=100000/1h,failed-net=100000/1h"

func startTimed(t *testing.T) *timed {
	t.Helper()
	s, shop := smallSite(t)
	return &timed{t: t, site: s, crowd: gather(shop), server: s.serve(t, live.Redis(t), openPostOffice(t).url, "--limits", untimely)}
}

// asks is a round of n requests for a code about each group.
func (m *timed) asks(n int) (listed, strangers []time.Duration) {
	return measure(m.t, m.server.public, m.crowd.turns(n), asking, func(this turn, r reply) {
		if r.status != http.StatusAccepted {
			m.t.Fatalf("asking was answered %d %s", r.status, r.body)
		}
		var v wire.Verification
		r.decode(m.t, &v)
		m.begun.LoadOrStore(this.address, v)
	})
}

// guesses is a round of n guesses about each group, all of which are really compared: the
// code of everybody's first mail is out, and nobody's tries are used up.
func (m *timed) guesses(n int) (listed, strangers []time.Duration) {
	m.drain()
	before := evaluatedIn(m.t, m.site)
	listed, strangers = measure(m.t, m.server.public, m.crowd.turns(n), func(this turn) string {
		v, _ := m.begun.Load(this.address)
		begun := v.(wire.Verification)
		return wireText(confirmation(begun), fmt.Sprintf(`{"secret":%q,"code":"%08d"}`, begun.Secret, rand.IntN(100_000_000)))
	}, func(_ turn, r reply) {
		if r.status != http.StatusUnprocessableEntity {
			m.t.Fatalf("a guess was answered %d %s", r.status, r.body)
		}
	})
	if got := evaluatedIn(m.t, m.site) - before; got != 2*n {
		m.t.Errorf("%d of %d guesses were compared", got, 2*n)
	}
	return listed, strangers
}

// drain waits until no mail waits.
func (m *timed) drain() {
	for deadline := time.Now().Add(3 * patience); m.server.metric(m.t, "exposure_outbox_waiting") != "0"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatal("the outbox does not get empty")
		}
	}
}

// everyone makes sure that each has a verification, and says how many there are in a group.
func (m *timed) everyone() int {
	n := fewer(len(m.crowd.listed))
	m.crowd = crowd{m.crowd.listed[:n], m.crowd.strangers[:n]}
	m.asks(n)
	return n
}

// TestTimingTellsNothing: 10,000 requests for a code, then wrong codes, three from everybody.
func TestTimingTellsNothing(t *testing.T) {
	m := startTimed(t)
	compare(t, "asking", func() (_, _ []time.Duration) { return m.asks(fewer(5000)) })
	n := m.everyone()
	compare(t, "guessing", func() func() (_, _ []time.Duration) {
		per := []int{3, 1, 1} // a verification has five tries
		return func() (_, _ []time.Duration) {
			times := per[0]
			per = per[1:]
			return m.guesses(times * n)
		}
	}())
}

// TestTimingUnderLoad: the same while others keep the server busy.
func TestTimingUnderLoad(t *testing.T) {
	m := startTimed(t)
	n := m.everyone()
	m.drain() // its mails are no part of the load
	var stop atomic.Bool
	var others sync.WaitGroup
	defer others.Wait()
	defer stop.Store(true)
	for i := range 4 {
		b := from(m.server.public, addr(fmt.Sprintf("127.0.8.%d", i+1)))
		others.Go(func() {
			for k := 0; !stop.Load(); k++ {
				_, _ = b.try(http.MethodGet, "/v1/incident", "", nil)
				_, _ = b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": fmt.Sprintf("other%d-%d@example.org", i, k%50)})
			}
		})
	}
	compare(t, "asking under load", func() (_, _ []time.Duration) { return m.asks(n) })
	compare(t, "guessing under load", func() (_, _ []time.Duration) { return m.guesses(n) })
}

// TestTimingWithoutADatabase: that nobody can be answered takes as long for everybody.
func TestTimingWithoutADatabase(t *testing.T) {
	m := startTimed(t)
	path := strings.TrimPrefix(m.site.database, "sqlite:")
	must(t, os.Rename(path, path+".away"))
	compare(t, "asking without a database", func() (_, _ []time.Duration) {
		return measure(t, m.server.public, m.crowd.turns(fewer(1000)), asking, func(_ turn, r reply) {
			if r.status != http.StatusServiceUnavailable || r.problem(t) != "could-not-check" {
				t.Fatalf("asking was answered %d %s", r.status, r.body)
			}
		})
	})
}
