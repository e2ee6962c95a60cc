package mypage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/conform"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
)

// TestResetStory is what a shop does for one member, from the login to the new password.
func TestResetStory(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "gate,complete,list")
	g.gate(key, "1001").is(t, 200, required)
	ticket := g.ticket("1001", "1002")
	g.clock.Store(int64(time.Minute))
	g.redeem(key, ticket).is(t, 200, `{"members":["1001","1002"]}`)
	g.redeem(key, ticket).refused(t, 404, "not-found")
	g.clock.Store(int64(2 * time.Minute))
	const done = `{"required":false,"since":"2023-07-25T18:02:00+09:00","state":"completed"}`
	g.complete(key, "1001", idempotency, "a").is(t, 200, done)
	g.clock.Store(int64(3 * time.Minute))
	g.complete(key, "1001", idempotency, "a").is(t, 200, done)
	g.complete(key, "1001", idempotency, "b").is(t, 200, done)
	g.gate(key, "1001").is(t, 200, done)
	g.gate(key, "1002").is(t, 200, `{"required":true,"since":"2023-07-25T18:00:00+09:00","state":"ticket_issued"}`)
	if n, m := g.rows(audit.ResetComplete), g.rows(audit.ResetRedeem); n != 1 || m != 2 {
		t.Errorf("%d completions and %d redemptions are in the audit log, want 1 and 2", n, m)
	}
	if g.counted[mypage.Completed] != 3 || g.counted[mypage.GateRequired] != 2 || g.counted[mypage.TicketDenied] != 1 {
		t.Errorf("counted %v", g.counted)
	}
}

// call is a good request for an operation, and the scope it needs.
type call struct {
	operation, method, path string
	scope                   client.Scope
}

// calls has one for every operation.
var calls = []call{
	{"getMemberReset", "GET", "/v1/mypage/members/1001/password-reset", client.Gate},
	{"completeMemberReset", "POST", "/v1/mypage/members/1001/password-reset/completion", client.Complete},
	{"listMemberResets", "GET", "/v1/mypage/password-resets", client.List},
	{"redeemTicket", "POST", "/v1/mypage/reset-tickets/" + strings.Repeat("A", 43) + "/redemption", client.Complete},
	{"reportKit", "POST", "/v1/mypage/kit-reports", client.Enforce},
}

// TestRoutesAreThoseOfTheDocument, both ways, and every operation has a request here.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	operations, err := conform.Operations("mypage")
	must(t, err)
	for _, op := range operations {
		if s := op.Security; s == nil || len(*s) != 1 || (*s)[0]["client"] == nil {
			t.Errorf("operation %s is not said to need a client's key", op.OperationID)
		}
	}
	g := newRig(t, nil)
	guard, err := client.NewGuard(client.Config{Directory: g.clients, Limits: &ratelimit.Limiter{}, Hash: g.keys.NetworkTag})
	must(t, err)
	door, err := mypage.New(mypage.Config{Resets: g.service, Kits: g.kits(), Claims: g.clients, Guard: guard, Zone: time.UTC})
	must(t, err)
	e := echo.New()
	door.Routes(e)
	var routes, asked []string
	for _, r := range e.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	for _, c := range calls {
		asked = append(asked, c.operation)
	}
	must(t, conform.Covers("mypage", routes, asked))
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/", "/v1/incident", "/v1/report"} {
		if r := g.do("GET", path, ""); r.status != 404 {
			t.Errorf("%s on the MY page listener: %d", path, r.status)
		}
	}
	if _, err := mypage.New(mypage.Config{}); err == nil {
		t.Error("New without anything returned no error")
	}
}
