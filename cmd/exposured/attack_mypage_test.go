package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
)

// TestKeysOfTheShop: none, another client's, one of before a rotation, on every listener.
func TestKeysOfTheShop(t *testing.T) {
	f := openShopfloor(t, nil)
	kit, cron := f.desk.client(t, "kit", "gate,complete"), f.desk.client(t, "cron", "list")
	f.gate(t, kit, f.member.id).says(t, "a good key", 200, "")
	none := f.gate(t, "", f.member.id)
	none.says(t, "no key", 401, "unauthenticated")
	for what, key := range map[string]string{"invented": "exk_" + strings.Repeat("A", 43), "cut": kit[:46], "session": strings.Repeat("x", 43), "long": strings.Repeat("x", 5000)} {
		if r := f.gate(t, key, f.member.id); r.status != 401 || string(r.body) != string(none.body) {
			t.Errorf("a key that is %s: %d %s", what, r.status, r.body)
		}
	}
	f.gate(t, cron, f.member.id).says(t, "another client's key", 403, "scope-missing")
	for _, path := range []string{gatePath(f.member.id), "/v1/mypage/password-resets", "/v1/mypage/"} {
		ask(t, f.public, http.MethodGet, path, kit).says(t, "the public listener: "+path, 404, "not-found")
		ask(t, f.private, http.MethodGet, path, kit).says(t, "the private listener beside an own one: "+path, 404, "not-found")
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/", "/v1/incident"} {
		ask(t, f.mypage, http.MethodGet, path, kit).says(t, path+" where the shop's programs come in", 404, "not-found")
	}
	fresh := f.desk.rotate(t, "kit")
	f.gate(t, kit, f.member.id).says(t, "the old of two keys", 200, "")
	f.gate(t, fresh, f.member.id).says(t, "the new of two keys", 200, "")
	f.desk.revoke(t, "kit")
	f.gate(t, kit, f.member.id).says(t, "a revoked key", 401, "unauthenticated")
	f.gate(t, fresh, f.member.id).says(t, "the key that replaced it", 200, "")
	f.stop()
	f.running = f.site.serve(t, "", openPostOffice(t).url) // without an own listener
	if f.running.mypage(t) != f.private {
		t.Error("without an address of its own the API is not on the private listener")
	}
	ask(t, f.private, http.MethodGet, gatePath(f.member.id), fresh).says(t, "the private listener", 200, "")
	ask(t, f.private, http.MethodGet, gatePath(f.member.id), kit).says(t, "a revoked key after a restart", 401, "unauthenticated")
	ask(t, f.public, http.MethodGet, gatePath(f.member.id), fresh).says(t, "the public listener", 404, "not-found")
	if strings.Contains(f.log.String(), "exk_") {
		t.Error("the log holds a key")
	}
}

// TestAStolenKey forges no completion, learns no list, and opens no member.
func TestAStolenKey(t *testing.T) {
	f := openShopfloor(t, nil)
	gate, complete := f.desk.client(t, "login", "gate"), f.desk.client(t, "page", "complete")
	for _, key := range []string{gate, complete} {
		ask(t, f.mypage, http.MethodGet, "/v1/mypage/password-resets", key).says(t, "the list", 403, "scope-missing")
	}
	f.redeem(t, gate, f.desk.ticketFor(t, f.member.id)).says(t, "a ticket with the key of the login", 403, "scope-missing")
	f.complete(t, gate, f.member.id, "a").says(t, "a completion with it", 403, "scope-missing")
	f.complete(t, complete, f.member.id, "a").says(t, "a completion without a redeemed ticket", 409, "reset-not-applicable")
	f.complete(t, complete, f.other.id, "b").says(t, "another member's", 409, "reset-not-applicable")
	if s := f.desk.state(t, f.member.id); s != breach.ResetTicketIssued || f.rowsOf(t, audit.ResetComplete) != 0 || f.rowsOf(t, audit.ResetRedeem) != 0 {
		t.Errorf("the member is %s, %d completions and %d redemptions are in the log", s, f.rowsOf(t, audit.ResetComplete), f.rowsOf(t, audit.ResetRedeem))
	}
	mine := f.desk.ticketFor(t, f.member.id)
	f.redeem(t, complete, mine).says(t, "the member's own ticket", 200, "")
	f.redeem(t, complete, mine).says(t, "the ticket again", 404, "not-found")
	f.complete(t, complete, f.other.id, "b").says(t, "another member on this ticket", 409, "reset-not-applicable")
	f.complete(t, complete, f.member.id, "a").says(t, "the member", 200, "")
	for what, header := range map[string][]string{
		"the peer":  {"X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1", "Forwarded", "for=127.0.0.1"},
		"a method":  {"X-HTTP-Method-Override", "POST"},
		"a path":    {"X-Original-URL", "/v1/mypage/password-resets", "X-Rewrite-URL", "/v1/mypage/password-resets"},
		"a client":  {"X-User-ID", "cron", "X-Client", "cron"},
		"a host":    {"X-Forwarded-Host", "evil.example"},
		"two hosts": {"X-Forwarded-Proto", "https"},
	} {
		r := f.gate(t, gate, f.other.id, header...)
		if r.status != 200 || !strings.Contains(string(r.body), `"state":"required"`) {
			t.Errorf("headers that name %s: %d %s", what, r.status, r.body)
		}
		f.gate(t, "", f.other.id, header...).says(t, "no key, and headers that name "+what, 401, "unauthenticated")
	}
}

