package sqlstore_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// The fixture of the sabotage: an old published version of more people, some of whom the
// published one drops, and one that was imported and never approved.
const (
	oldPeople, people, newPeople = 14, 12, 15
	oldRound, round, newRound    = 1, 2, 3
	oldID, publishedID, newID    = 1, 2, 3
)

// TestSabotage: whatever is done to the tables, every tag gets the right answer of the
// published version or ErrUnproven. Never a wrong answer, never a wrong absence.
func TestSabotage(t *testing.T) {
	s := newStore(t)
	s.publish(t, "old", oldPeople, oldRound)
	s.publish(t, "now", people, round)
	if id, err := commit(t.Context(), s.roster, "new", newPeople, newRound); err != nil || id != newID {
		t.Fatal(id, err)
	}
	if err := s.Close(); err != nil { // leaves one file without a log beside it
		t.Fatal(err)
	}
	pristine, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	sentinel := s.keys.SentinelTag(publishedID)
	dir, harmed, unharmed := t.TempDir(), 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(dir, "sabotaged.db")
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
		if err := os.WriteFile(path, pristine, 0o600); err != nil {
			rt.Fatal(err)
		}
		db, err := sqlstore.Open(t.Context(), "sqlite:"+path)
		if err != nil {
			rt.Fatal(err)
		}
		defer db.Close()
		r := db.Roster(s.keys, digest)
		if err := r.Ready(t.Context()); err != nil {
			rt.Fatal(err)
		}
		sabotage(rt, path, sentinel[:])
		failed := 0
		for n := range newPeople + 10 {
			if !provenOrRight(rt, t, r, n) {
				failed++
			}
		}
		if failed > 0 {
			harmed++
		} else {
			unharmed++
		}
		if err := r.Check(t.Context()); failed > 0 && !errors.Is(err, breach.ErrUnproven) {
			rt.Errorf("%d tags are unproven, but Check = %v", failed, err)
		}
	})
	t.Logf("%d sabotages were noticed by a look-up, %d did not touch one", harmed, unharmed)
	if harmed == 0 || unharmed == 0 {
		t.Error("the sabotage always or never hits: the test shows nothing")
	}
}

// sabotage does one to three acts.
func sabotage(rt *rapid.T, path string, sentinel []byte) {
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		rt.Fatal(err)
	}
	defer raw.Close()
	all := append(acts(), act{"remove the sentinel", func(_ *rapid.T, db *sql.DB) error {
		return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag = ?`, sentinel)
	}})
	for range rapid.IntRange(1, 3).Draw(rt, "acts") {
		a := rapid.SampledFrom(all).Draw(rt, "act")
		rt.Logf("act: %s", a.name)
		_ = a.do(rt, raw) // an act that the tables refuse does no harm
	}
}

// provenOrRight fails the test on a wrong answer and tells whether there was one.
func provenOrRight(rt *rapid.T, t *testing.T, r *sqlstore.Roster, n int) bool {
	v, got, err := r.Answer(t.Context(), nameOf(n))
	if errors.Is(err, breach.ErrUnproven) {
		if got.Persons != nil {
			rt.Errorf("tag %d: an unproven answer names people", n)
		}
		return false
	}
	if err != nil {
		rt.Errorf("tag %d: %v does not say that it is unproven", n, err)
		return false
	}
	want := breach.Answer{Dropped: n >= people && n < oldPeople}
	if n < people {
		want = answerOf(n, round)
	}
	if diff := cmp.Diff(want, got); diff != "" || v.ID != publishedID {
		rt.Errorf("tag %d, version %d: a wrong answer: %s", n, v.ID, diff)
	}
	return true
}

// TestEachActOnEachRow repeats the plainest sabotage without chance: every single row.
func TestEachActOnEachRow(t *testing.T) {
	s := newStore(t)
	s.publish(t, "now", people, round)
	raw := s.raw(t)
	rows := tagsOf(t, raw, 1)
	for i, tag := range rows {
		if err := run(raw, `CREATE TEMP TABLE kept AS SELECT * FROM roster_tags WHERE version = 1 AND tag = ?`, tag); err != nil {
			t.Fatal(err)
		}
		if err := run(raw, `DELETE FROM roster_tags WHERE version = 1 AND tag = ?`, tag); err != nil {
			t.Fatal(err)
		}
		unproven := 0
		for n := range 4 * people {
			_, got, err := s.roster.Answer(t.Context(), nameOf(n))
			switch {
			case errors.Is(err, breach.ErrUnproven):
				unproven++
			case err != nil:
				t.Errorf("row %d, tag %d: %v", i, n, err)
			case got.Listed() != (n < people):
				t.Errorf("row %d deleted: tag %d reads listed = %v", i, n, got.Listed())
			}
		}
		isSynthetic := i == 0 || bytes.Equal(tag, sentinelOf(s))
		if unproven == 0 && !isSynthetic {
			t.Errorf("row %d deleted, and nobody noticed", i)
		}
		if err := s.roster.Check(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
			t.Errorf("row %d deleted: Check = %v", i, err)
		}
		if err := errors.Join(run(raw, `INSERT INTO roster_tags SELECT * FROM kept`), run(raw, `DROP TABLE kept`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.roster.Check(t.Context()); err != nil {
		t.Errorf("all rows are back, but Check = %v", err)
	}
}

func sentinelOf(s *store) []byte { tag := s.keys.SentinelTag(1); return slices.Clone(tag[:]) }

func tagsOf(t *testing.T, db *sql.DB, version int) [][]byte {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT tag FROM roster_tags WHERE version = ? ORDER BY tag`, version)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][]byte
	for rows.Next() {
		var tag []byte
		if err := rows.Scan(&tag); err != nil {
			t.Fatal(err)
		}
		all = append(all, tag)
	}
	if len(all) != people+2 {
		t.Fatal(fmt.Sprint("rows: ", len(all)))
	}
	return all
}
