package main

import (
	"net/http"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestAServerWithTheOldKeyFile: keys were rotated, and only one of two servers was started
// again. As soon as that one has written under the new key, the other writes nothing, tells
// nobody anything, and says that it is not ready, even if nobody asks it; given the new file
// it goes on where it was.
func TestAServerWithTheOldKeyFile(t *testing.T) {
	s, office, redis := newSite(t), openPostOffice(t), live.NewRedis(t)
	s.importOne(t)
	const who = "hanako@example.jp"
	start := func() *running { return s.serve(t, redis.URL(), office.url, "--insecure-no-limits") }
	ready := func(r *running) int { return from(r.private, here).do(t, http.MethodGet, "/readyz", "", nil).status }
	old := start()
	b := from(old.public, here)
	session := b.prove(t, office, who)
	v := b.start(t, who)
	code := office.code(t, who, 2)
	s.rotateAll(t)
	if got := ready(old); got != http.StatusOK {
		t.Fatalf("before the new key has written anything: %d", got)
	}
	fresh := start() // which writes with what keys it was started
	if got := ready(old); got != http.StatusServiceUnavailable || ready(fresh) != http.StatusOK {
		t.Errorf("with the old keys, unasked: %d; with the new ones: %d", got, ready(fresh))
	}
	written := s.verifyLog(t, nil).Rows
	for _, ask := range []func() reply{
		func() reply { return b.confirm(t, v, wrong(code)) }, func() reply { return b.confirm(t, v, code) },
		func() reply { return b.do(t, http.MethodGet, "/v1/report", session.Token, nil) },
	} {
		if got := ask(); got.status != http.StatusServiceUnavailable || got.problem(t) != "could-not-check" || strings.Contains(string(got.body), "listed") {
			t.Errorf("with the old keys: %d %s", got.status, got.body)
		}
	}
	if got := ready(old); got != http.StatusServiceUnavailable {
		t.Errorf("after it was asked: %d", got)
	}
	if !strings.Contains(old.log.String(), "where keys were rotated, give this program the new file") {
		t.Errorf("the log: %s", old.tail(3))
	}
	if got := s.verifyLog(t, nil); got.Rows != written || got.Bad != nil {
		t.Errorf("with the old keys %d rows were written; %v", got.Rows-written, got.Bad)
	}
	from(fresh.public, here).prove(t, office, who)
	old.stop()
	again := start()
	if got := ready(again); got != http.StatusOK {
		t.Errorf("with the new file: %d; %s", got, again.tail(3))
	}
	b = from(again.public, here)
	if got := b.do(t, http.MethodGet, "/v1/report", session.Token, nil); got.status != http.StatusOK {
		t.Errorf("the session of before: %d %s", got.status, got.body)
	}
	b.prove(t, office, who)
	again.stop()
	fresh.stop()
	if got := s.verifyLog(t, nil); got.Bad != nil || got.Rows <= written {
		t.Errorf("in the end: %d rows, %v", got.Rows, got.Bad)
	}
}
