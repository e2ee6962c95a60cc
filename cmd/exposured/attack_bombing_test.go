package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestAThousandNetworksAskForOneMailbox: six mails and the reserve, from the third on with
// long codes; whoever asks is told the same, mailed or not.
func TestAThousandNetworksAskForOneMailbox(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		address := g.somebody()
		var mu sync.Mutex
		said := map[string]int{}
		got := g.swarm(t, 0, 1000, func(i int) (reply, error) {
			b := from(g.public, source(i))
			defer b.client.CloseIdleConnections()
			r, err := b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				r.header.Del("RateLimit")
				said[head(r)+mask(r.body)]++
			}
			return r, err
		})
		if got[202] != 1000 || len(said) != 1 {
			t.Errorf("a thousand requests were answered %v, in %d ways: %v", got, len(said), said)
		}
		box := g.office.box(t, address, 7)
		g.allMailed(t)
		if n := g.office.count(); n != 7 {
			t.Errorf("%d mails, want six and the reserve", n)
		}
		lengths := []int{}
		for n := range box {
			lengths = append(lengths, digitsOf(g.office.code(t, address, n+1)))
		}
		// The reserve is always long, and may be among the first two to leave.
		short := len(slices.DeleteFunc(lengths, func(n int) bool { return n == 20 }))
		if short < 1 || short > 2 || len(box) != 7 {
			t.Errorf("%d of %d mails carry short codes, want the first two at most", short, len(box))
		}
		if k, known := g.kept(t, address); known && (len(k.Long) != 7-short || len(k.Short) != short || len(k.Failures) != 0) {
			t.Errorf("Redis holds %d long codes, %d short ones and %d failures", len(k.Long), len(k.Short), len(k.Failures))
		}
		if n := g.sentTimes(t, address); n != nil && len(n) != 6 {
			t.Errorf("Redis counts %d mails", len(n))
		}
		g.ownerGetsIn(t, address)
	}, "--limits", "send-address=6/24h,send-mailbox=18/24h") // the mails of a day without the pauses between them
}

// sentTimes are the mails the limit of an address remembers, in milliseconds; nil for a
// server in memory.
func (g *target) sentTimes(t *testing.T, address string) []string {
	t.Helper()
	if g.redis == nil {
		return nil
	}
	tag := g.tag(t, address)
	keys := g.keysLike(t, g.prefix(t)+"limit:send-address*"+hex.EncodeToString(tag[:])+"*")
	if len(keys) != 1 {
		t.Fatalf("the limit of an address has %d keys", len(keys))
	}
	times, err := g.redis.LRange(t.Context(), keys[0], 0, -1).Result()
	must(t, err)
	return times
}

// ownerGetsIn: from a browser that never asked, with the newest long code of the mailbox.
func (g *target) ownerGetsIn(t *testing.T, address string) {
	t.Helper()
	b := from(g.public, source(5000))
	v := b.start(t, address)
	box := g.office.box(t, address, 1)
	for n := len(box); n > 0; n-- {
		code := g.office.code(t, address, n)
		if digitsOf(code) != 20 {
			continue
		}
		r := b.confirm(t, v, code)
		if r.status != http.StatusOK {
			t.Errorf("the owner's long code: %d %s", r.status, r.body)
			return
		}
		var c wire.Confirmation
		r.decode(t, &c)
		if c.Report.Status != wire.ReportStatusListed {
			t.Errorf("the owner is told %s", c.Report.Status)
		}
		return
	}
	t.Errorf("%d mails and no long code", len(box))
}

