package sqlstore_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// ordered is a store with three members, of whom the first has a ticket, held, with a
// contact; and how it was before the ticket.
func ordered(t *testing.T) (s *store, path, earlier string) {
	t.Helper()
	s = newStore(t)
	r := s.planned(t, start, "1", "2", "3")
	s.members(t, "1")
	contact := reset.Contact{MemberID: "1", Tags: s.tags(t, "new@example.jp"), By: "Sato", ApprovedBy: "Ito"}
	if err := r.AddContact(t.Context(), 1, contact, resetEntry(audit.ContactAdd, start)); err != nil {
		t.Fatal(err)
	}
	if err := r.Hold(t.Context(), "wait", resetEntry(audit.ResetHold, start)); err != nil {
		t.Fatal(err)
	}
	change(t, r, audit.ResetOrder, start, order(start), "1", "2")
	earlier = s.copyStore(t)
	contact.Tags = s.tags(t, "newer@example.jp")
	if err := r.AddContact(t.Context(), 1, contact, resetEntry(audit.ContactAdd, start)); err != nil {
		t.Fatal(err)
	}
	change(t, r, audit.ResetTicket, start, issue(1, start), "1") // what went to the address before is void
	if err := r.Release(t.Context(), resetEntry(audit.ResetRelease, start)); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, s.copyStore(t), earlier
}

// another is SQL for another value of a column.
func another(column string) string {
	return strings.ReplaceAll(`CASE typeof(@) WHEN 'integer' THEN 1 - @ WHEN 'text' THEN @ || 'x' WHEN 'null' THEN zeroblob(32)
	ELSE CASE length(@) WHEN 0 THEN x'31' ELSE CAST(substr(@, 1, length(@) - 1) || CASE substr(@, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) END END`, "@", column)
}

// TestTamperedResets: whatever is done to the rows about a member by somebody who may
// write the database, nothing is told that was not so; and Check finds it.
func TestTamperedResets(t *testing.T) {
	base, path, earlier := ordered(t)
	raw := base.raw(t)
	reads := map[string]func(*sqlstore.Resets) error{
		"resets":         func(r *sqlstore.Resets) error { _, err := r.Get(t.Context(), "1"); return err },
		"reset_contacts": func(r *sqlstore.Resets) error { _, err := r.Replaced(t.Context(), "1"); return err },
		"reset_holds":    func(r *sqlstore.Resets) error { _, err := r.Held(t.Context()); return err },
	}
	for table, read := range reads {
		find := ` WHERE handle = (SELECT handle FROM ` + table + ` ORDER BY change DESC LIMIT 1)`
		harms := map[string][]string{
			"deleted":  {`DELETE FROM ` + table + find},
			"put back": {`ATTACH '` + earlier + `' AS old`, `DELETE FROM ` + table + find, `INSERT OR IGNORE INTO ` + table + ` SELECT * FROM old.` + table},
		}
		columns, _ := columnsOf(t, raw, table)
		for _, c := range columns {
			harms[c] = []string{`UPDATE ` + table + ` SET ` + c + ` = ` + another(c) + find}
		}
		for _, c := range []string{"handle", "key_check", "mac"} {
			harms[c+" cut"] = []string{`UPDATE ` + table + ` SET ` + c + ` = substr(` + c + `, 2)` + find}
		}
		for _, c := range columns {
			harms[c+" mistyped"] = mistyped(table, c, otherType, find)
		}
		for name, do := range harms {
			t.Run(table+" "+name, func(t *testing.T) {
				r := damaged(t, base, path, do)
				if err := read(r); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("reading it = %v, want ErrUnproven", err)
				}
				if err := r.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("Check = %v, want ErrUnproven", err)
				}
				if _, err := r.Get(t.Context(), "3"); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("after that, another member is answered: %v", err)
				}
			})
		}
	}
}

// damaged is a copy of a store after somebody wrote into it.
func damaged(t *testing.T, base *store, path string, do []string) *sqlstore.Resets {
	t.Helper()
	to := filepath.Join(t.TempDir(), "harmed.db")
	copyFile(t, path, to)
	s := base.in(t, to)
	db := s.raw(t)
	// Whoever may write may also do without the checks of the schema.
	for _, q := range append([]string{`PRAGMA ignore_check_constraints = ON`}, do...) {
		if _, err := db.ExecContext(t.Context(), q); err != nil && !strings.Contains(err.Error(), "STRICT") {
			t.Fatal(q, err)
		}
	}
	return s.Resets(s.keys)
}

// TestPlantedResets: rows of one member do not stand for another, and a row whose entries
// are removed as well is missed when the log is read.
func TestPlantedResets(t *testing.T) {
	base, path, _ := ordered(t)
	nine := base.keys.PersonHandle("M:9")
	plant := func(db *sql.DB) {
		t.Helper()
		columns, _ := columnsOf(t, db, "resets")
		names := strings.Join(columns[1:], ", ")
		if err := run(db, `INSERT INTO resets (handle, `+names+`) SELECT ?, `+names+` FROM resets WHERE change = (SELECT max(change) FROM resets)`, nine[:]); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(t.TempDir(), "planted.db")
	copyFile(t, path, to)
	s := base.in(t, to)
	plant(s.raw(t))
	r := s.Resets(s.keys)
	if _, err := r.Get(t.Context(), "9"); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a planted row answers: %v", err)
	}
	if _, err := r.List(t.Context(), reset.Query{Limit: 9}); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a planted row is listed: %v", err)
	}
	if _, err := r.ChangeTicket(t.Context(), resetEntry(audit.ResetRedeem, start), [32]byte{1}, order(start)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a planted row is changed: %v", err)
	}
	if err := r.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Check = %v", err)
	}

	to = filepath.Join(t.TempDir(), "gone.db")
	copyFile(t, path, to)
	s = base.in(t, to)
	one := base.keys.PersonHandle("M:1")
	for _, q := range []string{`DELETE FROM resets WHERE handle = ?`, `DELETE FROM audit_entries WHERE tag = ?`} {
		if err := run(s.raw(t), q, one[:]); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.verify(t); v.Bad == nil {
		t.Error("a member whose rows are all gone is not missed")
	}
}