// TestWalkingThroughMembers ends in a suspension that restarts and a lost Redis outlast.
func TestWalkingThroughMembers(t *testing.T) {
	for _, with := range []string{"redis", "memory"} {
		t.Run(with, func(t *testing.T) {
			var store *live.RedisServer
			if with == "redis" {
				store = live.NewRedis(t)
			}
			f := openShopfloor(t, store, "--limits", "client-members=20/1h")
			kit := f.desk.client(t, "kit", "gate")
			for range 3 { // a busy shop asks again and again
				for i := range 20 {
					f.gate(t, kit, fmt.Sprint(i)).says(t, "a member among twenty", 200, "")
				}
			}
			if store != nil { // neither a restart nor a lost Redis gives a thief another twenty on top
				f.stop()
				f.start(t, "--limits", "client-members=20/1h")
			}
			last := 20
			for f.gate(t, kit, fmt.Sprint(last)).status == 200 && last < 41 {
				last++
			}
			if with == "redis" && last != 20 || last > 40 {
				t.Errorf("%d members were told about, at 20 allowed", last)
			}
			f.gate(t, kit, "0").says(t, "a suspended client", 401, "unauthenticated")
			if n := f.rowsOf(t, audit.ClientSuspend); n != 1 {
				t.Errorf("%d suspensions are in the audit log, want 1", n)
			}
			if metric := string(ask(t, f.private, http.MethodGet, "/metrics", "").body); !strings.Contains(metric, `exposure_alarm_on{alarm="`+string(alarm.ClientSuspended)+`"} 1`) {
				t.Error("no alarm was raised")
			}
			if store != nil {
				store.Flush()
			}
			f.stop()
			f.start(t)
			f.gate(t, kit, "0").says(t, "a suspended client after a restart", 401, "unauthenticated")
			fresh := f.desk.rotate(t, "kit")
			f.gate(t, fresh, f.member.id).says(t, "its new key", 200, "")
			f.gate(t, kit, f.member.id).says(t, "its old key", 401, "unauthenticated")
		})
	}
}

// TestKeysTriedOut: wrong keys are limited by network, and keep no right one out.
func TestKeysTriedOut(t *testing.T) {
	f := openShopfloor(t, live.NewRedis(t), "--limits", "client-ip=5/1h")
	kit := f.desk.client(t, "kit", "gate")
	for i := range 8 {
		want := 401
		if i >= 5 {
			want = 429
		}
		if r := f.gate(t, fmt.Sprintf("exk_%042dA", i), f.member.id, "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i)); r.status != want {
			t.Errorf("wrong key %d: %d %s", i, r.status, r.body)
		}
	}
	f.gate(t, kit, f.member.id).says(t, "a right key from the same network", 200, "")
	f.store.Stop()
	f.gate(t, "exk_"+strings.Repeat("A", 43), f.member.id).says(t, "a wrong key without Redis", 503, "temporarily-unavailable")
	f.gate(t, kit, f.member.id).says(t, "a right key without Redis", 200, "")
	f.redeem(t, f.desk.client(t, "page", "complete"), f.desk.ticketFor(t, f.member.id)).says(t, "a ticket without Redis", 200, "")
}

