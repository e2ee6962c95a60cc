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

// act is one thing that somebody without keys can do to the tables.
type act struct {
	name string
	do   func(t *rapid.T, db *sql.DB) error
}

func run(db *sql.DB, query string, args ...any) error {
	_, err := db.Exec(query, args...)
	return err
}

// someTag draws a tag that has a row, or one that has none.
func someTag(t *rapid.T, label string) []byte {
	tag := tagOf(rapid.IntRange(0, newPeople+5).Draw(t, label))
	return tag[:]
}

func someVersion(t *rapid.T) int { return rapid.IntRange(oldID, newID).Draw(t, "version") }

const published = `version = 2`

func acts() []act {
	return []act{
		{"delete a row", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag = ?`, someTag(t, "tag"))
		}},
		{"delete the tail", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag >= ?`, someTag(t, "tag"))
		}},
		{"delete the head", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag <= ?`, someTag(t, "tag"))
		}},
		{"delete a stretch", func(t *rapid.T, db *sql.DB) error {
			a, b := someTag(t, "from"), someTag(t, "to")
			if bytes.Compare(a, b) > 0 {
				a, b = b, a
			}
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag > ? AND tag < ?`, a, b)
		}},
		{"delete all rows", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM roster_tags WHERE `+published) }},
		{"edit an answer", func(t *rapid.T, db *sql.DB) error {
			forged := rapid.SampledFrom([]string{`{}`, `{"p":[{"r":1,"k":"member"}]}`, ``, `null`}).Draw(t, "forged")
			return run(db, `UPDATE roster_tags SET answer = CAST(? AS BLOB) WHERE `+published+` AND tag = ?`, forged, someTag(t, "tag"))
		}},
		{"give a row the answer of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET answer = coalesce((SELECT answer FROM roster_tags WHERE `+published+` AND tag = ?1), answer)
				WHERE `+published+` AND tag = ?2`, someTag(t, "from"), someTag(t, "to"))
		}},
		{"give a row answer, next and MAC of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags AS a SET answer = b.answer, mac = b.mac, next = b.next FROM roster_tags AS b
				WHERE a.version = 2 AND b.version = 2 AND a.tag = ? AND b.tag = ?`, someTag(t, "to"), someTag(t, "from"))
		}},
		{"swap two tags", func(t *rapid.T, db *sql.DB) error {
			a, b, none := someTag(t, "a"), someTag(t, "b"), bytes.Repeat([]byte{0xee}, 32)
			const move = `UPDATE roster_tags SET tag = ? WHERE ` + published + ` AND tag = ?`
			return errors.Join(run(db, move, none, a), run(db, move, a, b), run(db, move, b, none))
		}},
		{"change next", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET next = ? WHERE `+published+` AND tag = ?`, someTag(t, "next"), someTag(t, "tag"))
		}},
		{"close the gap of a deleted row", func(t *rapid.T, db *sql.DB) error {
			tag := someTag(t, "tag")
			return errors.Join(
				run(db, `UPDATE roster_tags SET next = coalesce((SELECT next FROM roster_tags WHERE version = 2 AND tag = ?1), next)
					WHERE version = 2 AND next = ?1`, tag),
				run(db, `DELETE FROM roster_tags WHERE version = 2 AND tag = ?`, tag))
		}},
		{"copy a row of another version", func(t *rapid.T, db *sql.DB) error {
			return run(db, `INSERT OR REPLACE INTO roster_tags (version, tag, next, answer, mac)
				SELECT 2, tag, next, answer, mac FROM roster_tags WHERE version = ? AND tag = ?`, someVersion(t), someTag(t, "tag"))
		}},
		{"replace all rows by those of another version", func(t *rapid.T, db *sql.DB) error {
			from := rapid.SampledFrom([]int{oldID, newID}).Draw(t, "from")
			return errors.Join(run(db, `DELETE FROM roster_tags WHERE `+published),
				run(db, `UPDATE roster_tags SET version = 2 WHERE version = ?`, from))
		}},
		{"remove the version's row", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_versions WHERE id = ?`, someVersion(t))
		}},
		{"change a column of the version's row", func(t *rapid.T, db *sql.DB) error {
			column := rapid.SampledFrom([]string{"incident_digest", "key_check", "sources_digest", "tag_root", "mac", "summary_digest"}).Draw(t, "column")
			return run(db, `UPDATE roster_versions SET `+column+` = ? WHERE id = 2`, someTag(t, "value"))
		}},
		{"change the salt", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_versions SET salt = (SELECT salt FROM roster_versions WHERE id = ?) WHERE id = 2`, someVersion(t))
		}},
		{"renumber the versions", func(t *rapid.T, db *sql.DB) error {
			return errors.Join(run(db, `UPDATE roster_versions SET id = 99 WHERE id = 2`), run(db, `UPDATE roster_versions SET id = 2 WHERE id = 1`))
		}},
		{"point the publication elsewhere", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE publications SET version = ? WHERE seq = (SELECT max(seq) FROM publications)`, someVersion(t))
		}},
		{"forge a publication", func(t *rapid.T, db *sql.DB) error {
			return run(db, `INSERT INTO publications (version, at, by_name, approved_by, override_reason, os_user, host, mac)
				SELECT ?, at, by_name, approved_by, override_reason, os_user, host, mac FROM publications ORDER BY seq DESC LIMIT 1`, someVersion(t))
		}},
		{"remove the newest publication", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM publications WHERE seq = (SELECT max(seq) FROM publications)`)
		}},
		{"remove all publications", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM publications`) }},
		{"store nonsense", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET mac = zeroblob(32) WHERE `+published+` AND tag = ?`, someTag(t, "tag"))
		}},
		{"delete a row of any version", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE version = ? AND tag = ?`, someVersion(t), someTag(t, "tag"))
		}},
		{"give a row of the old version the answer of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET answer = coalesce((SELECT answer FROM roster_tags WHERE version = 1 AND tag = ?1), answer)
				WHERE version = 1 AND tag = ?2`, someTag(t, "from"), someTag(t, "to"))
		}},
		{"remove the oldest publication", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM publications WHERE seq = 1`) }},
		{"remove an old publication and close the gap", func(t *rapid.T, db *sql.DB) error {
			return errors.Join(run(db, `DELETE FROM publications WHERE seq = 1`), run(db, `UPDATE publications SET seq = 1, after = 0`),
				run(db, `UPDATE sqlite_sequence SET seq = 1 WHERE name = 'publications'`))
		}},
		{"hide a publication as one of other keys", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE publications SET key_check = zeroblob(32) WHERE version = ?`, someVersion(t))
		}},
		{"drop a table", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DROP TABLE `+rapid.SampledFrom([]string{"roster_tags", "roster_versions", "publications"}).Draw(t, "table"))
		}},
		{"do nothing", func(*rapid.T, *sql.DB) error { return nil }},
	}
}

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
	v, got, err := r.Answer(t.Context(), tagOf(n))
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
			_, got, err := s.roster.Answer(t.Context(), tagOf(n))
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
