package mypage_test

import (
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/ratelimit"
)

// TestScopesOnEveryRoute: a key opens what its scopes say, and its absence nothing.
func TestScopesOnEveryRoute(t *testing.T) {
	g := newRig(t, nil)
	keys := map[client.Scope]string{}
	for _, s := range client.Scopes() {
		keys[s] = g.client(string(s), string(s))
	}
	for _, c := range calls {
		for scope, key := range keys {
			r := g.do(c.method, c.path, key)
			if scope == c.scope == (r.status == 403) {
				t.Errorf("%s with %s: %d %s", c.operation, scope, r.status, r.body)
			}
			if scope != c.scope {
				r.refused(t, 403, "scope-missing")
			}
		}
		for _, wrong := range []string{"", "x", keys[c.scope] + "A", keys[c.scope][:46], strings.ToUpper(keys[c.scope])} {
			r := g.do(c.method, c.path, wrong)
			r.is(t, 401, `{"status":401,"title":"The key is not accepted","type":"urn:exposure:problem:unauthenticated"}`)
			if r.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: headers %v", c.operation, r.header)
			}
		}
		for _, header := range [][]string{
			{"Authorization", "Bearer " + keys[c.scope], "Authorization", "Bearer " + keys[c.scope]}, {"Authorization", "Basic " + keys[c.scope]},
			{"Authorization", keys[c.scope]}, {"Authorization", "Bearer " + keys[c.scope] + ", x"}, {"X-Api-Key", keys[c.scope]}, {"Cookie", "key=" + keys[c.scope]},
		} {
			g.do(c.method, c.path, "", header...).refused(t, 401, "unauthenticated")
		}
		g.do(c.method, c.path+"?access_token="+keys[c.scope], "").refused(t, 401, "unauthenticated")
	}
}

// TestWrongKeysAreLimited by network, and never keep a right one out.
func TestWrongKeysAreLimited(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientIP: {{Count: 3, Per: time.Hour}}})
	key := g.client("kit", "gate")
	for range 3 {
		g.gate("exk_"+strings.Repeat("A", 43), "1001").refused(t, 401, "unauthenticated")
	}
	if r := g.gate("x", "1001"); r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("the fourth wrong key: %d %s", r.status, r.body)
	}
	g.gate(key, "1001").is(t, 200, required)
}

// TestWalkingSuspends: who asks about too many members is refused from then on.
func TestWalkingSuspends(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientMembers: {{Count: 5, Per: time.Hour}}})
	kit, cron := g.client("kit", "gate,complete"), g.client("cron", "gate,list")
	for range 3 {
		for _, id := range []string{"1001", "1002", "a", "b", "c"} {
			if r := g.gate(kit, id); r.status != 200 {
				t.Fatalf("%s: %d %s", id, r.status, r.body)
			}
		}
	}
	g.gate(kit, "d").refused(t, 401, "unauthenticated")
	for _, id := range []string{"1001", "d"} {
		g.gate(kit, id).refused(t, 401, "unauthenticated")
	}
	g.complete(kit, "1001", idempotency, "a").refused(t, 401, "unauthenticated")
	if g.told[client.Suspended] != 1 || g.rows(audit.ClientSuspend) != 1 {
		t.Errorf("told %v, %d audit rows", g.told, g.rows(audit.ClientSuspend))
	}
	for _, id := range []string{"1", "2", "3", "4", "5", "6", "7"} { // it may read the list anyway
		g.gate(cron, id).is(t, 200, nothing)
	}
	text, fresh := client.NewKey(g.now())
	_, err := g.clients.Change(t.Context(), g.operator(audit.ClientRotate), "kit", func(c client.Client) (client.Client, error) { return c.Rotate(fresh) })
	must(t, err)
	g.gate(text, "1001").is(t, 200, required)
	g.gate(kit, "1001").refused(t, 401, "unauthenticated")
}

// TestCallsAreLimited, but never the gate.
func TestCallsAreLimited(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientRequest: {{Count: 2, Per: time.Minute}}})
	key := g.client("cron", "gate,list")
	for range 2 {
		g.do("GET", "/v1/mypage/password-resets", key)
	}
	g.do("GET", "/v1/mypage/password-resets", key).refused(t, 429, "quota-exceeded")
	g.gate(key, "1001").is(t, 200, required)
}
