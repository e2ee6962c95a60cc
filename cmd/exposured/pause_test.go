package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// TestPauseReachesARunningServer: an operator shuts the look-up in the database, and the
// next customer already hears of it, from a server that was never told.
func TestPauseReachesARunningServer(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, "", office.url).public, here)
	listed := shop.People()[0].Emails[0]
	c := b.prove(t, office, listed)
	mailed := office.count()

	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	roster := db.Roster(keys, [32]byte{})
	back := time.Now().Add(30 * time.Minute)
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.Pause, Outcome: audit.Done}
	must(t, roster.Pause(t.Context(), sqlstore.PauseOrder{Reason: "CANARY", BackAt: &back, OSUser: "test", Host: "test"}, entry))

	for _, r := range []reply{
		b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": listed}),
		b.do(t, http.MethodGet, "/v1/report", c.Token, nil),
	} {
		var p wire.Problem
		r.decode(t, &p)
		after, err := strconv.Atoi(r.header.Get("Retry-After"))
		if r.status != http.StatusServiceUnavailable || r.problem(t) != "temporarily-unavailable" || err != nil || after < 1700 || after > 1800 {
			t.Errorf("while shut: %d, Retry-After %q, %s", r.status, r.header.Get("Retry-After"), r.body)
		}
		if strings.Contains(string(r.body), "CANARY") {
			t.Errorf("the reason is told: %s", r.body)
		}
		if p.BackAt == nil || p.BackAt.Unix() != back.Unix() {
			t.Errorf("back at %v, want %v", p.BackAt, back)
		}
	}
	var facts wire.Incident
	r := b.do(t, http.MethodGet, "/v1/incident", "", nil)
	r.decode(t, &facts)
	if facts.Pause == nil || facts.Pause.BackAt == nil || facts.Pause.BackAt.Unix() != back.Unix() {
		t.Errorf("the facts: %s", r.body)
	}
	if strings.Contains(string(r.body), "CANARY") {
		t.Errorf("the reason is told: %s", r.body)
	}
	if end := b.do(t, http.MethodDelete, "/v1/session", c.Token, nil); end.status != http.StatusNoContent {
		t.Errorf("ending a session while shut: %d %s", end.status, end.body)
	}
	if n := office.count(); n != mailed {
		t.Errorf("%d mails went out while shut", n-mailed)
	}

	entry.Action = audit.Resume
	must(t, roster.Resume(t.Context(), sqlstore.ResumeOrder{OSUser: "test", Host: "test"}, entry))
	if again := b.prove(t, office, listed); again.Report.Status != c.Report.Status {
		t.Errorf("open again: %s, was %s", again.Report.Status, c.Report.Status)
	}
}
