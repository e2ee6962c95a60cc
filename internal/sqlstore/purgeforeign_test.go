package sqlstore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/otp"
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
		"virtual": {`CREATE VIRTUAL TABLE keep USING fts5(x)`, `INSERT INTO keep SELECT hex(mac) FROM roster_tags`, `CREATE TABLE keep_zz AS SELECT * FROM roster_tags`,
			`CREATE VIRTUAL TABLE keep_no USING fts5(x, content='')`},
		"an index": {`CREATE INDEX keep_i ON roster_tags (abs(answer))`, `UPDATE sqlite_master SET sql = replace(sql, 'abs(', 'nosuch(') WHERE name = 'keep_i'`,
			`CREATE INDEX keep_k ON audit_entries (hex(tag))`},
		"of no module": {noModule},
		"like a lock":  {`DROP TABLE webhook_lease`, `CREATE VIRTUAL TABLE Webhook_Lease USING fts5(x)`},
		"with a page":  {strings.Replace(noModule, "'nosuch', 'nosuch', 0", "'nosuch', 'nosuch', 3", 1)},
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
			rows := valuesOf(t, raw, `SELECT name FROM sqlite_sequence WHERE typeof(name) <> 'text' UNION ALL SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') OR sql LIKE '%virtual%' OR name LIKE 'keep%'`, 1)
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

// noModule is a virtual table whose code no program has.
const noModule = `INSERT INTO sqlite_master VALUES ('table', 'nosuch', 'nosuch', 0, 'create/**/VIRTUAL TABLE nosuch USING nosuch(x)')`

// TestPurgeOfALogWithAnotherColumn: it may be destroyed whatever was added to its tables, and
// is as the migrations make it afterwards.
func TestPurgeOfALogWithAnotherColumn(t *testing.T) {
	s, old := purgeSite(t, 50)
	s.plant(t, `ALTER TABLE audit_tree ADD COLUMN x BLOB CHECK (x IS NOT NULL OR size > 0)`, `ALTER TABLE audit_entries ADD COLUMN x BLOB`)
	if _, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{AuditToo: true, Shred: shred}); err != nil {
		t.Fatal(err)
	}
	if n := s.found(t, old); n > 0 {
		t.Errorf("%d values are left", n)
	}
	const shape = `SELECT name, type, "notnull" FROM pragma_table_info('audit_tree')`
	if diff := cmp.Diff(valuesOf(t, newStore(t).raw(t), shape, 3), valuesOf(t, s.raw(t), shape, 3)); diff != "" {
		t.Error(diff)
	}
	s.reopen(t)
	if err := s.Audit().Append(t.Context(), guess(1, otp.Web, audit.Refused)); err != nil {
		t.Errorf("an emptied log: %v", err)
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
	s.plant(t, `PRAGMA writable_schema = ON`, noModule, `DROP TABLE webhook_lease`, `CREATE VIRTUAL TABLE webhook_lease USING fts5(x, content='', columnsize=0, detail=none)`, `CREATE TABLE audit_copy (x)`, `CREATE INDEX audit_i ON audit_entries (at)`, `CREATE TABLE "table x" (x)`, `CREATE VIEW tickets_v AS SELECT 1`, `CREATE TRIGGER audit_heads_t AFTER DELETE ON pauses BEGIN SELECT 1; END`)
	s.reopen(t)
	all, err := s.Foreign(t.Context())
	if diff := cmp.Diff([]string{"index audit_i", "table audit_copy", "table table x", "trigger audit_heads_t", "view tickets_v", "virtual table nosuch", "virtual table webhook_lease"}, slices.DeleteFunc(all, func(s string) bool { return strings.HasPrefix(s, "table webhook_lease_") })); diff != "" || err != nil {
		t.Errorf("%s%v", diff, err)
	}
}
