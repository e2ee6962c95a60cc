package mypage_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
	"exposure/internal/reset"
)

// raw is a connection of somebody who may write the database and has no keys.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

const (
	nothing  = `{"required":false,"since":null,"state":null}`
	required = `{"required":true,"since":"2023-07-25T18:00:00+09:00","state":"required"}`
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

// TestNobodyToldApart: unknown, planned, exempt and differently written members are one.
func TestNobodyToldApart(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "gate")
	exempt := func(r breach.Reset) (breach.Reset, error) { return r.Exempt(g.now()) }
	_, err := g.resets.Plan(t.Context(), g.operator(audit.ResetPlan), []reset.Planned{{MemberID: "2002"}})
	must(t, err)
	_, err = g.resets.Change(t.Context(), g.operator(audit.ResetPlan), []string{"2002"}, exempt)
	must(t, err)
	var first response
	for i, id := range []string{"9999", "2001", "2002", "01001", "1001.", "1001-", "a", "A", strings.Repeat("z", 64), "%39999"} {
		r := g.gate(key, id)
		r.is(t, 200, nothing)
		for _, varies := range []string{"X-Request-Id", "Date"} {
			r.header.Del(varies)
		}
		if i == 0 {
			first = r
		}
		if len(r.header) != len(first.header) || r.header.Get("Content-Length") != first.header.Get("Content-Length") {
			t.Errorf("%s: headers %v, want %v", id, r.header, first.header)
		}
	}
}

// TestWhatIsNoMember is never told that nothing is asked of it.
func TestWhatIsNoMember(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "gate,complete")
	for _, id := range []string{
		strings.Repeat("z", 65), "%2E", "%2e%2e", "1001%20", "%001001", "1001%0d%0aX:1", "%e5%ba%97", "１００１", "%FF", "1001;x", "a@b", "a+b", "a,b", "1001%2Fpassword-reset", "%25", "*", "'", "M:1001",
	} {
		g.gate(key, id).refused(t, 400, "malformed-request")
		g.complete(key, id, idempotency, "a").refused(t, 400, "malformed-request")
	}
	if r := g.gate(key, ""); r.status != 404 && r.status != 400 {
		t.Errorf("no id at all: %d %s", r.status, r.body)
	}
}

func FuzzMemberID(f *testing.F) {
	for _, s := range []string{"1001", "%31001", "..", "a%00", "1001/", "%"} {
		f.Add(s)
	}
	g := newRig(f, nil)
	key := g.client("kit", "gate,list")
	plain := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	f.Fuzz(func(t *testing.T, id string) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", g.URL+"/v1/mypage/members/"+id+"/password-reset", http.NoBody)
		if err != nil {
			t.Skip()
		}
		decoded := strings.TrimSuffix(strings.TrimPrefix(req.URL.Path, "/v1/mypage/members/"), "/password-reset")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := g.Client().Do(req)
		if err != nil {
			t.Skip()
		}
		defer res.Body.Close()
		if good := plain.MatchString(decoded) && decoded != "." && decoded != ".."; res.StatusCode == 200 && !good {
			t.Errorf("%q: answered 200", id)
		}
		if res.StatusCode >= 500 {
			t.Errorf("%q: answered %d", id, res.StatusCode)
		}
	})
}

func TestCompletionIsEarned(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete")
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // no ticket
	ticket := g.ticket("1001")
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // not redeemed
	g.redeem(key, ticket)
	g.complete(key, "1002", idempotency, "b").refused(t, 409, "reset-not-applicable") // another's ticket
	for _, id := range []string{"2001", "9999"} {
		g.complete(key, id, idempotency, id).refused(t, 409, "reset-not-applicable")
	}
	g.clock.Store(int64(breach.RedeemedLife))
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // a day later
	g.redeem(key, g.ticket("1001"))
	if r := g.complete(key, "1001", idempotency, "a"); r.status != 200 {
		t.Errorf("an earned completion: %d %s", r.status, r.body)
	}
	late := g.ticket("1003")
	g.clock.Add(int64(breach.TicketLife))
	for _, ticket := range []string{late, ticket, strings.Repeat("A", 43), "x", strings.Repeat("A", 2000), "%00", ticket[:42] + "%0a"} {
		g.redeem(key, ticket).refused(t, 404, "not-found")
	}
}

