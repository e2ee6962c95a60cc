package sqlstore_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/sqlstore"
)

// tables are all of the schema. Whoever adds one says here whether a purge leaves it.
func tables() (destroyed, kept []string) {
	destroyed = []string{
		"agent_accounts", "canaries",
		"client_requests", "client_states", "client_uses", "decisions", "kit_reports", "letters", "pauses", "publications", "reset_contacts", "reset_holds", "resets",
		"roster_contacts", "roster_handles", "roster_persons", "roster_reviews", "roster_stagings", "roster_tags", "roster_versions",
		"tickets", "webhook_lease", "webhook_members",
	}
	return destroyed, []string{"audit_entries", "audit_heads", "audit_tree"}
}

// TestPurgeForgetsNoTable: of every table of the schema, whatever it is for, no value is
// left; and the list above names them all.
func TestPurgeForgetsNoTable(t *testing.T) {
	s := newStore(t)
	s.guesses(t, 0, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw := s.raw(t)
	var all []string
	for _, row := range valuesOf(t, raw, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version' ORDER BY name`, 1) {
		all = append(all, row[0].(string))
	}
	destroyed, kept := tables()
	if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(destroyed, kept))), all); diff != "" {
		t.Fatalf("the tables of the schema: %s", diff)
	}
	var old [][]byte
	for _, table := range destroyed {
		old = append(old, fillTable(t, raw, table)...)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if n := s.found(t, old); n != len(old) || n < len(destroyed)/2 {
		t.Fatalf("%d of %d values are in the file before", n, len(old))
	}
	done, err := sqlstore.Purge(t.Context(), "sqlite:"+s.path, sqlstore.PurgeOrder{Shred: shred})
	if err != nil {
		t.Fatal(err)
	}
	var emptied []string
	for _, h := range done.Rows {
		emptied = append(emptied, h.Table)
	}
	if diff := cmp.Diff(destroyed, slices.Sorted(slices.Values(emptied))); diff != "" {
		t.Errorf("what was destroyed: %s", diff)
	}
	if n := s.found(t, old); n > 0 {
		t.Errorf("%d values are left", n)
	}
	s.reopen(t)
	if v := s.verify(t); v.Bad != nil || v.Rows != 3 {
		t.Errorf("the audit log: %+v", v)
	}
}

// fillTable puts a row of random values into a table, whatever its columns are, and returns
// those that stand nowhere by chance.
func fillTable(t *testing.T, raw *sql.DB, table string) (values [][]byte) {
	t.Helper()
	var columns, marks []string
	var args []any
	for _, row := range valuesOf(t, raw, `SELECT name, type FROM pragma_table_info('`+table+`')`, 2) {
		columns, marks = append(columns, row[0].(string)), append(marks, "?")
		switch row[1].(string) {
		case "BLOB":
			b := make([]byte, 32)
			rand.Read(b)
			args, values = append(args, b), append(values, b)
		case "TEXT":
			args = append(args, "x")
		default:
			args = append(args, 1)
		}
	}
	if err := run(raw, `PRAGMA ignore_check_constraints = ON`); err != nil {
		t.Fatal(err)
	}
	if err := run(raw, fmt.Sprintf(`INSERT OR REPLACE INTO %s (%s) VALUES (%s)`, table, strings.Join(columns, ", "), strings.Join(marks, ", ")), args...); err != nil {
		t.Fatal(table, err)
	}
	return values
}
