package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/sqlstore"
)

// otherType is SQL for a value of another type than a column's.
const otherType = `CASE typeof(@) WHEN 'text' THEN CAST(@ AS BLOB) WHEN 'blob' THEN CAST(@ AS TEXT) ELSE 'x' END`

// wrongValues are such, by name.
var wrongValues = map[string]string{"of another type": otherType, "NULL": "NULL"}

// mistyped is SQL that puts a value into a column (@) which the schema forbids; whoever may
// write the file does so all the same. The schema is as it was afterwards.
func mistyped(table, column, value, where string) []string {
	const schema = ` WHERE type = 'table' AND name = `
	return []string{
		`PRAGMA ignore_check_constraints = ON`,
		`PRAGMA writable_schema = ON`,
		`CREATE TEMP TABLE was AS SELECT sql FROM sqlite_schema` + schema + `'` + table + `'`,
		`UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT, ', ') '), ') STRICT', ')'), 'NOT NULL', '')` + schema + `'` + table + `'`,
		`PRAGMA writable_schema = RESET`,
		strings.ReplaceAll(`UPDATE `+table+` SET @ = `+value, "@", column) + where,
		`PRAGMA writable_schema = ON`,
		`UPDATE sqlite_schema SET sql = (SELECT sql FROM was)` + schema + `'` + table + `'`,
		`PRAGMA writable_schema = RESET`,
		`DROP TABLE was`,
	}
}

// TestMistypedRowsStayInDoubt: a column of a row about a member that is of another type than
// it is written with was altered. It is not taken for a read that failed and may go well the
// next time: once a Check has seen it nobody is told anything, until a Check finds all well.
func TestMistypedRowsStayInDoubt(t *testing.T) {
	base, path, _ := ordered(t)
	for _, column := range []string{"state", "since", "member_id_sealed", "mac"} {
		t.Run(column, func(t *testing.T) {
			r := damaged(t, base, path, mistyped("resets", column, otherType, ` WHERE state = 'planned'`))
			if _, err := r.Get(t.Context(), "1"); err != nil {
				t.Errorf("before it was looked for, another member: %v", err)
			}
			if _, err := r.Get(t.Context(), "3"); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("Get = %v, want ErrAltered", err)
			}
			if err := r.Check(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("Check = %v, want ErrAltered", err)
			}
			if _, err := r.Get(t.Context(), "1"); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("after it was found, another member: %v", err)
			}
		})
	}
}

// TestMistypedClients: whatever column of whatever row about a client is of another type,
// it was altered, and nobody is let in who was not proven before.
func TestMistypedClients(t *testing.T) {
	base := newStore(t)
	key := addClient(t, base.Clients(base.keys), "kit")
	changeClient(t, base.Clients(base.keys), audit.ClientSuspend, "kit", func(c client.Client) (client.Client, error) { return c.Suspend(start) })
	path := base.copyStore(t)
	columns, _ := columnsOf(t, base.raw(t), "client_states")
	for _, column := range columns[1:] { // the first is the row's number, which is one in any case
		for _, row := range []string{` WHERE seq = 1`, ` WHERE seq = 2`} {
			for kind, value := range wrongValues {
				t.Run(column+row+" "+kind, func(t *testing.T) {
					to := filepath.Join(t.TempDir(), "mistyped.db")
					copyFile(t, path, to)
					s := base.in(t, to)
					s.harm(t, mistyped("client_states", column, value, row))
					c := s.Clients(s.keys)
					_, err := c.ByKey(t.Context(), key.Hash)
					if !errors.Is(err, sqlstore.ErrAltered) {
						t.Errorf("ByKey = %v, want ErrAltered", err)
					}
					if err := c.Check(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
						t.Errorf("Check = %v, want ErrAltered", err)
					}
				})
			}
		}
	}
}

// TestAMistypedLogIsBad: a column of another type than it was written with may read the same
// and is found by no search, so that a guess no longer counts. Reading the whole log names
// the row, instead of taking it for a read that failed.
func TestAMistypedLogIsBad(t *testing.T) {
	base := newStore(t)
	base.guesses(t, 1, 3)
	base.head(t)
	path := base.copyStore(t)
	raw := base.raw(t)
	for table, where := range map[string]string{"audit_entries": ` WHERE seq = 2`, "audit_tree": ``, "audit_heads": ``} {
		columns, keys := columnsOf(t, raw, table)
		for _, column := range columns {
			if keys[column] { // a row's number, which is one in any case
				continue
			}
			for kind, value := range wrongValues {
				t.Run(table+" "+column+" "+kind, func(t *testing.T) {
					to := filepath.Join(t.TempDir(), "mistyped.db")
					copyFile(t, path, to)
					s := base.in(t, to)
					s.harm(t, mistyped(table, column, value, where))
					v := s.verify(t)
					if v.Bad == nil || table == "audit_entries" && (v.Bad.Row != 2 || v.Rows != 1) {
						t.Errorf("%d rows agree, %v; want row 2 alone to be bad", v.Rows, v.Bad)
					}
				})
			}
		}
	}
}

// harm runs statements on one connection.
func (s *store) harm(t *testing.T, statements []string) {
	t.Helper()
	raw := s.raw(t)
	for _, q := range statements {
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
	}
}
