package main

import (
	"net/http"
	"strings"
	"testing"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestABurstOfFailures: guesses sent all at once from one address, at the codes of many
// people, fail as often as failed-ip allows and not once more. Right codes are free.
func TestABurstOfFailures(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	server := s.serve(t, redis.URL(), office.url, "--limits", "failed-ip=9/1h,request-ip=1000/1h,request-net=1000/1h")
	b := from(server.public, here)
	var people []wire.Verification
	var codes []string
	for _, p := range shop.People() {
		if len(people) == 60 {
			break
		}
		if len(p.Emails) == 1 && len(office.box(t, p.Emails[0], 0)) == 0 {
			people = append(people, b.start(t, p.Emails[0]))
			codes = append(codes, office.code(t, p.Emails[0], 1))
		}
	}
	for i := range 20 { // far more right ones than may fail
		if r := b.confirm(t, people[i], codes[i]); r.status != http.StatusOK {
			t.Fatalf("right code %d: %d %s", i, r.status, r.body)
		} else if left := r.header.Get("RateLimit"); !strings.HasPrefix(left, `"failed-ip";r=9;`) {
			t.Fatalf("after a right code: RateLimit %s", left)
		}
	}
	people, codes = people[20:], codes[20:]
	got := inParallel(t, 400, func(i int) (reply, error) {
		n := i % len(people)
		return b.try(http.MethodPost, confirmation(people[n]), "", guess(people[n], wrong(codes[n])))
	})
	if got[422] != 9 || got[429] != 391 {
		t.Errorf("400 wrong codes at once were answered %v, want 9 times 422 and 391 times 429; the log ends with\n%s", got, server.tail(5))
	}
	if n := evaluatedIn(t, s); n != 9 {
		t.Errorf("%d guesses were evaluated, want 9", n)
	}
	r := b.confirm(t, people[0], codes[0])
	if r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" || r.header.Get("RateLimit") == "" {
		t.Errorf("over the limit: %d %v", r.status, r.header)
	}
	// From elsewhere the same people are not touched by it.
	elsewhere := from(server.public, here.Next())
	for i := range 3 {
		if r := elsewhere.confirm(t, people[i], codes[i]); r.status != http.StatusOK {
			t.Errorf("a right code from another address: %d %s", r.status, r.body)
		}
	}
	redis.Stop() // a limit that guards a secret fails closed
	if r := elsewhere.confirm(t, people[4], codes[4]); r.status != http.StatusServiceUnavailable {
		t.Errorf("without Redis: %d %s", r.status, r.body)
	}
	if n := evaluatedIn(t, s); n != 9 {
		t.Errorf("%d failures after all, want 9", n)
	}
}

// evaluatedIn counts all refused guesses that were compared.
func evaluatedIn(t *testing.T, s site) (n int) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = 'guess' AND outcome = 'refused'`).Scan(&n))
	return n
}