func TestIdempotencyKeys(t *testing.T) {
	g := newRig(t, nil)
	kit, other := g.client("kit", "complete"), g.client("other", "complete")
	g.redeem(kit, g.ticket("1001", "1002"))
	for name, keys := range map[string][]string{
		"absent": nil, "empty": {""}, "two": {"a", "b"}, "long": {strings.Repeat("a", 129)}, "a space": {"a b"}, "tab": {"a\tb"}, "Japanese": {"あ"}, "8 bit": {"\x80"},
	} {
		var header []string
		for _, k := range keys {
			header = append(header, idempotency, k)
		}
		if r := g.complete(kit, "1001", header...); r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if n := g.rows(audit.ResetComplete); n != 0 {
		t.Errorf("%d completions without a key", n)
	}
	if r := g.complete(kit, "1001", idempotency, strings.Repeat("~", 128)); r.status != 200 {
		t.Errorf("the longest key: %d %s", r.status, r.body)
	}
	g.complete(kit, "1002", idempotency, strings.Repeat("~", 128)).refused(t, 409, "idempotency-key-reused")
	if r := g.complete(other, "1002", idempotency, strings.Repeat("~", 128)); r.status != 200 {
		t.Errorf("another client's key: %d %s", r.status, r.body)
	}
}

// TestParallelCompletions: of one member all are answered alike, and recorded once.
func TestParallelCompletions(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete")
	g.redeem(key, g.ticket("1001", "1002"))
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 40 {
		all.Go(func() {
			r := g.complete(key, []string{"1001", "1002"}[i%2], idempotency, "same")
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
		})
	}
	all.Wait()
	if statuses[200] != 20 || statuses[409] != 20 || g.rows(audit.ResetComplete) != 1 {
		t.Errorf("answers %v, %d rows, want one member's twenty 200 and the other's twenty 409", statuses, g.rows(audit.ResetComplete))
	}
}

func TestListIsReadOn(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("cron", "list")
	page := g.do("GET", "/v1/mypage/password-resets?limit=3", key)
	list, cursor := listOf(t, page)
	if !slices.Equal(list, []string{"2001 planned", "1001 required", "1002 required"}) || !strings.Contains(page.body, `"more":true`) {
		t.Errorf("the first page: %s", page.body)
	}
	page = g.do("GET", "/v1/mypage/password-resets?limit=3&cursor="+cursor, key)
	if list, cursor = listOf(t, page); !slices.Equal(list, []string{"1003 required", "1004 required"}) || !strings.Contains(page.body, `"more":false`) {
		t.Errorf("the second page: %s", page.body)
	}
	end := g.do("GET", "/v1/mypage/password-resets?cursor="+cursor, key)
	end.is(t, 200, `{"members":[],"more":false,"next_cursor":"`+cursor+`"}`)
	g.ticket("1002") // what changes comes again
	if list, _ = listOf(t, g.do("GET", "/v1/mypage/password-resets?cursor="+cursor, key)); !slices.Equal(list, []string{"1002 ticket_issued"}) {
		t.Errorf("what changed since: %q", list)
	}
	if list, _ = listOf(t, g.do("GET", "/v1/mypage/password-resets?state=planned&state=ticket_issued&state=planned", key)); !slices.Equal(list, []string{"2001 planned", "1002 ticket_issued"}) {
		t.Errorf("two states: %q", list)
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=-1", "cursor=x", "cursor=", "cursor=9999999999999999999", "cursor=1e3", "cursor=%00", "state=", "state=Required", "state=a&state=b"} {
		g.do("GET", "/v1/mypage/password-resets?"+query, key).refused(t, 400, "malformed-request")
	}
}

// listOf takes members and cursor out of a page.
func listOf(t *testing.T, r response) (members []string, cursor string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`"member_id":"(\w+)","required":\w+,"since":"[^"]+","state":"(\w+)"`).FindAllStringSubmatch(r.body, -1) {
		members = append(members, m[1]+" "+m[2])
	}
	found := regexp.MustCompile(`"next_cursor":"([0-9]+)"`).FindStringSubmatch(r.body)
	if r.status != 200 || found == nil {
		t.Fatalf("no page: %d %s", r.status, r.body)
	}
	return members, found[1]
}

