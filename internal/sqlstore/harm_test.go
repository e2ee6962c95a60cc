package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"exposure/internal/breach"
)

// harmEach changes every column of every row of a table that a condition picks, one at a
// time, and deletes every such row, and wants each noticed: check must fail with
// breach.ErrUnproven. Everything is put back in between.
func harmEach(t *testing.T, db *sql.DB, table, where string, check func() error) {
	t.Helper()
	if err := check(); err != nil {
		t.Fatalf("%s: before any harm: %v", table, err)
	}
	columns, keys := columnsOf(t, db, table)
	rows := valuesOf(t, db, `SELECT `+strings.Join(columns, ", ")+` FROM `+table+` WHERE `+where, len(columns))
	if len(rows) == 0 {
		t.Fatalf("%s has no rows: the test shows nothing", table)
	}
	if err := run(db, `PRAGMA foreign_keys = 0`); err != nil {
		t.Fatal(err)
	}
	noticed := func(what string) {
		t.Helper()
		if err := check(); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("%s: %s: %v, want ErrUnproven", table, what, err)
		}
	}
	for n, row := range rows {
		var match []string
		var args []any
		for i, c := range columns {
			if keys[c] {
				match, args = append(match, c+" = ?"), append(args, row[i])
			}
		}
		at := ` WHERE ` + strings.Join(match, " AND ")
		put := func() {
			t.Helper()
			marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
			if err := run(db, `INSERT OR REPLACE INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES (`+marks+`)`, row...); err != nil {
				t.Fatal(err)
			}
		}
		take := func() {
			t.Helper()
			if err := run(db, `DELETE FROM `+table+at, args...); err != nil {
				t.Fatal(err)
			}
		}
		take()
		noticed(fmt.Sprintf("row %d deleted", n+1))
		put()
		for i, c := range columns {
			other := altered(c, row[i])
			if err := run(db, `UPDATE `+table+` SET `+c+` = ?`+at, append([]any{other}, args...)...); err != nil {
				t.Fatal(c, err)
			}
			noticed(fmt.Sprintf("row %d, column %s", n+1, c))
			if keys[c] { // the row is elsewhere now
				elsewhere := append([]any{}, args...)
				for k, m := range match {
					if m == c+" = ?" {
						elsewhere[k] = other
					}
				}
				if err := run(db, `DELETE FROM `+table+at, elsewhere...); err != nil {
					t.Fatal(err)
				}
			} else {
				take()
			}
			put()
		}
	}
	if err := check(); err != nil {
		t.Errorf("%s: everything is put back, and %v", table, err)
	}
}

// altered is another value of the same type and, of a short BLOB, the same length.
func altered(column string, v any) any {
	switch v := v.(type) {
	case int64:
		if column == "shut" { // is 0 or 1
			return 1 - v
		}
		return v + 1000
	case string:
		return v + "x"
	case []byte:
		other := append([]byte{}, v...)
		if len(other) == 0 {
			return []byte{0}
		}
		other[len(other)/2] ^= 1
		return other
	default: // NULL
		return int64(1)
	}
}

func columnsOf(t *testing.T, db *sql.DB, table string) (columns []string, keys map[string]bool) {
	t.Helper()
	keys = map[string]bool{}
	for _, row := range valuesOf(t, db, `SELECT name, pk FROM pragma_table_info('`+table+`')`, 2) {
		name := row[0].(string)
		columns = append(columns, name)
		keys[name] = row[1].(int64) > 0
	}
	return columns, keys
}

func valuesOf(t *testing.T, db *sql.DB, query string, width int) [][]any {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][]any
	for rows.Next() {
		row, into := make([]any, width), make([]any, width)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && b == nil {
				row[i] = []byte{} // would go back as NULL
			}
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
