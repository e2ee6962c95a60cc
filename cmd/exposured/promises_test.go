package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestCarrierAddressOnTheWire looks a dotted carrier address up from entry to report.
func TestCarrierAddressOnTheWire(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	for _, p := range shop.People() {
		for _, address := range p.Emails {
			if !strings.Contains(address, "..") {
				continue
			}
			c := b.prove(t, office, strings.ToUpper(address))
			if c.Report.Status != wire.ReportStatusListed {
				t.Errorf("a dotted carrier address is %s", c.Report.Status)
			}
			return
		}
	}
	t.Error("the invented shop has no dotted carrier address")
}

// TestNetworkLimits: sixty requests an hour from one address, whatever it claims to be.
func TestNetworkLimits(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	other := from(b.base, netip.MustParseAddr("127.7.7.7"))
	var refused atomic.Int32
	for i := range 61 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.base+"/v1/verifications",
			strings.NewReader(fmt.Sprintf(`{"email":"person%d@example.jp"}`, i)))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		resp, err := b.client.Do(req)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			refused.Add(1)
			if resp.Header.Get("Retry-After") == "" || resp.Header.Get("RateLimit") == "" {
				t.Errorf("429 without Retry-After and RateLimit: %v", resp.Header)
			}
		}
	}
	if refused.Load() != 1 {
		t.Errorf("%d of 61 requests were refused, want 1", refused.Load())
	}
	if r := other.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "someone@example.jp"}); r.status != 202 {
		t.Errorf("another address was answered %d", r.status)
	}
}

// TestMailLimit: an address gets three mails in a quarter of an hour, one of them the
// day's reserve, and every request is answered alike.
func TestMailLimit(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	store := live.Redis(t)
	b := from(s.serve(t, store, office.url).public, here)
	address := shop.Examples()[0].Email
	for range 10 {
		b.start(t, address)
	}
	office.box(t, address, 2)
	workerRests(t, redisOf(t, store), s.outbox(t))
	if box := office.box(t, address, 2); len(box) != 2 {
		t.Errorf("ten requests within a minute brought %d mails, want one and the reserve", len(box))
	}
}

// contents is everything a Redis holds, uncompressed.
func contents(t *testing.T, r *live.RedisServer) string {
	t.Helper()
	r.Do("CONFIG SET rdbcompression no")
	o, err := redis.ParseURL(r.URL())
	must(t, err)
	client := redis.NewClient(o)
	defer client.Close()
	var all strings.Builder
	keys := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		dump, err := client.Dump(t.Context(), keys.Val()).Result()
		if errors.Is(err, redis.Nil) {
			continue // it has just expired
		}
		must(t, err)
		all.WriteString(keys.Val() + "\n" + dump + "\n")
	}
	must(t, keys.Err())
	return all.String()
}

// TestNothingLeaks searches every place that outlives a request for canaries.
func TestNothingLeaks(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	store := live.NewRedis(t)
	r := s.serve(t, store.URL(), office.url)
	b := from(r.public, here)
	address := shop.Examples()[0].Email
	v := b.start(t, address)
	code := office.code(t, address, 1)
	b.confirm(t, v, wrong(code))
	ok := b.confirm(t, v, code)
	var c wire.Confirmation
	ok.decode(t, &c)
	report(t, b, c.Token)
	metrics := from(r.private, here).do(t, http.MethodGet, "/metrics", "", nil)
	dump := contents(t, store)
	r.stop()
	raw, err := os.ReadFile(strings.TrimPrefix(s.database, "sqlite:"))
	must(t, err)
	wal, _ := os.ReadFile(strings.TrimPrefix(s.database, "sqlite:") + "-wal")
	local, _, _ := strings.Cut(address, "@")
	canaries := map[string]string{
		"address": address, "local part": local, "code": code, "digits": strings.ReplaceAll(code, "-", ""),
		"secret": v.Secret, "token": c.Token, "verification id": v.Id,
	}
	for place, content := range map[string]string{"log": r.log.String(), "metrics": string(metrics.body), "redis": dump, "database": string(raw) + string(wal)} {
		if len(content) == 0 {
			t.Errorf("nothing to search in the %s", place)
		}
		for what, canary := range canaries {
			if strings.Contains(content, canary) {
				t.Errorf("the %s holds the %s", place, what)
			}
		}
	}
}

// TestWithoutLettersAndResets: where no letter was sent and no password is to be changed,
// both doors are there and answer as documented.
func TestWithoutLettersAndResets(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, "", office.url).public, here)
	r := b.do(t, http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": "12345-67890-1244"})
	if r.status != 422 || r.problem(t) != "code-rejected" || bytes.Contains(r.body, []byte("attempts_left")) {
		t.Errorf("a letter number: %d %s", r.status, r.body)
	}
	c := b.prove(t, office, shop.Examples()[0].Email)
	if r := b.do(t, http.MethodPost, "/v1/password-reset", c.Token, nil); r.status != 409 || r.problem(t) != "reset-not-applicable" {
		t.Errorf("a password reset: %d %s", r.status, r.body)
	}
	if r := b.do(t, http.MethodDelete, "/v1/session", c.Token, nil); r.status != 204 {
		t.Errorf("ending the session: %d %s", r.status, r.body)
	}
	for _, call := range [][2]string{{http.MethodGet, "/v1/report"}, {http.MethodPost, "/v1/password-reset"}, {http.MethodDelete, "/v1/session"}} {
		if r := b.do(t, call[0], call[1], c.Token, nil); r.status != 401 || r.problem(t) != "unauthenticated" {
			t.Errorf("%s %s after the end: %d %s", call[0], call[1], r.status, r.body)
		}
	}
}