// calls is one good request for every operation, and the scope it needs.
var calls = []struct {
	operation, method, path string
	scope                   client.Scope
}{
	{"getMemberReset", "GET", "/v1/mypage/members/1001/password-reset", client.Gate},
	{"completeMemberReset", "POST", "/v1/mypage/members/1001/password-reset/completion", client.Complete},
	{"listMemberResets", "GET", "/v1/mypage/password-resets", client.List},
	{"redeemTicket", "POST", "/v1/mypage/reset-tickets/" + strings.Repeat("A", 43) + "/redemption", client.Complete},
}

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

// TestUnearnedCompletionsSuspend, and wrong tickets do not: anybody can open the shop's page
// with one, and would shut the shop out.
func TestUnearnedCompletionsSuspend(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientRefused: {{Count: 2, Per: time.Hour}}, ratelimit.ClientTickets: {{Count: 2, Per: time.Hour}}})
	kit := g.client("kit", "complete")
	for i := range 5 {
		g.redeem(kit, strings.Repeat(string(rune('A'+i)), 42)+"A").refused(t, 404, "not-found")
	}
	if g.told[client.TicketsTried] != 3 || g.told[client.Suspended] != 0 {
		t.Errorf("told %v after five wrong tickets", g.told)
	}
	for range 4 {
		g.complete(kit, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable")
	}
	g.complete(kit, "9999", idempotency, "b").refused(t, 409, "reset-not-applicable")
	g.complete(kit, "9998", idempotency, "c").refused(t, 401, "unauthenticated")
	g.redeem(kit, g.ticket("1001")).refused(t, 401, "unauthenticated")
	if g.told[client.Suspended] != 1 {
		t.Errorf("told %v", g.told)
	}
}

// blankShop is a shop's database in which nobody has set a password yet.
type blankShop struct{ reset.Connector }

func (blankShop) Read(_ context.Context, ids []string) ([]reset.Held, error) {
	return []reset.Held{{MemberID: ids[0], Found: true, Live: true, Blank: true}}, nil
}