// TestTenThousandRequestsKeepNobodyOut: ten thousand requests in somebody's name from a
// thousand networks, each of which spends whatever it may: mails, tries, failures, wrong
// long codes. While they go on the owner gets in, from a fresh browser, with what is in the
// mailbox.
func TestTenThousandRequestsKeepNobodyOut(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		address, perNetwork := g.somebody(), 10
		if slowed || g.store == nil {
			perNetwork = 1
		}
		attack := func(i int) (reply, error) {
			b := from(g.public, source(i))
			defer b.client.CloseIdleConnections()
			var v wire.Verification
			for range perNetwork {
				r, err := b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
				if err != nil || r.status != http.StatusAccepted {
					return r, err
				}
				if err := json.Unmarshal(r.body, &v); err != nil {
					return r, err
				}
			}
			typed := []string{"00000000", strings.Repeat("0123456789", 2)}[i%2]
			return b.try(http.MethodPost, confirmation(v), "", guess(v, typed))
		}
		all := g.swarm(t, 0, 500, attack)
		done := make(chan map[int]int, 1)
		go func() { done <- g.swarm(t, 500, 500, attack) }()
		g.office.box(t, address, 2) // the first and the reserve, which is long
		g.ownerGetsIn(t, address)
		for status, n := range <-done {
			all[status] += n
		}
		if slowed {
			all[422] += all[503] // before anything was charged
		}
		if all[422] != 1000 {
			t.Errorf("the guesses of a thousand networks were answered %v", all)
		}
		if n := g.rows(t, address, "guess", "accepted"); n != 1 {
			t.Errorf("%d got in, want the owner alone", n)
		}
		if n := g.shortFailures(t, address); n > 10 { // wrong long codes are no failures of the owner's
			t.Errorf("%d short codes were compared", n)
		}
		if n := g.office.count(); n != 2 {
			t.Errorf("%d mails, want the one of the hour and the reserve", n)
		}
	}, "--limits", "send-address=1/1h")
}

// shortFailures counts the failures that weigh.
func (g *target) shortFailures(t *testing.T, address string) (n int) {
	t.Helper()
	tag := g.tag(t, address)
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE tag = ? AND weighs = 1 AND outcome = 'refused'`, tag[:]).Scan(&n))
	return n
}

// swarm lets many networks attack, some at a time, and counts the last answer of each.
func (g *target) swarm(t *testing.T, begin, networks int, attack func(i int) (reply, error)) map[int]int {
	var mu sync.Mutex
	statuses, next := map[int]int{}, make(chan int)
	var all sync.WaitGroup
	at := 32
	if slowed {
		at = 4
	}
	for range at {
		all.Go(func() {
			for i := range next {
				r, err := attack(i)
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				statuses[r.status]++
				mu.Unlock()
			}
		})
	}
	for i := range networks {
		next <- begin + i
	}
	close(next)
	all.Wait()
	return statuses
}

// TestAskingInTheLastMoment: requests and resends without a pause, over every edge of the
// windows, never bring more mails than the windows allow in any span.
func TestAskingInTheLastMoment(t *testing.T) {
	rates := []struct {
		count int
		per   time.Duration
	}{{1, time.Second}, {2, 3 * time.Second}, {3, 5 * time.Second}}
	var rule []string
	for _, r := range rates {
		rule = append(rule, fmt.Sprintf("%d/%s", r.count, r.per))
	}
	g := aim(t, live.NewRedis(t), "--limits", ample+"send-address="+strings.Join(rule, "+"))
	address := g.somebody()
	b := from(g.public, here)
	v := b.start(t, address)
	sent := map[string]bool{}
	for begun := time.Now(); time.Since(begun) < 7*time.Second; {
		b.start(t, address)
		b.resend(t, v)
		for _, at := range g.sentTimes(t, address) {
			sent[at] = true
		}
	}
	var times []int64
	for at := range sent {
		at, _, _ = strings.Cut(at, "-") // the take's receipt follows
		ms, err := strconv.ParseInt(at, 10, 64)
		must(t, err)
		times = append(times, ms)
	}
	slices.Sort(times)
	for _, r := range rates {
		for i := r.count; i < len(times); i++ {
			if span := times[i] - times[i-r.count]; span < r.per.Milliseconds() {
				t.Errorf("%d mails within %d ms, want at most %d in %v", r.count+1, span, r.count, r.per)
			}
		}
	}
	g.office.box(t, address, len(times)+1) // and the reserve
	g.allMailed(t)
	if n := len(g.office.box(t, address, 0)); n != len(times)+1 || len(times) < 4 {
		t.Errorf("%d mails for the %d that were counted and the reserve", n, len(times))
	}
}