// TestIdempotencyKeysOfTheShop, as an attacker and as a shop that repeats itself sends them.
func TestIdempotencyKeysOfTheShop(t *testing.T) {
	f := openShopfloor(t, nil)
	kit, other := f.desk.client(t, "kit", "complete"), f.desk.client(t, "other", "complete")
	f.redeem(t, kit, f.desk.ticketFor(t, f.member.id, f.other.id)).says(t, "the ticket", 200, "")
	path := gatePath(f.member.id) + "/completion"
	ask(t, f.mypage, http.MethodPost, path, kit).says(t, "absent", 400, "malformed-request")
	for what, key := range map[string]string{"empty": "", "129 characters": strings.Repeat("a", 129), "10,000 characters": strings.Repeat("a", 10_000), "a space": "a b", "8 bit": "\xff"} {
		f.complete(t, kit, f.member.id, key).says(t, what, 400, "malformed-request")
	}
	for what, raw := range map[string]string{"NUL": "a\x00b", "a line break": "a\nb", "1 MB": strings.Repeat("a", 1<<20)} {
		status := rawStatus(t, f.mypage, "POST "+path+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+kit+"\r\nIdempotency-Key: "+raw+"\r\nContent-Length: 0\r\n\r\n")
		if status != 400 && status != 431 {
			t.Errorf("%s: %d", what, status)
		}
	}
	if n := f.rowsOf(t, audit.ResetComplete); n != 0 {
		t.Fatalf("%d completions without a proper key", n)
	}
	var mu sync.Mutex
	bodies := map[string]int{}
	got := inParallel(t, 50, func(int) (reply, error) {
		r := f.complete(t, kit, f.member.id, "same")
		mu.Lock()
		defer mu.Unlock()
		bodies[string(r.body)]++
		return r, nil
	})
	if got[200] != 50 || len(bodies) != 1 || f.rowsOf(t, audit.ResetComplete) != 1 {
		t.Errorf("fifty completions with one key were answered %v, %d ways, %d rows", got, len(bodies), f.rowsOf(t, audit.ResetComplete))
	}
	f.complete(t, kit, f.other.id, "same").says(t, "the key for another member", 409, "idempotency-key-reused")
	if s := f.desk.state(t, f.other.id); s != breach.ResetTicketIssued {
		t.Errorf("the other member is %s", s)
	}
	f.complete(t, other, f.other.id, "same").says(t, "another client's same key", 200, "")
	f.stop()
	f.start(t)
	f.complete(t, kit, f.member.id, "same").says(t, "the same again after a restart", 200, "")
	f.complete(t, kit, f.other.id, "same").says(t, "the key for another member after a restart", 409, "idempotency-key-reused")
}

// TestAGateInDoubt is never open: with the database altered, locked away or gone.
func TestAGateInDoubt(t *testing.T) {
	f := openShopfloor(t, nil)
	kit := f.desk.client(t, "kit", "gate,complete")
	f.gate(t, kit, f.member.id).says(t, "before", 200, "")
	db := f.site.open(t)
	_, err := db.Exec(`UPDATE resets SET state = 'completed', since = since + 1`)
	must(t, err)
	must(t, db.Close())
	for _, id := range []string{f.member.id, f.other.id} {
		r := f.gate(t, kit, id)
		if r.status != 503 || strings.Contains(string(r.body), `"required"`) {
			t.Errorf("a row that was edited: %d %s", r.status, r.body)
		}
	}
	path := strings.TrimPrefix(f.site.database, "sqlite:")
	must(t, moveAway(path))
	r := f.gate(t, kit, "9999")
	if r.status != 503 || r.header.Get("Retry-After") == "" || strings.Contains(string(r.body), `"required"`) {
		t.Errorf("without its database: %d %s", r.status, r.body)
	}
	f.complete(t, kit, f.member.id, "a").says(t, "a completion without a database", 503, "")
	must(t, moveBack(path))
	deadline := time.Now().Add(20 * time.Second)
	for f.gate(t, kit, "9999").status != 200 && time.Now().Before(deadline) {
	}
	f.gate(t, kit, "9999").says(t, "with its database again", 200, "")
}