// TestTooEarlyIsNoProbe: completions of members with a redeemed ticket, told before the new
// password is stored, are refused and suspend nobody.
func TestTooEarlyIsNoProbe(t *testing.T) {
	g := newRig(t, nil)
	g.service = reset.NewService(g.resets, blankShop{}, g.now)
	g.serve(ratelimit.Table{ratelimit.ClientRefused: {{Count: 1, Per: time.Hour}}})
	bar := func(r breach.Reset) (breach.Reset, error) { return r.Bar(g.now()) }
	ids := []string{"1001", "1002", "1003"}
	_, err := g.resets.Change(t.Context(), g.operator(audit.ResetBar), ids, bar)
	must(t, err)
	kit := g.client("kit", "complete")
	g.redeem(kit, g.ticket(ids...))
	for _, id := range ids {
		g.complete(kit, id, idempotency, id).refused(t, 409, "reset-not-applicable")
	}
	if g.counted[mypage.CompletionDenied] != 3 || g.told[client.Suspended] != 0 {
		t.Errorf("counted %v, told %v", g.counted, g.told)
	}
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

// TestInventedTicketsStopNobody: more of them in a minute than a client has calls leave the
// shop its completions, its list and its customers' tickets. What has no form of one is not
// even counted.
func TestInventedTicketsStopNobody(t *testing.T) {
	g := newRig(t, nil)
	kit := g.client("kit", "complete,list")
	for i := range 700 {
		g.redeem(kit, fmt.Sprintf("%042dA", i)).refused(t, 404, "not-found")
	}
	alarms := g.told[client.TicketsTried]
	if alarms == 0 || g.told[client.Suspended] != 0 {
		t.Errorf("told %v after 700 invented tickets", g.told)
	}
	g.redeem(kit, "no-ticket").refused(t, 404, "not-found")
	if g.told[client.TicketsTried] != alarms || g.counted[mypage.TicketDenied] != 700 {
		t.Errorf("told %v and counted %v: what is no ticket was counted", g.told, g.counted)
	}
	g.redeem(kit, g.ticket("1001")).is(t, 200, `{"members":["1001"]}`)
	g.complete(kit, "1001", idempotency, "a").is(t, 200, `{"required":false,"since":"2023-07-25T18:00:00+09:00","state":"completed"}`)
	if r := g.do("GET", "/v1/mypage/password-resets", kit); r.status != 200 {
		t.Errorf("a page of the list: %d %s", r.status, r.body)
	}
}

// TestDoubtIsNeverNo: a row that cannot be proven, a client that cannot be, no database.
func TestDoubtIsNeverNo(t *testing.T) {
	for name, harm := range map[string]string{
		"a state edited":   `UPDATE resets SET state = 'completed'`,
		"a row removed":    `DELETE FROM resets`,
		"clients removed":  `DELETE FROM client_states`,
		"a table is gone":  `DROP TABLE resets`,
		"the log is gone":  `DELETE FROM audit_entries`,
		"the log's member": `UPDATE audit_entries SET tag = NULL`,
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, nil)
			key := g.client("kit", "gate,complete")
			_, err := raw(t, g.path).Exec(harm)
			must(t, err)
			r := g.gate(key, "1001")
			if r.status != 503 || r.header.Get("Retry-After") == "" || strings.Contains(r.body, "required") {
				t.Errorf("got %d %s", r.status, r.body)
			}
		})
	}
}

// TestRoutesAreThoseOfTheDocument, both ways, and every operation has a request here.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	doc, err := document()
	must(t, err)
	var want []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !slices.Contains(op.Tags, "mypage") {
				continue
			}
			want = append(want, method+" "+regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, ":$1"))
			i := slices.IndexFunc(calls, func(c struct {
				operation, method, path string
				scope                   client.Scope
			}) bool {
				return c.operation == op.OperationID
			})
			if i < 0 {
				t.Errorf("operation %s has no request in these tests", op.OperationID)
			}
			if s := op.Security; s == nil || len(*s) != 1 || (*s)[0]["client"] == nil {
				t.Errorf("operation %s is not said to need a client's key", op.OperationID)
			}
		}
	}
	g := newRig(t, nil)
	guard, err := client.NewGuard(client.Config{Directory: g.clients, Limits: &ratelimit.Limiter{}, Hash: g.keys.NetworkTag})
	must(t, err)
	door, err := mypage.New(mypage.Config{Resets: g.service, Claims: g.clients, Guard: guard, Zone: time.UTC})
	must(t, err)
	e := echo.New()
	door.Routes(e)
	var got []string
	for _, r := range e.Routes() {
		got = append(got, r.Method+" "+r.Path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/", "/v1/incident", "/v1/report"} {
		if r := g.do("GET", path, ""); r.status != 404 {
			t.Errorf("%s on the MY page listener: %d", path, r.status)
		}
	}
	if _, err := mypage.New(mypage.Config{}); err == nil {
		t.Error("New without anything returned no error")
	}
}
