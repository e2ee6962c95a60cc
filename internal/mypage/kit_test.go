package mypage_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/conform"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
	"exposure/internal/reset"
)

func (g *rig) kits() *reset.Kits {
	return reset.NewKits(g.resets, g.clients, g.keys.PasswordFingerprint, g.now)
}

// report sends a report and checks the answer against openapi.yaml.
func (g *rig) report(key, body string) response {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), "POST", g.URL+"/v1/mypage/kit-reports", strings.NewReader(body))
	must(g.t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := g.Client().Do(req)
	must(g.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(g.t, err)
	r := response{res.StatusCode, res.Header, string(b)}
	if err := conform.Answer("mypage", req, conform.Response{Status: r.status, Header: r.header, Body: r.body}); err != nil {
		g.t.Error(err)
	}
	return r
}

// since0 is when the rig's resets were ordered, as the list says it.
const since0 = "2023-07-25T18:00:00+09:00"

func kitBody(barred, changed string) string {
	return `{"version":"1.0.0","mode":"on","list_age":12,"findings":[],"barred":[` + barred + `],"changed":[` + changed + `]}`
}

func barred(id, since string) string { return fmt.Sprintf(`{"member_id":%q,"since":%q}`, id, since) }

func changed(id, since, digit string) string {
	return fmt.Sprintf(`{"member_id":%q,"since":%q,"evidence":%q}`, id, since, strings.Repeat(digit, 64))
}

func (g *rig) reset(id string) breach.Reset {
	g.t.Helper()
	r, err := g.resets.Get(g.t.Context(), id)
	must(g.t, err)
	return r
}

// TestKitReportStory: what a kit does to one member, from the order to a stranger's password
// and the bar over that.
func TestKitReportStory(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete,list,enforce")
	g.clock.Store(int64(time.Minute))
	g.report(key, kitBody(barred("1001", since0), "")).is(t, 204, "")
	if r := g.reset("1001"); !r.Barred.Equal(g.now()) || r.State != breach.ResetRequired {
		t.Fatalf("after the bar: %+v", r)
	}
	g.clock.Store(int64(2 * time.Minute))
	g.report(key, kitBody("", changed("1001", since0, "a"))).is(t, 204, "")
	r := g.reset("1001")
	if r.State != breach.ResetChangedUnverified || !r.Barred.IsZero() || !r.Since.Equal(g.now()) {
		t.Fatalf("after a stranger's password: %+v", r)
	}
	const since2 = "2023-07-25T18:02:00+09:00"
	g.clock.Store(int64(3 * time.Minute))
	for _, stale := range []string{kitBody(barred("1001", since0), ""), kitBody("", changed("1001", since0, "b")), kitBody("", changed("1001", since2, "a"))} {
		g.report(key, stale).is(t, 204, "") // the first bar is of before the stranger's password; the last says nothing new
		if now := g.reset("1001"); !now.Barred.IsZero() || !now.Since.Equal(r.Since) {
			t.Fatalf("after %s: %+v", stale, now)
		}
	}
	g.report(key, kitBody(barred("1001", since2), "")).is(t, 204, "")
	g.clock.Store(int64(4 * time.Minute))
	g.report(key, kitBody("", changed("1001", since2, "a"))).is(t, 204, "") // the same password again, over the bar
	if r = g.reset("1001"); r.State != breach.ResetChangedUnverified || !r.Barred.IsZero() || !r.Since.Equal(g.now()) {
		t.Fatalf("after another change: %+v", r)
	}
	if bars, seen := g.rows(audit.ResetBar), g.rows(audit.ResetUnverified); bars != 2 || seen != 2 {
		t.Errorf("%d bars and %d changes are in the audit log, want 2 and 2", bars, seen)
	}
	if g.counted[mypage.KitReported] != 7 {
		t.Errorf("counted %v", g.counted)
	}
}

// TestKitReportsTellNothing: unknown, planned, exempt and completed members are answered like
// others, and nothing of them changes.
func TestKitReportsTellNothing(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete,enforce")
	_, err := g.resets.Plan(t.Context(), g.operator(audit.ResetPlan), []reset.Planned{{MemberID: "3001", Withdrawn: true}})
	must(t, err)
	g.redeem(key, g.ticket("1004"))
	g.complete(key, "1004", idempotency, "a")
	g.clock.Store(int64(time.Hour))
	was := map[string]breach.Reset{"2001": g.reset("2001"), "3001": g.reset("3001"), "1004": g.reset("1004")}
	for _, id := range []string{"9999", "2001", "3001", "1004", "x", "-"} {
		r := g.report(key, kitBody(barred(id, since0), changed(id, since0, "c")))
		r.is(t, 204, "")
		if len(r.header.Get("Content-Type")) > 0 {
			t.Errorf("%s: headers %v", id, r.header)
		}
	}
	for id, r := range was {
		if now := g.reset(id); now.State != r.State || !now.Since.Equal(r.Since) || !now.Barred.Equal(r.Barred) || now.Fingerprint != nil {
			t.Errorf("%s was %+v and is %+v", id, r, now)
		}
	}
	if bars, seen := g.rows(audit.ResetBar), g.rows(audit.ResetUnverified); bars != 0 || seen != 0 {
		t.Errorf("%d bars and %d changes are in the audit log", bars, seen)
	}
}

// TestAReportNeverCompletes, not with a redeemed ticket either: while that may be completed
// nothing a kit finds counts, and the owner still can.
func TestAReportNeverCompletes(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete,list,enforce")
	g.clock.Store(int64(time.Minute))
	g.report(key, kitBody(barred("1001", since0), "")).is(t, 204, "")
	g.redeem(key, g.ticket("1001")).is(t, 200, `{"members":["1001"]}`)
	const since1 = "2023-07-25T18:01:00+09:00"
	for _, at := range []time.Duration{2 * time.Minute, 59 * time.Minute, 23 * time.Hour} {
		g.clock.Store(int64(at))
		g.report(key, kitBody("", changed("1001", since1, "d"))).is(t, 204, "")
		if r := g.reset("1001"); r.State != breach.ResetTicketIssued || r.Redeemed.IsZero() {
			t.Fatalf("after %s: %+v", at, r)
		}
	}
	g.complete(key, "1001", idempotency, "a")
	if r := g.reset("1001"); r.State != breach.ResetCompleted {
		t.Errorf("the owner's completion: %+v", r)
	}
	g.redeem(key, g.ticket("1002")).is(t, 200, `{"members":["1002"]}`)
	issued := g.reset("1002").Since.In(time.FixedZone("", 9*60*60)).Format(time.RFC3339)
	g.clock.Add(int64(25 * time.Hour))
	g.report(key, kitBody("", changed("1002", issued, "e"))).is(t, 204, "") // nobody may complete any more
	if r := g.reset("1002"); r.State != breach.ResetChangedUnverified {
		t.Errorf("a password a day after the ticket: %+v", r)
	}
}

// TestHeldIsTold in every page of the list, and what a kit did is noted meanwhile.
func TestHeldIsTold(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "list,enforce")
	list := func() string { return g.do("GET", "/v1/mypage/password-resets?limit=1", key).body }
	if body := list(); !strings.Contains(body, `"held":false`) {
		t.Errorf("before: %s", body)
	}
	must(t, g.resets.Hold(t.Context(), "a test", g.operator(audit.ResetHold)))
	if body := list(); !strings.Contains(body, `"held":true`) {
		t.Errorf("held: %s", body)
	}
	g.report(key, kitBody(barred("1001", since0), "")).is(t, 204, "")
	if g.reset("1001").Barred.IsZero() {
		t.Error("what was made worthless just before the hold is not noted")
	}
	must(t, g.resets.Release(t.Context(), g.operator(audit.ResetRelease)))
	if body := list(); !strings.Contains(body, `"held":false`) {
		t.Errorf("released: %s", body)
	}
}

