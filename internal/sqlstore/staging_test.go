package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// fill adds people without committing.
func fill(t *testing.T, st *sqlstore.Staging, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := st.AddPerson(t.Context(), sqlstore.StagedPerson{Ref: int64(n + 1), Kind: breach.KindMember, MemberID: fmt.Sprint(n), Handle: handleOf(n)}); err != nil {
			t.Fatal(err)
		}
		if err := st.AddTag(t.Context(), tagOf(n), answerOf(n, 9)); err != nil {
			t.Fatal(err)
		}
		if err := st.AddContact(t.Context(), breach.StagedContact{Handle: handleOf(n), Sealed: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStagingKilledHalfway: the importing process dies with rows written. Nothing of it
// shows, answers go on, and the next import clears it away.
func TestStagingKilledHalfway(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	st, err := s.roster.Stage(t.Context(), meta("b"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, st, 0, 2500)
	if err := s.Close(); err != nil { // no Commit, no Abort
		t.Fatal(err)
	}
	s.reopen(t)
	raw := s.raw(t)
	if n := count(t, raw, `SELECT count(*) FROM roster_persons WHERE version = 2`); n != 2000 {
		t.Fatalf("%d rows were left behind, want 2000: the test shows nothing", n)
	}
	if _, got, err := s.roster.Answer(t.Context(), nameOf(2000)); err != nil || got.Listed() {
		t.Errorf("Answer = %v, %v; want a proven absence", got, err)
	}
	if all, err := s.roster.Versions(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("Versions = %v, %v; want one", all, err)
	}
	if err := s.roster.Publish(t.Context(), 2, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrUnknownVersion) {
		t.Errorf("publishing the dead one = %v, want ErrUnknownVersion", err)
	}
	id, err := commit(t.Context(), s.roster, "b", 3, 2)
	if err != nil || id != 3 {
		t.Errorf("the next version is %d, %v; want 3: numbers are not used twice", id, err)
	}
	if n := count(t, raw, `SELECT count(*) FROM roster_persons WHERE version = 2`) + count(t, raw, `SELECT count(*) FROM roster_stagings`); n != 0 {
		t.Errorf("%d rows of the dead staging are left", n)
	}
}

func TestANewImportTakesOver(t *testing.T) {
	s := newStore(t)
	first, err := s.roster.Stage(t.Context(), meta("a"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, first, 0, 10)
	second, err := s.roster.Stage(t.Context(), meta("b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Commit(t.Context(), importEntry()); !errors.Is(err, sqlstore.ErrStagingLost) {
		t.Errorf("Commit of the first = %v, want ErrStagingLost", err)
	}
	fill(t, second, 0, 10)
	if _, err := second.Commit(t.Context(), importEntry()); err != nil {
		t.Errorf("Commit of the second = %v", err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	s := newStore(t)
	st, err := s.roster.Stage(t.Context(), meta("a"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, st, 0, 1500)
	if err := st.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Commit(t.Context(), importEntry()); !errors.Is(err, sqlstore.ErrStagingOver) {
		t.Errorf("Commit after Abort = %v, want ErrStagingOver", err)
	}
	raw := s.raw(t)
	for _, table := range []string{"roster_persons", "roster_tags", "roster_stagings", "roster_versions", "audit_entries"} {
		if n := count(t, raw, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%s holds %d rows", table, n)
		}
	}
	id, err := commit(t.Context(), s.roster, "a", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Abort(t.Context()); err != nil { // a stray second call
		t.Error(err)
	}
	if _, err := s.roster.Version(t.Context(), id); err != nil {
		t.Errorf("Abort touched a committed version: %v", err)
	}
}

func TestStagingRefuses(t *testing.T) {
	s := newStore(t)
	other := meta("x")
	other.IncidentDigest = sha256.Sum256([]byte("other"))
	if _, err := s.roster.Stage(t.Context(), other); !errors.Is(err, sqlstore.ErrIncidentDiffers) {
		t.Errorf("another incident file: %v", err)
	}
	if _, err := commit(t.Context(), s.roster, "same", 2, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.roster.Stage(t.Context(), meta("same")); !errors.Is(err, sqlstore.ErrSameFiles) {
		t.Errorf("the same files again: %v", err)
	}
	if _, err := s.DB.Roster(newKeys(t), digest).Stage(t.Context(), meta("same")); err != nil {
		t.Errorf("the same files under new keys: %v", err)
	}
	for _, c := range []struct {
		name string
		do   func(*sqlstore.Staging) error
		want error
	}{
		{"a tag twice", func(st *sqlstore.Staging) error {
			return errors.Join(st.AddTag(t.Context(), tagOf(1), answerOf(1, 1)), st.AddTag(t.Context(), tagOf(1), answerOf(2, 1)))
		}, sqlstore.ErrDuplicate},
		{"a person twice", func(st *sqlstore.Staging) error {
			p := sqlstore.StagedPerson{Ref: 1, Kind: breach.KindGuest, Handle: handleOf(1)}
			return errors.Join(st.AddPerson(t.Context(), p), st.AddPerson(t.Context(), p))
		}, sqlstore.ErrDuplicate},
		{"an audit entry of no use", func(*sqlstore.Staging) error { return nil }, audit.ErrInvalid},
	} {
		st, err := s.roster.Stage(t.Context(), meta(c.name))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(st); err != nil {
			t.Fatal(err)
		}
		entry := importEntry()
		if errors.Is(c.want, audit.ErrInvalid) {
			entry.Actor = audit.Actor{}
		}
		if _, err := st.Commit(t.Context(), entry); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	st, err := s.roster.Stage(t.Context(), meta("tags"))
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"tag zero": st.AddTag(t.Context(), breach.Tag{}, answerOf(1, 1)), "nobody": st.AddTag(t.Context(), tagOf(1), breach.Answer{}),
		"no reference": st.AddPerson(t.Context(), sqlstore.StagedPerson{Kind: breach.KindGuest, Handle: handleOf(1)}),
		"no handle":    st.AddPerson(t.Context(), sqlstore.StagedPerson{Ref: 1, Kind: breach.KindGuest}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestEmptyVersion: nobody is listed, and that is provable too.
func TestEmptyVersion(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 0, 1)
	if _, got, err := s.roster.Answer(t.Context(), nameOf(1)); err != nil || got.Persons != nil {
		t.Errorf("Answer = %v, %v", got, err)
	}
	if err := s.roster.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSummaryAndFigures: what an importer says about a version comes back as it was, and
// its audit row exists with it.
func TestSummaryAndFigures(t *testing.T) {
	s := newStore(t)
	id := s.publish(t, "a", 3, 1)
	v, err := s.roster.Version(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if string(v.Summary) != `{"differs":false}` || v.Tags != 3 || v.Persons != 3 || v.IncidentID != "tougyoku-2023" ||
		v.TagKeyID != s.keys.TagKeyID() || !v.CommittedAt.Equal(start) || !v.PublishedAt.Equal(start) {
		t.Errorf("Version = %+v", v)
	}
	if p, err := s.roster.Published(t.Context()); err != nil || p.ID != id || string(p.Summary) != string(v.Summary) {
		t.Errorf("Published = %+v, %v", p, err)
	}
	raw := s.raw(t)
	if err := run(raw, `UPDATE roster_versions SET summary = ?`, []byte(`{"differs":true}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.roster.Version(t.Context(), id); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("an edited summary: %v, want ErrAltered", err)
	}
	var actions []audit.Action
	rows, err := raw.QueryContext(t.Context(), `SELECT encoded FROM audit_entries ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		e, err := audit.Decode(b)
		if err != nil || e.Version != id {
			t.Errorf("entry %+v, %v; want one of version %d", e, err, id)
		}
		actions = append(actions, e.Action)
	}
	if fmt.Sprint(actions) != "[import publish]" {
		t.Errorf("actions: %v", actions)
	}
}

// TestServerWritesDuringAnImport: another process's import leaves gaps in which the
// server's audit rows get the write lock.
func TestServerWritesDuringAnImport(t *testing.T) {
	s := newStore(t)
	office, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer office.Close()
	done := make(chan error, 1)
	go func() {
		_, err := commit(context.WithoutCancel(t.Context()), office.Roster(s.keys, digest), "a", 5_000, 1)
		done <- err
	}()
	log, written := s.Audit(), 0
	var slowest time.Duration
	for n := 0; ; n++ {
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the import: %v", err)
			}
			t.Logf("%d rows written beside the import, the slowest in %v", written, slowest)
			if written < 2 {
				t.Error("the server hardly wrote during the import")
			}
			return
		default:
		}
		began := time.Now()
		if err := log.Append(t.Context(), guess(n, otp.Web, audit.Refused)); err != nil {
			t.Errorf("Append during an import: %v", err)
		}
		slowest = max(slowest, time.Since(began))
		written++
		time.Sleep(3 * time.Millisecond) // a busy server, not one that does nothing else
	}
}
