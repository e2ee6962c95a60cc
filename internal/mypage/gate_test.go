package mypage_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

const (
	nothing  = `{"required":false,"since":null,"state":null}`
	required = `{"required":true,"since":"2023-07-25T18:00:00+09:00","state":"required"}`
)

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
		if len(id) > http.DefaultMaxHeaderBytes/4 {
			return // escaped, it may be longer than the heads that a server reads to the end
		}
		req, err := http.NewRequestWithContext(t.Context(), "GET", g.URL+"/v1/mypage/members/"+id+"/password-reset", http.NoBody)
		if err != nil {
			return // no request can name it
		}
		decoded := strings.TrimSuffix(strings.TrimPrefix(req.URL.Path, "/v1/mypage/members/"), "/password-reset")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := g.Client().Do(req)
		if err != nil {
			t.Fatalf("%q: not answered: %v", id, err)
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
