package sqlstore_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// toldOf is what is recorded when n entered a right code and is told out of a version: a guess,
// and the disclosure.
func toldOf(n int, version int64) []audit.Entry {
	accepted := guess(n, otp.Web, audit.Accepted)
	told := accepted
	told.Action, told.Outcome, told.Version = audit.Disclosure, audit.Done, version
	return []audit.Entry{accepted, told}
}

func rowsOf(t *testing.T, raw *sql.DB, n int) int {
	t.Helper()
	tag := tagOf(n)
	return count(t, raw, `SELECT count(*) FROM audit_entries WHERE tag = ?`, tag[:])
}

// TestNobodyIsToldOfAnotherVersionThanTheNewest: whoever may write the database shows a reader the
// state that the log had before the newest publication, which a key has sealed, and puts the newest
// one back before the answer is recorded. It is not: neither by a program that has recorded answers
// before nor by one that starts.
func TestNobodyIsToldOfAnotherVersionThanTheNewest(t *testing.T) {
	const tree = `SELECT size, head, peaks, seal, published, paused FROM audit_tree`
	for _, started := range []bool{false, true} {
		s := newStore(t)
		raw := s.raw(t)
		put := func(state []any) {
			if err := run(raw, `UPDATE audit_tree SET size = ?, head = ?, peaks = ?, seal = ?, published = ?, paused = ?`, state...); err != nil {
				t.Fatal(err)
			}
		}
		first := s.publish(t, "a", 5, 1)
		before := valuesOf(t, raw, tree, 6)[0]
		second := s.publish(t, "b", 9, 2)
		if err := s.Audit().Append(t.Context(), toldOf(8, second)...); err != nil {
			t.Fatal(err)
		}
		now := valuesOf(t, raw, tree, 6)[0]
		if err := goBack(raw, "publications", 1); err != nil {
			t.Fatal(err)
		}
		if started {
			s.reopen(t)
		}
		put(before)
		v, got, err := s.DB.Roster(s.keys, digest).Answer(t.Context(), nameOf(8))
		if err != nil || v.ID != first || got.Listed() {
			t.Fatalf("a reader was shown version %d, %v, %v: the attack is another one by now", v.ID, got, err)
		}
		put(now)
		if err := s.Audit().Append(t.Context(), toldOf(7, v.ID)...); !errors.Is(err, sqlstore.ErrOutdated) {
			t.Errorf("started %t: recorded that somebody was told out of version %d: %v", started, v.ID, err)
		}
		if n := rowsOf(t, raw, 7); n != 0 {
			t.Errorf("started %t: %d rows of what was refused", started, n)
		}
	}
}

// TestAPublicationBetweenReadAndRow: an answer that was read before a publication is refused after
// it, and what refuses it is no alteration; much later nothing explains it but one. What is told
// out of the version that is published by then goes on, also after going back.
func TestAPublicationBetweenReadAndRow(t *testing.T) {
	s := newStore(t)
	log := s.Audit()
	never := log.Append(t.Context(), toldOf(1, 1)...)
	if !errors.Is(never, sqlstore.ErrOutdated) || !errors.Is(never, sqlstore.ErrPublicationGone) {
		t.Errorf("told before anything was published: %v", never)
	}
	first := s.publish(t, "a", 5, 1)
	if err := log.Append(t.Context(), toldOf(1, first)...); err != nil {
		t.Errorf("out of the only version: %v", err)
	}
	second := s.publish(t, "b", 9, 2)
	if err := log.Append(t.Context(), toldOf(2, first)...); !errors.Is(err, sqlstore.ErrOutdated) || errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("read before the publication: %v", err)
	}
	late := toldOf(int((2*time.Minute)/time.Millisecond), first)
	if err := log.Append(t.Context(), late...); !errors.Is(err, sqlstore.ErrOutdated) || !errors.Is(err, sqlstore.ErrPublicationGone) {
		t.Errorf("two minutes after it: %v", err)
	}
	if err := log.Append(t.Context(), toldOf(2, second)...); err != nil {
		t.Errorf("read again: %v", err)
	}
	if past, err := s.roster.Standing(t.Context(), nameOf(2), otp.Web); err != nil || len(past) != 1 {
		t.Errorf("%d guesses, %v, want the one that is recorded", len(past), err)
	}
	if err := s.roster.Publish(t.Context(), first, twoNames(), publishEntry(start)); err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), toldOf(3, second)...); !errors.Is(err, sqlstore.ErrOutdated) {
		t.Errorf("read before going back: %v", err)
	}
	if err := log.Append(t.Context(), toldOf(3, first)...); err != nil {
		t.Errorf("gone back: %v", err)
	}
	if err := log.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Error(v.Bad)
	}
}

// TestOneOutdatedAnswerFailsAlone: the others of its commit are written, and what is known of the
// guesses is what was written.
func TestOneOutdatedAnswerFailsAlone(t *testing.T) {
	s := newStore(t)
	first, second := s.publish(t, "a", 5, 1), s.publish(t, "b", 9, 2)
	raw, log := s.raw(t), s.Audit()
	versions := []int64{second, first, second, first}
	for range 2 { // so that it is known that nobody has guessed
		for n := range versions {
			if _, err := s.roster.Standing(t.Context(), nameOf(n), otp.Web); err != nil {
				t.Fatal(err)
			}
		}
	}
	results := sqlstore.AppendTogether(log, toldOf(0, second), toldOf(1, first), toldOf(2, second), toldOf(3, first))
	for n, err := range results {
		past, unread := s.roster.Standing(t.Context(), nameOf(n), otp.Web)
		if unread != nil {
			t.Fatal(unread)
		}
		wantErr, wantRows := error(nil), 2
		if versions[n] == first {
			wantErr, wantRows = sqlstore.ErrOutdated, 0
		}
		if rows := rowsOf(t, raw, n); rows != wantRows || !errors.Is(err, wantErr) || len(past) != wantRows/2 {
			t.Errorf("out of version %d: %d rows, %d guesses known, %v", versions[n], rows, len(past), err)
		}
	}
	size := count(t, raw, `SELECT size FROM audit_tree`)
	if err := sqlstore.AppendTogether(log, toldOf(4, first))[0]; !errors.Is(err, sqlstore.ErrOutdated) {
		t.Errorf("alone in its commit: %v", err)
	}
	if now := count(t, raw, `SELECT size FROM audit_tree`); now != size {
		t.Errorf("the log has %d rows, and had %d", now, size)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Error(v.Bad)
	}
}
