package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/wire"
)

const (
	killRounds   = 4
	killClients  = 6
	generousRate = "EXPOSURE_LIMITS=request-ip=100000/1h,request-net=100000/1h,failed-ip=100000/1h,failed-net=100000/1h"
)

// tried is one customer of a server that is killed.
type tried struct {
	address string
	v       wire.Verification
	code    string
	asked   bool // was told that a code is on its way
	status  int  // of the confirmation; 0: none was sent or no answer came
}

// TestKilledServer kills the server under load, again and again, and looks afterwards:
// whoever was told something is in the audit log, no code is accepted twice, every promised
// mail comes, and the log is whole.
func TestKilledServer(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	office, redis := openPostOffice(t), live.NewRedis(t)
	heads := filepath.Join(t.TempDir(), "heads.txt")
	start := func() *process {
		return s.spawn(t, redis.URL(), office.url, "env", generousRate, "EXPOSURE_AUDIT_HEADS="+heads)
	}
	var listed []string
	for _, p := range shop.People() {
		listed = append(listed, p.Emails...)
	}
	slices.Sort(listed)
	listed = slices.Compact(listed)
	server, told, lost := start(), 0, 0
	for round := range killRounds {
		all := s.loadUntilKilled(t, server, office, listed, round)
		server = start()
		b := from(server.public, here)
		s.passLease(t, redis.URL())
		for _, one := range all {
			if one.asked {
				office.box(t, one.address, 1)
			}
			if one.status == 200 {
				told++
				if got := s.rows(t, one.address); got != disclosed {
					t.Errorf("round %d: of somebody who was answered the log holds %q", round, got)
				}
				if r := b.confirm(t, one.v, one.code); r.status != 422 {
					t.Errorf("round %d: a code was accepted twice: %d %s", round, r.status, r.body)
				}
			} else if one.code != "" {
				lost++
				again(t, b, one)
				if n := strings.Count(s.rows(t, one.address), "guess accepted"); n > len(office.box(t, one.address, 0)) {
					t.Errorf("round %d: %d codes of an address were accepted, and fewer mailed", round, n)
				}
			}
		}
		if v := s.verifyLog(t, s.keptHeads(t, heads)); v.Bad != nil {
			t.Errorf("round %d: the audit log: %v", round, v.Bad)
		}
	}
	server.stop(t)
	if v := s.verifyLog(t, s.keptHeads(t, heads)); v.Bad != nil || v.Unsigned != 0 {
		t.Errorf("the audit log: %+v, %v", v, v.Bad)
	}
	t.Logf("%d were answered, %d had entered a code and heard nothing", told, lost)
}

// again is a customer who heard nothing and tries once more: the code works now, unless it
// was consumed in the moment of the kill.
func again(t *testing.T, b *browser, one *tried) {
	t.Helper()
	first := b.confirm(t, one.v, one.code)
	if first.status != 200 && first.status != 422 {
		t.Errorf("a code after the kill: %d %s", first.status, first.body)
	}
	if second := b.confirm(t, one.v, one.code); second.status != 422 {
		t.Errorf("and once more: %d %s", second.status, second.body)
	}
}

// loadUntilKilled sends customers through the journey and kills the server after a random
// number of answers.
func (s site) loadUntilKilled(t *testing.T, server *process, office *postOffice, listed []string, round int) (all []*tried) {
	t.Helper()
	var mu sync.Mutex
	var answers atomic.Int64
	dead := make(chan struct{})
	last := int64(8 + rand.IntN(40))
	var clients sync.WaitGroup
	for n := range killClients {
		b := from(server.public, here)
		clients.Go(func() {
			for i := 0; ; i++ {
				one := &tried{address: fmt.Sprintf("killed.%d.%d.%d@example.com", round, n, i)}
				if at := round*200 + i*killClients + n; i%2 == 0 && at < len(listed) {
					one.address = listed[at]
				}
				mu.Lock()
				all = append(all, one)
				mu.Unlock()
				if !one.journey(b, office, dead) {
					return
				}
				if answers.Add(1) == last {
					_ = server.Kill()
					_ = server.wait()
					close(dead)
				}
			}
		})
	}
	clients.Wait()
	select {
	case <-dead:
	default:
		t.Fatalf("the load ended before the server was killed: %s", server.log.String())
	}
	return all
}

// journey tells whether the customer got to the end.
func (one *tried) journey(b *browser, office *postOffice, dead <-chan struct{}) bool {
	r, err := b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": one.address})
	if err != nil || r.status != http.StatusAccepted || decode(r, &one.v) != nil {
		return false
	}
	one.asked = true
	if one.code = office.await(one.address, dead); one.code == "" {
		return false
	}
	r, err = b.try(http.MethodPost, confirmation(one.v), "", guess(one.v, one.code))
	if err != nil {
		return false
	}
	one.status = r.status
	return r.status == http.StatusOK
}

// await returns the code of an address, or nothing once the server is dead.
func (p *postOffice) await(address string, dead <-chan struct{}) string {
	a, err := email.Parse(address)
	if err != nil {
		return ""
	}
	for late := time.After(30 * time.Second); ; {
		p.mu.Lock()
		got, wake := p.boxes[a.Reveal()], p.wake
		p.mu.Unlock()
		if len(got) > 0 {
			if m := codeLine.FindStringSubmatch(got[0].body); m != nil {
				return m[1]
			}
			return ""
		}
		select {
		case <-wake:
		case <-dead:
			return ""
		case <-late:
			return ""
		}
	}
}

// passLease lets the three minutes pass in which only the worker that was killed might have
// sent what it had taken.
func (s site) passLease(t *testing.T, url string) {
	t.Helper()
	client, outbox := redisOf(t, url), s.outbox(t)
	taken, err := client.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: outbox, Group: "mailers", Start: "-", End: "+", Count: 1000}).Result()
	must(t, err)
	for _, e := range taken {
		err := client.Do(t.Context(), "XCLAIM", outbox, "mailers", e.Consumer, 0, e.ID, "IDLE", (3 * time.Minute).Milliseconds(), "JUSTID").Err()
		if err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
	}
}

func redisOf(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	must(t, err)
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}