// many is a list of n members.
func many(n int, one func(id string) string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = one(fmt.Sprint(5000 + i))
	}
	return strings.Join(all, ",")
}

// TestReportsThatAreNone are refused whole.
func TestReportsThatAreNone(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "enforce")
	bar := func(id string) string { return barred(id, since0) }
	change := func(id string) string { return changed(id, since0, "a") }
	good := kitBody(bar("1001"), change("1002"))
	for name, body := range map[string]string{
		"1,001 barred": kitBody(bar("1001")+","+many(1000, bar), ""), "1,001 changed": kitBody(bar("1001"), many(1001, change)),
		"a member twice": kitBody(bar("1001")+","+bar("1001"), ""), "changed twice": kitBody(bar("1001"), change("1002")+","+change("1002")),
		"unknown key": strings.Replace(good, `"mode"`, `"x":1,"mode"`, 1), "unknown key inside": strings.Replace(good, `"since"`, `"x":1,"since"`, 1),
		"mode": strings.Replace(good, `"on"`, `"ON"`, 1), "no mode": strings.Replace(good, `"mode":"on",`, ``, 1),
		"no version": strings.Replace(good, `"1.0.0"`, `""`, 1), "version": strings.Replace(good, `1.0.0`, `1 0`, 1), "long version": strings.Replace(good, `1.0.0`, strings.Repeat("1", 33), 1),
		"finding": strings.Replace(good, `"findings":[]`, `"findings":["x"]`, 1), "finding twice": strings.Replace(good, `"findings":[]`, `"findings":["ids","ids"]`, 1),
		"no findings": strings.Replace(good, `"findings":[],`, ``, 1), "null list": strings.Replace(good, `"findings":[]`, `"findings":null`, 1),
		"age": strings.Replace(good, `:12`, `:-1`, 1), "huge age": strings.Replace(good, `:12`, `:1000000001`, 1), "broken age": strings.Replace(good, `:12`, `:1.5`, 1),
		"evidence": strings.Replace(good, "aaaa", "AAAA", 1), "short evidence": strings.Replace(good, "aaaa", "aaa", 1),
		"time": strings.Replace(good, since0, "yesterday", 1), "zero time": strings.Replace(good, since0, "0001-01-01T00:00:00Z", 1),
		"number": strings.Replace(good, `"1001"`, `1001`, 1), "no number": strings.Replace(good, `"1001"`, `""`, 1), "dots": strings.Replace(good, `"1001"`, `".."`, 1),
		"long number": strings.Replace(good, `1001`, strings.Repeat("1", 65), 1), "array": "[" + good + "]", "two": good + good, "nothing": "", "bytes": "\xff\x00",
	} {
		if body == good {
			t.Fatalf("%s: nothing was replaced", name)
		}
		t.Run(name, func(t *testing.T) { g.report(key, body).refused(t, 400, "malformed-request") })
	}
	if r := g.reset("1001"); !r.Barred.IsZero() {
		t.Errorf("a refused report barred: %+v", r)
	}
	full := kitBody(bar("1001")+","+many(999, bar), many(1000, change))
	g.report(key, full+strings.Repeat(" ", 256<<10-len(full))).is(t, 204, "")
	g.report(key, full+strings.Repeat(" ", 256<<10-len(full)+1)).refused(t, 413, "body-too-large")
	g.report("exk_"+strings.Repeat("A", 43), full).refused(t, 401, "unauthenticated")
	if r := g.reset("1001"); r.Barred.IsZero() {
		t.Errorf("a full report: %+v", r)
	}
}

