package sqlstore_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/sqlstore"
)

// leaked stands for what somebody wrote into the text of the schema.
const leaked = "hanako@example.jp is on the list"

// TestPurgeWhateverTheSchemaSays: no row of the schema keeps rows of tables, or itself: the
// schema is as the migrations make it afterwards, and the audit log as it was.
func TestPurgeWhateverTheSchemaSays(t *testing.T) {
	const text = `UPDATE sqlite_master SET sql = replace(sql, `
	for name, harm := range map[string][]string{
		"an index of ours over no function": {`DROP INDEX resets_ages`, `CREATE INDEX resets_ages ON roster_tags (abs(answer))`, text + `'abs(', 'nosuch(') WHERE name = 'resets_ages'`,
			`DROP INDEX audit_guesses`, `CREATE INDEX audit_guesses ON audit_entries (abs(at))`, text + `'abs(', 'nosuch(') WHERE name = 'audit_guesses'`},
		"a default":              {`ALTER TABLE pauses ADD COLUMN x TEXT DEFAULT '` + leaked + `'`, `ALTER TABLE roster_tags ADD COLUMN x TEXT CHECK (x <> '` + leaked + `')`},
		"a comment":              {text + `') STRICT', ') /* ` + leaked + ` */ STRICT') WHERE name = 'roster_tags'`},
		"a column of no code":    {`ALTER TABLE roster_tags ADD COLUMN x TEXT AS (abs(version))`, text + `'abs(', 'nosuch(') WHERE name = 'roster_tags'`},
		"another name":           {`UPDATE sqlite_master SET name = 'roster_tagz', tbl_name = 'roster_tagz' WHERE name = 'roster_tags'`},
		"a name exchanged":       {`UPDATE sqlite_master SET name = 'audit_copy' WHERE name = 'roster_tags'`},
		"a text that is none":    {text + `'CREATE', 'KEEP') WHERE name = 'roster_tags'`},
		"two names":              {`INSERT INTO sqlite_master SELECT 'table', 'tags', 'tags', rootpage, 'CREATE TABLE tags (a)' FROM sqlite_master WHERE name = 'roster_tags'`},
		"the log under two":      {`INSERT INTO sqlite_master SELECT 'table', 'logs', 'logs', rootpage, 'CREATE TABLE logs (a)' FROM sqlite_master WHERE name = 'audit_entries'`},
		"pages that are none":    {`INSERT INTO sqlite_master VALUES ('table', 'none', 'none', 999999, 'CREATE TABLE none (a)'), ('table', 'self', 'self', 1, 'CREATE TABLE self (a)')`},
		"a log's name in vain":   {`CREATE TABLE audit_old AS SELECT * FROM roster_tags`, `UPDATE sqlite_master SET name = 'Audit_Heads', tbl_name = 'Audit_Heads', sql = 'none' WHERE name = 'audit_old'`},
		"a table is purged":      {`CREATE TABLE purged_1 AS SELECT * FROM roster_tags`},
		"a trigger, not ours":    {`CREATE TRIGGER t BEFORE DELETE ON roster_tags BEGIN SELECT raise(ABORT, '` + leaked + `'); END`},
		"a view that is nothing": {`CREATE VIEW v AS SELECT 1 AS x`, text + `'SELECT 1', 'SELECT nosuch(1)') WHERE name = 'v'`},
	} {
		t.Run(name, func(t *testing.T) {
			s, old := purgeSite(t, 50)
			s.plant(t, append([]string{`PRAGMA writable_schema = ON`}, harm...)...)
			db, unlike, err := sqlstore.OpenToPurge(t.Context(), "sqlite:"+s.path)
			if err != nil || unlike != nil {
				t.Fatal(unlike, err)
			}
			_, err = db.Holdings(t.Context(), false)
			_, err2 := db.Foreign(t.Context())
			if err := errors.Join(err, err2, db.Close()); err != nil {
				t.Fatal(err)
			}
			done, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{Shred: shred})
			if err != nil || done.Kept != 24 {
				t.Fatalf("Purge = %+v, %v", done, err)
			}
			s.isClean(t, old, 20) // the tags of the guesses in the log
			s.reopen(t)
			if v := s.verify(t); v.Bad != nil || v.Rows != 24 {
				t.Errorf("the audit log has %d rows, %v", v.Rows, v.Bad)
			}
		})
	}
}

// isClean checks the file of a database that nobody has open.
func (s *store) isClean(t *testing.T, old [][]byte, want int) {
	t.Helper()
	if n := s.found(t, old); n != want {
		t.Errorf("%d of %d values are still in the file, want %d", n, len(old), want)
	}
	if content, err := os.ReadFile(s.path); err != nil || bytes.Contains(content, []byte(leaked)) {
		t.Errorf("the text of the schema is still in the file, %v", err)
	}
	const schema = `SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2`
	raw := s.raw(t)
	defer raw.Close()
	if diff := cmp.Diff(valuesOf(t, newStore(t).raw(t), schema, 4), valuesOf(t, raw, schema, 4)); diff != "" {
		t.Error(diff)
	}
}

// TestPurgeTellsAnAlteredLog: a table of the log that stays and has more in its text than ours
// is named, and only its end completes the purge.
func TestPurgeTellsAnAlteredLog(t *testing.T) {
	for name, harm := range map[string]string{
		"a default":      `ALTER TABLE audit_heads ADD COLUMN x TEXT DEFAULT '` + leaked + `'`,
		"another's name": `UPDATE sqlite_master SET name = iif(name = 'roster_tags', 'audit_heads', 'roster_tags') WHERE name IN ('audit_heads', 'roster_tags')`,
	} {
		t.Run(name, func(t *testing.T) {
			s, old := purgeSite(t, 50)
			s.plant(t, `PRAGMA writable_schema = ON`, harm)
			for run := range 2 {
				done, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{Shred: shred})
				if run == 1 && name != "a default" {
					break // each name is that of its text again, so this run found what was left
				}
				if !errors.Is(err, sqlstore.ErrRemains) || !slices.Contains(done.Altered, "audit_heads") {
					t.Errorf("run %d: Purge = %+v, %v; want ErrRemains", run, done, err)
				}
			}
			if _, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{AuditToo: true, Shred: shred}); err != nil {
				t.Fatal(err)
			}
			s.isClean(t, old, 0)
		})
	}
}
