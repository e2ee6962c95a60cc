package main

import (
	"database/sql"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/live"
)

// forge makes everything fit again that needs no key, as somebody does who may write the
// database and has changed rows of its log: they are numbered, hashed, and counted anew, and
// the heads are thrown away.
func (s site) forge(t *testing.T, change string) {
	t.Helper()
	db, err := sql.Open("sqlite", s.file())
	must(t, err)
	defer db.Close()
	_, err = db.Exec(change)
	must(t, err)
	rows, err := db.Query(`SELECT seq, encoded FROM audit_entries ORDER BY seq`)
	must(t, err)
	var tree audit.Tree
	var were []int64
	for rows.Next() {
		var seq int64
		var encoded []byte
		must(t, rows.Scan(&seq, &encoded))
		tree.Append(audit.Leaf(encoded))
		were = append(were, seq)
	}
	must(t, rows.Err())
	for i, seq := range were {
		_, err := db.Exec(`UPDATE audit_entries SET seq = ? WHERE seq = ?`, i+1, seq)
		must(t, err)
	}
	_, err = db.Exec(`DELETE FROM audit_heads`)
	must(t, err)
	_, err = db.Exec(`UPDATE audit_tree SET size = ?, head = 0, peaks = ?`, tree.Size(), tree.Peaks())
	must(t, err)
}

// failures are what a guesser would have erased.
const failures = `DELETE FROM audit_entries WHERE weighs = 1`

// TestAForgedLogIsNotWrittenOn: failures are erased under a running server, and the log is
// made to fit without its keys. Nobody is told anything from then on, there is an alarm, and
// none of what was forged is sealed: it is found whatever the server did.
func TestAForgedLogIsNotWrittenOn(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	r := s.serve(t, live.Redis(t), office.url, pager.flags("--insecure-no-limits")...)
	b, who := from(r.public, here), shop.Examples()[0].Email
	v := b.start(t, who)
	code := office.code(t, who, 1)
	b.confirm(t, v, wrong(code))
	s.forge(t, failures)
	if got := b.confirm(t, v, code); got.status != 503 || got.problem(t) != "could-not-check" {
		t.Errorf("a right code was answered %d %s", got.status, got.body)
	}
	pager.await(t, "roster-unproven begun", "audit-altered begun")
	r.stop()
	if s.verifyLog(t, nil).Bad == nil {
		t.Error("the forged log was sealed")
	}
}

// TestNoStartOnAForgedLog: the same, done while the server is stopped.
func TestNoStartOnAForgedLog(t *testing.T) {
	s, shop := smallSite(t)
	office, who := openPostOffice(t), shop.Examples()[0].Email
	redis := live.Redis(t)
	r := s.serve(t, redis, office.url, "--insecure-no-limits")
	b := from(r.public, here)
	b.confirm(t, b.start(t, who), wrong(office.code(t, who, 1)))
	r.stop()
	s.forge(t, failures)
	if _, code := s.tryServe(t, redis, office.url, "--insecure-no-limits"); code != 1 {
		t.Errorf("it ended with %d, want 1", code)
	}
	if s.verifyLog(t, nil).Bad == nil {
		t.Error("the forged log was sealed")
	}
}
