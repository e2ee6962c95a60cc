package main

import (
	"strings"
	"testing"
)

// TestAnAlteredLogOpensNoGate: a row of the audit log is not what it was, which only reading
// the whole log shows. Whatever it said may have been about anybody: no member is let in, no
// reset goes on, and the log says why.
func TestAnAlteredLogOpensNoGate(t *testing.T) {
	f := openShopfloor(t, nil)
	key := f.desk.client(t, "shop", "gate,complete")
	f.gate(t, key, "nobody").says(t, "a member of whom nothing is asked", 200, "")
	f.running.stop()
	f.site.exec(t, `UPDATE audit_entries SET encoded = (SELECT encoded FROM audit_entries WHERE action = 'publish') WHERE action = 'import'`)
	f.start(t)
	eventually(t, "the whole log was read", func() bool { return strings.Contains(f.log.String(), "the audit log was altered") })
	eventually(t, "the gate is shut", func() bool { return f.gate(t, key, "nobody").status == 503 })
	f.gate(t, key, f.member.id).says(t, "a member who is barred", 503, "could-not-check")
	f.complete(t, key, f.member.id, "a").says(t, "a completion", 503, "")
}

// TestAColumnThatDoesNotFitShutsTheGate: a column of a row about a member is not of the
// length that it is written with, which the schema forbids and no single value shows. That
// member is nobody's at once; once all rows were proven, as they are at the start, no member
// is, until the row is what it was.
func TestAColumnThatDoesNotFitShutsTheGate(t *testing.T) {
	f := openShopfloor(t, nil)
	key := f.desk.client(t, "shop", "gate,complete")
	says := func(when string, member, others int) {
		t.Helper()
		for id, want := range map[string]int{f.member.id: member, f.other.id: others, "nobody": others} {
			if got := f.gate(t, key, id); got.status != want || want == 503 && got.problem(t) != "could-not-check" {
				t.Errorf("%s, member %s: %d %s, want %d", when, id, got.status, got.body, want)
			}
		}
	}
	says("before", 200, 200)
	db := f.site.open(t)
	defer db.Close()
	db.SetMaxOpenConns(1) // the pragma is the connection's
	handle := f.desk.keys.PersonHandle("M:" + f.member.id)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`PRAGMA ignore_check_constraints = ON`)
	exec(`CREATE TABLE kept AS SELECT * FROM resets`)
	exec(`UPDATE resets SET mac = substr(mac, 2) WHERE handle = ?`, handle[:])
	says("damaged under a running server", 503, 200)
	f.running.stop()
	f.start(t)
	says("damaged when a server starts", 503, 503)
	f.complete(t, key, f.other.id, "a").says(t, "a completion of another member", 503, "could-not-check")
	exec(`UPDATE resets SET mac = (SELECT mac FROM kept WHERE handle = resets.handle)`)
	says("before it is looked for again", 503, 503)
	f.running.stop()
	f.start(t)
	says("as it was", 200, 200)
}