// TestKitsAreKept: the last report of each client that may still report, and none that
// somebody wrote into the database.
func TestKitsAreKept(t *testing.T) {
	g := newRig(t, nil)
	key, other := g.client("kit", "enforce"), g.client("other", "enforce")
	kits := func() string {
		all, err := g.clients.Kits(t.Context())
		must(t, err)
		var s []string
		for _, k := range all {
			age := "never"
			if k.ListAge != nil {
				age = k.ListAge.String()
			}
			s = append(s, fmt.Sprint(k.Client, " ", k.Version, " ", k.On, " ", age, " ", k.Findings, " ", k.At.Sub(start)))
		}
		return strings.Join(s, "; ")
	}
	g.report(other, `{"version":"0.9","mode":"watch","list_age":null,"findings":["ids","clock"],"barred":[],"changed":[]}`).is(t, 204, "")
	g.clock.Store(int64(time.Minute))
	g.report(key, kitBody("", "")).is(t, 204, "")
	const both = "kit 1.0.0 true 12s [] 1m0s; other 0.9 false never [ids clock] 0s"
	if got := kits(); got != both {
		t.Errorf("got %s", got)
	}
	for _, forged := range []string{
		`UPDATE kit_reports SET at = at + 600000 WHERE client = 'other'`, `UPDATE kit_reports SET acts = 1 WHERE client = 'other'`,
		`UPDATE kit_reports SET mac = (SELECT mac FROM kit_reports WHERE client = 'kit') WHERE client = 'other'`,
		`UPDATE kit_reports SET findings = '' WHERE client = 'other'`,
	} {
		_, err := raw(t, g.path).Exec(forged)
		must(t, err)
		if got := kits(); got != "kit 1.0.0 true 12s [] 1m0s" {
			t.Errorf("%s: got %s", forged, got)
		}
	}
	_, err := g.clients.Change(t.Context(), g.operator(audit.ClientRevoke), "kit", func(c client.Client) (client.Client, error) { return c.Revoke("") })
	must(t, err)
	if got := kits(); got != "" {
		t.Errorf("revoked: got %s", got)
	}
}

// TestReportsAreCounted with completions and pages of the list.
func TestReportsAreCounted(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientRequest: {{Count: 2, Per: time.Minute}}})
	key := g.client("kit", "list,enforce")
	g.report(key, kitBody("", "")).is(t, 204, "")
	g.do("GET", "/v1/mypage/password-resets", key)
	if r := g.report(key, kitBody(barred("1001", since0), "")); r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("the third call: %d %s", r.status, r.body)
	}
	if !g.reset("1001").Barred.IsZero() {
		t.Error("a call too many bars")
	}
}

// TestDoubtIsHeld: a list that cannot say whether resets are held is none.
func TestDoubtIsHeld(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "list,enforce")
	must(t, g.resets.Hold(t.Context(), "a test", g.operator(audit.ResetHold)))
	for _, harm := range []string{`UPDATE reset_holds SET held = 0`, `DELETE FROM reset_holds`} {
		_, err := raw(t, g.path).Exec(harm)
		must(t, err)
		g.do("GET", "/v1/mypage/password-resets", key).refused(t, 503, "could-not-check")
	}
}
