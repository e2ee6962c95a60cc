package main

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

// logState is what the log keeps beside its rows.
type logState [6]any

func stateOf(t *testing.T, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
},
) (s logState) {
	t.Helper()
	must(t, q.QueryRowContext(t.Context(), `SELECT size, head, peaks, seal, published, paused FROM audit_tree`).Scan(&s[0], &s[1], &s[2], &s[3], &s[4], &s[5]))
	return s
}

const putState = `UPDATE audit_tree SET size = ?, head = ?, peaks = ?, seal = ?, published = ?, paused = ?`

// TestAnEarlierStateShownToReadersOnly: whoever may write the database takes the newest publication
// away and puts the state back that the log had before it, which was sealed once. While a row waits
// for the write lock they put the newest state back, so that the row is written on a whole log. The
// person whom the newest version lists is not told by it that they are not listed.
func TestAnEarlierStateShownToReadersOnly(t *testing.T) {
	const one = "M:1,member,a@example.jp,a@example.jp,1,member,,,0,,,,\n"
	s := newSite(t)
	s.importRows(t, one)
	office := openPostOffice(t)
	r := s.serve(t, "", office.url, "--insecure-no-limits")
	b := from(r.public, here)
	c := b.prove(t, office, "b@example.jp")
	if c.Report.Status != "not_listed" {
		t.Fatalf("b is %s before they are listed", c.Report.Status)
	}
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(s.database, "sqlite:")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	must(t, err)
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	before := stateOf(t, raw)
	s.importRows(t, one+"M:2,member,b@example.jp,b@example.jp,2,member,,,0,,,,\n")
	now := stateOf(t, raw)
	s.exec(t, publicationGone)
	for range 3 {
		_, err := raw.ExecContext(t.Context(), putState, before[:]...)
		must(t, err)
		tx, err := raw.BeginTx(t.Context(), nil)
		must(t, err)
		_, err = tx.ExecContext(t.Context(), putState, now[:]...)
		must(t, err)
		told := make(chan reply, 1)
		go func() { told <- b.do(t, http.MethodGet, "/v1/report", c.Token, nil) }()
		select {
		case early := <-told: // it did not wait for the lock
			t.Errorf("told before any row was written: %d %s", early.status, early.body)
			must(t, tx.Commit())
			continue
		case <-time.After(400 * time.Millisecond): // the longer, the surer it has read by now; it is refused in any case
		}
		must(t, tx.Commit())
		if got := <-told; got.status != 503 || got.problem(t) != "could-not-check" {
			t.Errorf("told by an earlier state: %d %s", got.status, got.body)
		}
	}
	if on := r.metric(t, `exposure_alarm_on{alarm="audit-append"}`); !strings.HasPrefix(on, "0") {
		t.Errorf("the log takes rows, and the alarm that it takes none is %q", on)
	}
	s.office(t, func(ctx context.Context, office *sqlstore.Roster) error {
		again := sqlstore.Publication{By: "A", ApprovedBy: "B", OSUser: "test", Host: "test"}
		return office.Publish(ctx, 2, again, operatorEntry(audit.Publish))
	})
	if got := b.do(t, http.MethodGet, "/v1/report", c.Token, nil); got.status != 200 || !strings.Contains(string(got.body), `"listed"`) {
		t.Errorf("published again: %d %s", got.status, got.body)
	}
}
