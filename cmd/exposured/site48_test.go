package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"exposure/internal/live"
)

// TestAWholeSiteFillsNothing: the owner of a /48 sends every request from another of its
// 65,536 /64s, as a proxy that tells the truth passes them on. What the limits of the /48
// refuse leaves nothing in Redis, and costs the owner of another network nothing.
func TestAWholeSiteFillsNothing(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	watch := watchBuckets(t, s, store)
	b := from(s.serve(t, store, openPostOffice(t).url, "--trusted-proxies", proxy.String()).public, proxy)
	v := b.start(t, "person@example.jp") // from the proxy itself
	for _, c := range []struct {
		kind             string
		requests, passed int64
		path, body       string
		status           int
	}{
		{"request", 3000, 1200, "/v1/verifications", `{"email":"person@example.jp"}`, http.StatusAccepted},
		{"failed", 1500, 600, confirmation(v), `{"secret":"` + strings.Repeat("A", len(v.Secret)) + `","code":"12345678"}`, http.StatusUnprocessableEntity},
	} {
		ask := func(client string) int {
			req, err := http.NewRequest(http.MethodPost, b.base+c.path, strings.NewReader(c.body))
			must(t, err)
			req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {client}}
			return b.send(t, req).status
		}
		before := len(watch.read(t, c.kind))
		var next, passed atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for n := next.Add(1); n <= c.requests; n = next.Add(1) {
					switch status := ask(fmt.Sprintf("2001:db8:aaaa:%x::1", n*21&0xffff)); status {
					case c.status:
						passed.Add(1)
					case http.StatusTooManyRequests:
					default:
						t.Errorf("%s %d: %d", c.kind, n, status)
					}
				}
			})
		}
		wg.Wait()
		most := c.passed + 256 + 1 // a /64 for each that passed, all /56s, the /48
		if n := int64(len(watch.read(t, c.kind)) - before); passed.Load() != c.passed || n > most {
			t.Errorf("%s: %d of %d passed, want %d; %d counters, want at most %d", c.kind, passed.Load(), c.requests, c.passed, n, most)
		}
		for _, client := range []string{"2001:db8:aaab::1", "198.51.100.1"} {
			if status := ask(client); status != c.status {
				t.Errorf("%s: %s, of another network, is answered %d", c.kind, client, status)
			}
		}
	}
}

// TestOneCustomerLeavesTheirNeighboursAlone: who is over the limit of their own address uses
// up nothing of the networks around it, however often they ask.
func TestOneCustomerLeavesTheirNeighboursAlone(t *testing.T) {
	s, _ := smallSite(t)
	b := from(s.serve(t, live.Redis(t), openPostOffice(t).url, "--trusted-proxies", proxy.String(),
		"--limits", "request-ip=3/1h,request-net=6/1h,request-site=8/1h").public, proxy)
	ask := func(client string) reply {
		return b.ask(t, "person@example.jp", http.Header{"X-Forwarded-For": {netip.MustParseAddr(client).String()}})
	}
	for _, c := range []struct{ loud, neighbour string }{
		{"2001:db8:aaaa:bb00::1", "2001:db8:aaaa:bb01::1"}, {"198.51.100.1", "198.51.100.2"},
	} {
		for i := range 30 {
			r := ask(c.loud)
			if left := r.header.Get("RateLimit"); (r.status == http.StatusAccepted) != (i < 3) || !strings.HasPrefix(left, fmt.Sprintf(`"request-ip";r=%d;`, max(0, 2-i))) {
				t.Fatalf("request %d of %s: %d, %s", i+1, c.loud, r.status, left)
			}
		}
		for i := range 3 {
			if r := ask(c.neighbour); r.status != http.StatusAccepted {
				t.Errorf("request %d of %s: %d", i+1, c.neighbour, r.status)
			}
		}
	}
}
