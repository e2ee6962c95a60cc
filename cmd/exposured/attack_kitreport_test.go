package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// report sends what a kit in the shop has done and seen.
func (f *shopfloor) report(t testing.TB, key, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.mypage+"/v1/mypage/kit-reports", strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return reply{resp.StatusCode, resp.Header, answer}
}

// spare are members whose reset is only planned.
func (f *shopfloor) spare(t *testing.T, n int) []string {
	t.Helper()
	all, err := f.desk.List(t.Context(), reset.Query{States: []breach.ResetState{breach.ResetPlanned}, Limit: n})
	must(t, err)
	var ids []string
	for _, l := range all {
		ids = append(ids, l.MemberID)
	}
	if len(ids) != n {
		t.Fatalf("%d members are planned", len(ids))
	}
	return ids
}

// audited proves every row of the audit log, and every reset against it.
func (f *shopfloor) audited(t *testing.T) {
	t.Helper()
	v, err := f.desk.db.VerifyAudit(t.Context(), []audit.Prover{f.desk.keys}, nil, nil)
	must(t, err)
	if v.Bad != nil {
		t.Errorf("the audit log: %+v", v.Bad)
	}
	must(t, f.desk.Check(t.Context()))
}

// kitReport is a report in a mode. What a kit barred and found are pairs of member and time.
func kitReport(mode string, barred, changed [][2]string) string {
	var b, c []string
	for _, m := range barred {
		b = append(b, fmt.Sprintf(`{"member_id":%q,"since":%q}`, m[0], m[1]))
	}
	for i, m := range changed {
		c = append(c, fmt.Sprintf(`{"member_id":%q,"since":%q,"evidence":"%064x"}`, m[0], m[1], i+10))
	}
	return fmt.Sprintf(`{"version":"1.0.0","mode":%q,"list_age":3,"findings":[],"barred":[%s],"changed":[%s]}`, mode, strings.Join(b, ","), strings.Join(c, ","))
}

// said is a time of a member's reset as the list says it.
func (f *shopfloor) said(t testing.TB, id string) string {
	t.Helper()
	r, err := f.desk.Get(t.Context(), id)
	must(t, err)
	return r.Since.In(f.desk.incident.Zone).Truncate(time.Second).Format(time.RFC3339)
}

// ago orders members a while ago, so that reports are not of the second of the order.
func (f *shopfloor) ago(t *testing.T, ids ...string) {
	t.Helper()
	f.desk.step(t, audit.ResetOrder, func(r breach.Reset) (breach.Reset, error) { return r.Order(time.Now().Add(-time.Hour)), nil }, ids...)
}

// TestAStolenKeyOfAKit: with the scope enforce alone nobody is asked about, told apart or let
// in again, and no other key reports.
func TestAStolenKeyOfAKit(t *testing.T) {
	f := openShopfloor(t, nil)
	members := f.spare(t, 4)
	f.ago(t, members[:2]...)
	for _, scopes := range []string{"gate", "complete", "list", "gate,complete,list"} {
		key := f.desk.client(t, "not-"+strings.ReplaceAll(scopes, ",", "-"), scopes)
		f.report(t, key, kitReport("on", [][2]string{{members[0], f.said(t, members[0])}}, nil)).says(t, "a key with "+scopes, 403, "scope-missing")
	}
	key := f.desk.client(t, "kit", "enforce")
	f.gate(t, key, members[0]).says(t, "the gate", 403, "scope-missing")
	f.complete(t, key, members[0], "a").says(t, "a completion", 403, "scope-missing")
	f.redeem(t, key, f.desk.ticketFor(t, members[0])).says(t, "a ticket", 403, "scope-missing")
	ask(t, f.mypage, http.MethodGet, "/v1/mypage/password-resets", key).says(t, "the list", 403, "scope-missing")
	f.desk.step(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { return r.Exempt(time.Now()) }, members[3])
	var first reply
	for i, id := range []string{members[1], "999999", members[2], members[3], "no-such"} {
		r := f.report(t, key, kitReport("on", [][2]string{{id, f.said(t, members[1])}}, [][2]string{{id, "2023-07-25T00:00:00Z"}}))
		r.header.Del("Date")
		r.header.Del("X-Request-Id")
		if i == 0 {
			first = r
		}
		if r.status != 204 || len(r.body) != 0 || fmt.Sprint(r.header) != fmt.Sprint(first.header) {
			t.Errorf("about %s: %d %s %v, about somebody ordered %v", id, r.status, r.body, r.header, first.header)
		}
	}
	if bars, seen := f.rowsOf(t, audit.ResetBar), f.rowsOf(t, audit.ResetUnverified); bars != 1 || seen != 0 {
		t.Errorf("%d bars and %d changes are in the log, want one bar", bars, seen)
	}
	if strings.Contains(f.log.String(), "exk_") || strings.Contains(f.log.String(), `"`+members[1]+`"`) {
		t.Error("the log holds a key or a member")
	}
	f.audited(t)
}

