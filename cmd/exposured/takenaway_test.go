package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

const (
	publicationGone = `DELETE FROM publications WHERE seq = 2; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'publications'`
	pauseGone       = `DELETE FROM pauses; DELETE FROM sqlite_sequence WHERE name = 'pauses'`
)

// republished is a site whose second version lists somebody whom its first does not.
func republished(t *testing.T) (s site, added string) {
	t.Helper()
	const one = "M:1,member,a@example.jp,a@example.jp,1,member,,,0,,,,\n"
	s = newSite(t)
	s.importRows(t, one)
	s.importRows(t, one+"M:2,member,b@example.jp,b@example.jp,2,member,,,0,,,,\n")
	return s, "b@example.jp"
}

// TestTakenAwayWhileStopped: whoever may write the database takes away the newest publication, or
// the order that shut the look-up, with its number. A server that starts does not go back.
func TestTakenAwayWhileStopped(t *testing.T) {
	s, added := republished(t)
	s.office(t, pauseIt)
	s.exec(t, pauseGone)
	r := s.serve(t, "", openPostOffice(t).url)
	if got := from(r.public, here).do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": added}); got.status != 503 {
		t.Errorf("the order to shut is gone, and a code is sent: %d %s", got.status, got.body)
	}
	if got := from(r.private, here).do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("the order to shut is gone: readyz %d", got.status)
	}
	r.alarmed(t)
	r.stop()
	s.exec(t, publicationGone)
	if r, code := s.tryServe(t, "", openPostOffice(t).url); r != nil || code == 0 {
		t.Error("the publication is gone, and the server started")
	}
}

// TestTakenAwayWhileServing: the same under a server that runs, and has not seen the newest
// publication or order.
func TestTakenAwayWhileServing(t *testing.T) {
	s, added := republished(t)
	office := openPostOffice(t)
	r := s.serve(t, "", office.url, "--insecure-no-limits")
	b := from(r.public, here)
	if c := b.prove(t, office, added); c.Report.Status != "listed" {
		t.Fatalf("%s is %s", added, c.Report.Status)
	}
	v := b.start(t, added)
	code := office.code(t, added, 2)
	s.exec(t, publicationGone)
	if got := b.confirm(t, v, code); got.status != 503 || got.problem(t) != "could-not-check" {
		t.Errorf("the publication is gone: %d %s", got.status, got.body)
	}
	if got := from(r.private, here).do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("the publication is gone: readyz %d", got.status)
	}
	r.alarmed(t)
	s.office(t, func(ctx context.Context, office *sqlstore.Roster) error {
		again := sqlstore.Publication{By: "A", ApprovedBy: "B", OSUser: "test", Host: "test"}
		return office.Publish(ctx, 2, again, operatorEntry(audit.Publish))
	})
	if c := b.prove(t, office, added); c.Report.Status != "listed" {
		t.Errorf("published again, %s is %s", added, c.Report.Status)
	}
	s.office(t, pauseIt)
	s.exec(t, pauseGone)
	if got := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": added}); got.status != 503 {
		t.Errorf("the order to shut is gone, and a code is sent: %d %s", got.status, got.body)
	}
}

// office is another program at work on the database.
func (s site) office(t *testing.T, do func(context.Context, *sqlstore.Roster) error) {
	t.Helper()
	on, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	must(t, errors.Join(do(t.Context(), on.DB.Roster(on.Keys, on.Incident.Digest)), on.DB.Close()))
}

func pauseIt(ctx context.Context, office *sqlstore.Roster) error {
	order := sqlstore.PauseOrder{Reason: "a test", OSUser: "test", Host: "test"}
	return office.Pause(ctx, order, operatorEntry(audit.Pause))
}

// alarmed waits until somebody is told that the roster is not proven.
func (r *running) alarmed(t *testing.T) {
	t.Helper()
	eventually(t, "the alarm is on", func() bool {
		return strings.HasPrefix(r.metric(t, `exposure_alarm_on{alarm="roster-unproven"}`), "1")
	})
}
