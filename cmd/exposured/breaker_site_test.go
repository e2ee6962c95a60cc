package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestOneSiteDoesNotTripTheBreaker: the owner of an IPv6 /48 guesses from another of its 256
// /56s every time, each of which may fail twenty times a day: 5,120 in all, if they were
// counted as places of their own. The proxy tells the truth about them.
func TestOneSiteDoesNotTripTheBreaker(t *testing.T) {
	s, shop := smallSite(t)
	office, store := openPostOffice(t), live.Redis(t)
	run := func() *running {
		return s.serve(t, store, office.url, "--insecure-no-limits", "--trusted-proxies", proxy.String())
	}
	server := run()
	b := from(server.public, proxy)
	var addresses []string
	for _, p := range shop.People() {
		addresses = append(addresses, p.Emails...)
	}
	guessed := 0
	guess := func(from string) {
		v := b.start(t, addresses[guessed])
		office.box(t, addresses[guessed], 1)
		guessed++
		req, err := http.NewRequest(http.MethodPost, b.base+confirmation(v), strings.NewReader(fmt.Sprintf(`{"secret":%q,"code":"00000000"}`, v.Secret)))
		must(t, err)
		req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {from}}
		if r := b.send(t, req); r.status != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d from %s: %d %s", guessed, from, r.status, r.body)
		}
	}
	count := func(want string) {
		t.Helper()
		if n := server.metric(t, "exposure_breaker_failures"); n != want {
			t.Errorf("%s of %d failures count, want %s", n, guessed, want)
		}
	}
	for i := range 60 {
		guess(fmt.Sprintf("2001:db8:aaaa:%x00::1", i))
	}
	count("40")
	for i := range 5 {
		guess(fmt.Sprintf("2001:db8:bbbb:%x00::1", i))
		guess(fmt.Sprintf("198.51.%d.1", i))
	}
	count("50")
	server.stop()
	server = run() // and counts the audit log
	count("50")
}