// TestReportsBesideTickets: reports of any age, sent all at once while customers take tickets
// and set passwords, end no reset and keep nobody from ending theirs.
func TestReportsBesideTickets(t *testing.T) {
	f := openShopfloor(t, nil)
	members := f.spare(t, 6)
	f.ago(t, members...)
	key := f.desk.client(t, "kit", "complete,list,enforce")
	old := f.said(t, members[0])
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 12 {
				var now [][2]string
				for _, id := range members {
					now = append(now, [2]string{id, old}, [2]string{id + "0000", f.said(t, id)})
				}
				f.report(t, key, kitReport("on", now[:len(members)], nil)).says(t, "a bar of the order", 204, "")
				for i := range now {
					now[i][1] = f.said(t, strings.TrimSuffix(now[i][0], "0000"))
				}
				f.report(t, key, kitReport("on", nil, now)).says(t, "passwords", 204, "")
			}
		})
	}
	completed := make([]bool, len(members))
	for i, id := range members[:3] {
		wait.Go(func() {
			ticket := f.desk.ticketFor(t, id)
			if r := f.redeem(t, key, ticket); r.status != 200 { // a stranger's password came first: the owner asks again
				return
			}
			f.complete(t, key, id, "key-"+id).says(t, "a completion after a redeemed ticket", 200, "")
			completed[i] = true
		})
	}
	wait.Wait()
	for i, id := range members {
		if s := f.desk.state(t, id); (s == breach.ResetCompleted) != completed[i] {
			t.Errorf("member %d is %s, completed by its owner: %v", i, s, completed[i])
		}
	}
	f.audited(t)
}

// TestReportsAgainAfterARestart: what was reported is not news to the next server, nor is an
// old report sent again; the kit that reported is still known.
func TestReportsAgainAfterARestart(t *testing.T) {
	f := openShopfloor(t, nil, "--connector", "plugin")
	members := f.spare(t, 2)
	f.ago(t, members...)
	key := f.desk.client(t, "kit", "enforce")
	before := kitReport("on", [][2]string{{members[0], f.said(t, members[0])}}, [][2]string{{members[1], f.said(t, members[1])}})
	f.report(t, key, before).says(t, "the report", 204, "")
	f.stop()
	f.start(t, "--connector", "plugin")
	for range 3 {
		f.report(t, key, before).says(t, "the report again", 204, "")
	}
	after := kitReport("on", [][2]string{{members[1], f.said(t, members[1])}}, nil)
	f.report(t, key, after).says(t, "the bar over a stranger's password", 204, "")
	f.report(t, key, before).says(t, "the first report, much later", 204, "")
	if bars, seen := f.rowsOf(t, audit.ResetBar), f.rowsOf(t, audit.ResetUnverified); bars != 2 || seen != 1 {
		t.Errorf("%d bars and %d changes are in the log, want 2 and 1", bars, seen)
	}
	if r, err := f.desk.Get(t.Context(), members[1]); err != nil || r.Barred.IsZero() || r.State != breach.ResetChangedUnverified {
		t.Errorf("the second member: %+v %v", r, err)
	}
	kits, err := f.desk.db.Clients(f.desk.keys).Kits(t.Context())
	must(t, err)
	if k, standing := reset.Standing(kits, time.Now()); standing != reset.KitWorks || k.Client != "kit" {
		t.Errorf("the kit %+v %s", k, standing)
	}
	f.audited(t)
}

// TestNoKitBesideTheDatabase: where the server makes passwords worthless itself, nobody's word
// stands for that.
func TestNoKitBesideTheDatabase(t *testing.T) {
	f := openShopfloor(t, nil, "--connector", "eccube2:postgres://nobody:x@127.0.0.1:1/shop?sslmode=disable")
	members := f.spare(t, 1)
	f.ago(t, members...)
	key := f.desk.client(t, "kit", "enforce")
	said := [][2]string{{members[0], f.said(t, members[0])}}
	f.report(t, key, kitReport("on", said, nil)).says(t, "a bar", 204, "")
	f.report(t, key, kitReport("on", nil, said)).says(t, "a password", 204, "")
	if r, err := f.desk.Get(t.Context(), members[0]); err != nil || !r.Barred.IsZero() || r.State != breach.ResetRequired {
		t.Errorf("the member: %+v %v", r, err)
	}
	if kits, err := f.desk.db.Clients(f.desk.keys).Kits(t.Context()); err != nil || len(kits) != 1 {
		t.Errorf("the kits: %v %v", kits, err)
	}
}
