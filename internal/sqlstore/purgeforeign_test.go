package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/sqlstore"
)

// TestPurgeTellsWhatRemains: values that stand where nothing is destroyed are found.
func TestPurgeTellsWhatRemains(t *testing.T) {
	s, _ := purgeSite(t, 50)
	s.plant(t, `ALTER TABLE audit_entries ADD COLUMN x BLOB`, `UPDATE audit_entries SET x = (SELECT mac FROM roster_tags)`)
	done, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{Shred: shred})
	if !errors.Is(err, sqlstore.ErrRemains) || done.Remains == 0 {
		t.Errorf("Purge = %v, %d values remain; want ErrRemains", err, done.Remains)
	}
	again, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{AuditToo: true, Shred: shred})
	if err != nil || again.Remains != 0 {
		t.Errorf("with the log: %v, %d", err, again.Remains)
	}
}

// TestPurgeSparesNoForeignTable: rows are not kept under a name like the audit log's,
// SQLite's or the schema's, in a column of another's table, nor by a view or trigger; the
// audit log stays as it was, and the file opens.
func TestPurgeSparesNoForeignTable(t *testing.T) {
	for name, harm := range map[string][]string{
		"like the log":    {`CREATE TABLE audit_copy AS SELECT * FROM roster_tags`},
		"like SQLite's":   {`CREATE TABLE sqlitex_keep AS SELECT * FROM roster_tags`, reserve},
		"in the schema's": {`ALTER TABLE goose_db_version ADD COLUMN x BLOB`, `UPDATE goose_db_version SET x = (SELECT mac FROM roster_tags)`},
		"in a sequence":   {`INSERT INTO sqlite_sequence SELECT mac, 1 FROM roster_tags`},
		"of the log":      {`CREATE TABLE audit_old AS SELECT * FROM audit_entries`},
		"any":             {`CREATE TABLE keep AS SELECT * FROM roster_tags`, `CREATE VIEW kept AS SELECT * FROM roster_tags`},
		"a trigger":       {`CREATE TRIGGER audit_t AFTER DELETE ON roster_tags BEGIN INSERT INTO audit_k VALUES (old.mac); END`, `CREATE TABLE audit_k (x)`},
		"statistics":      {`ANALYZE`},
	} {
		t.Run(name, func(t *testing.T) {
			s, old := purgeSite(t, 50)
			s.plant(t, append([]string{`PRAGMA writable_schema = ON`}, harm...)...)
			done, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{Shred: shred})
			if err != nil || done.Kept != 24 {
				t.Fatalf("Purge = %+v, %v", done, err)
			}
			if n := s.found(t, old); n != 20 { // the tags of the guesses in the log
				t.Errorf("%d of %d values are still in the file, want 20", n, len(old))
			}
			raw := s.raw(t)
			rows := valuesOf(t, raw, `SELECT name FROM sqlite_sequence WHERE typeof(name) <> 'text' UNION ALL SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')`, 1)
			if err := raw.Close(); err != nil || len(rows) > 0 {
				t.Errorf("left are %v, %v", rows, err)
			}
			s.reopen(t)
			if v := s.verify(t); v.Bad != nil || v.Rows != 24 {
				t.Errorf("the audit log has %d rows, %v", v.Rows, v.Bad)
			}
		})
	}
}

// reserve gives a table a name that SQLite would not.
const reserve = `UPDATE sqlite_master SET name = 'sqlite_keep', tbl_name = 'sqlite_keep', sql = replace(sql, 'sqlitex_keep', 'sqlite_keep') WHERE name = 'sqlitex_keep'`

// plant changes a database that nobody has open.
func (s *store) plant(t *testing.T, statements ...string) {
	t.Helper()
	raw := s.raw(t)
	if err := errors.Join(run(raw, strings.Join(statements, "; ")), raw.Close()); err != nil {
		t.Fatal(statements, err)
	}
}

// TestForeign: of the schema nothing is foreign, of what others put into the file all is.
func TestForeign(t *testing.T) {
	s := newStore(t)
	if all, err := s.Foreign(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("of the schema: %v, %v", all, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.plant(t, `CREATE TABLE audit_copy (x)`, `CREATE TABLE "table x" (x)`, `CREATE VIEW tickets_v AS SELECT 1`, `CREATE TRIGGER audit_heads_t AFTER DELETE ON pauses BEGIN SELECT 1; END`)
	s.reopen(t)
	all, err := s.Foreign(t.Context())
	if diff := cmp.Diff([]string{"table audit_copy", "table table x", "trigger audit_heads_t", "view tickets_v"}, all); diff != "" || err != nil {
		t.Errorf("%s%v", diff, err)
	}
}
