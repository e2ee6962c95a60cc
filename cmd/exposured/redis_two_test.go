package main

import (
	"fmt"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/live"
	"exposure/internal/redisdial"
	"exposure/internal/vault"
)

// prefix is what the keys of the site in Redis begin with.
func (s site) prefix(t testing.TB) string {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	return redisdial.Prefix(audit.Installation(keys.AuditVerifiers()...))
}

// outbox is the key of the site's mails.
func (s site) outbox(t testing.TB) string { return s.prefix(t) + "outbox:{mail}" }

// TestTwoInstallationsInOneRedis: each mails what was asked of it and none of the other's, also
// when Redis forgot everything, and after one was restarted under rotated keys, whose codes go
// on.
func TestTwoInstallationsInOneRedis(t *testing.T) {
	a, shop := smallSite(t)
	b, store := foreignSite(t), live.NewRedis(t)
	officeA, officeB := openPostOffice(t), openPostOffice(t)
	const limits = ample + "send-address=100/1m"
	first, second := a.serve(t, store.URL(), officeA.url, "--limits", limits), b.serve(t, store.URL(), officeB.url, "--limits", limits)
	atA, atB := from(first.public, here), from(second.public, here)
	mailed := 0
	both := func(when string) {
		t.Helper()
		for i := range 20 { // all of the one first: workers that took turns would find their own by chance
			atA.start(t, fmt.Sprintf("of.a.%d@example.org", i))
		}
		for i := range 20 {
			atB.start(t, fmt.Sprintf("of.b.%d@example.org", i))
		}
		mailed++
		for i := range 20 {
			officeA.box(t, fmt.Sprintf("of.a.%d@example.org", i), mailed)
			officeB.box(t, fmt.Sprintf("of.b.%d@example.org", i), mailed)
		}
		if n, m := officeA.count(), officeB.count(); n != 20*mailed || m != 20*mailed {
			t.Fatalf("%s: %d and %d mails came, want %d each", when, n, m, 20*mailed)
		}
	}
	both("at first")
	store.Do("FLUSHALL")
	both("after Redis forgot everything")

	who := shop.Examples()[0].Email
	v := atA.start(t, who)
	code := officeA.code(t, who, 1)
	name := a.prefix(t)
	first.stop()
	a.rotateAll(t)
	if now := a.prefix(t); now != name || b.prefix(t) == name || !strings.HasPrefix(name, "exposure:") {
		t.Errorf("keys were named %s and are named %s; the other's %s", name, now, b.prefix(t))
	}
	first = a.serve(t, store.URL(), officeA.url, "--limits", limits)
	atA = from(first.public, here)
	if r := atA.confirm(t, v, code); r.status != 200 {
		t.Errorf("a code from before the rotation: %d %s", r.status, r.body)
	}
	all, err := redisOf(t, store.URL()).Keys(t.Context(), "*").Result()
	must(t, err)
	for _, key := range all {
		if !strings.HasPrefix(key, name) && !strings.HasPrefix(key, b.prefix(t)) {
			t.Errorf("a key of neither: %s", key)
		}
	}
}