// TestCheckRecovers: once the rows are as they were, a Check lets everything go on.
func TestCheckRecovers(t *testing.T) {
	base, path, _ := ordered(t)
	s := base.in(t, path)
	r, raw := s.Resets(s.keys), s.raw(t)
	for _, q := range []string{`CREATE TABLE kept AS SELECT * FROM resets`, `DELETE FROM resets WHERE state = 'planned'`} {
		if err := run(raw, q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Get(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	if err := r.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Check = %v", err)
	}
	for name, got := range map[string]func() error{
		"Get":        func() error { _, err := r.Get(t.Context(), "1"); return err },
		"List":       func() error { _, err := r.List(t.Context(), reset.Query{Limit: 1}); return err },
		"Count":      func() error { _, err := r.Count(t.Context(), start); return err },
		"Held":       func() error { _, err := r.Held(t.Context()); return err },
		"ContactsOf": func() error { _, err := r.ContactsOf(t.Context(), s.tags(t, "x@example.jp")); return err },
		"Replaced":   func() error { _, err := r.Replaced(t.Context(), "1"); return err },
		"Change": func() error {
			_, err := r.Change(t.Context(), resetEntry(audit.ResetOrder, start), []string{"1"}, order(start))
			return err
		},
	} {
		if err := got(); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("%s while rows are missing = %v", name, err)
		}
	}
	if err := run(raw, `INSERT INTO resets SELECT * FROM kept WHERE state = 'planned'`); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.Get(t.Context(), "1"); err != nil {
		t.Error(err)
	}
}

// TestResetsOutliveKeys: rows of an older tag key are found, planning writes them anew
// under the newest, and then nothing needs the older one.
func TestResetsOutliveKeys(t *testing.T) {
	s, files := newRotatedStore(t)
	s.planned(t, start, "1", "2", "3")
	version := s.members(t, "1")
	contact := reset.Contact{MemberID: "1", Tags: s.tags(t, "new@example.jp"), By: "Sato", ApprovedBy: "Ito"}
	add := func(r *sqlstore.Resets) error {
		return errors.Join(r.AddContact(t.Context(), version, contact, resetEntry(audit.ContactAdd, start)),
			r.Hold(t.Context(), "wait", resetEntry(audit.ResetHold, start)))
	}
	if err := add(s.Resets(s.keys)); err != nil {
		t.Fatal(err)
	}
	s = s.under(t, files.both)
	r := s.Resets(files.both)
	change(t, r, audit.ResetOrder, start, order(start), "1")
	needs := func(want sqlstore.ResetNeeds) {
		t.Helper()
		if got, err := r.Needs(t.Context(), firstKey); err != nil || got != want {
			t.Errorf("%+v, %v need the first key; want %+v", got, err, want)
		}
	}
	needs(sqlstore.ResetNeeds{Resets: 3, Holds: 1, Contacts: 1, Prints: 3})
	if all, err := r.ContactsOf(t.Context(), s.tags(t, "new@example.jp")); err != nil || len(all) != 1 {
		t.Errorf("contacts of before the second key: %v, %v", all, err)
	}
	again := []reset.Planned{{MemberID: "1"}, {MemberID: "2"}, {MemberID: "3", Fingerprint: files.both.PasswordFingerprint("3", []byte("old"))}}
	if _, err := r.Plan(t.Context(), resetEntry(audit.ResetPlan, start.Add(time.Hour)), again); err != nil {
		t.Fatal(err)
	}
	contact.Tags = s.tags(t, "new@example.jp")
	stands := func(want sqlstore.Standing) {
		t.Helper()
		if got, err := r.Standing(t.Context(), "1", contact.Tags); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	stands(sqlstore.Standing{Any: true, Same: true})
	defer stands(sqlstore.Standing{Any: true, Same: true, Newest: true})
	if err := add(r); err != nil {
		t.Fatal(err)
	}
	needs(sqlstore.ResetNeeds{Prints: 2})
	change(t, r, audit.ResetBar, start, func(x breach.Reset) (breach.Reset, error) { return x.Bar(start) }, "1")
	needs(sqlstore.ResetNeeds{Prints: 1})
	if x, err := r.Get(t.Context(), "1"); err != nil || x.State != breach.ResetRequired || x.Handle != files.both.PersonHandle("M:1") {
		t.Errorf("%+v, %v", x, err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
	last := s.under(t, files.after)
	if err := last.Resets(files.after).Check(t.Context()); err != nil {
		t.Errorf("after the first key is gone: %v", err)
	}
	if all, err := last.Resets(files.after).List(t.Context(), reset.Query{Limit: 9}); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
}
