package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestHindrances: whatever stands in the way of a row of the audit log, there is a sentence
// that says what to do about it.
func TestHindrances(t *testing.T) {
	write := func(t *testing.T, s *store, query string) {
		t.Helper()
		db, _ := sqlstore.Pools(s.DB)
		if err := run(db, query); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		harm func(t *testing.T, s *store)
		want string
	}{
		{"full", func(t *testing.T, s *store) {
			db, _ := sqlstore.Pools(s.DB)
			write(t, s, fmt.Sprintf(`PRAGMA max_page_count = %d`, count(t, db, `PRAGMA page_count`)))
		}, "make room on the disk that the database is on, and repeat."},
		{"another program", func(t *testing.T, s *store) {
			write(t, s, `PRAGMA busy_timeout = 1`)
			tx, err := s.raw(t).BeginTx(context.WithoutCancel(t.Context()), nil)
			if err == nil {
				_, err = tx.Exec(`UPDATE audit_tree SET size = size`)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback() })
		}, "let it end, and repeat"},
		{"read-only", func(t *testing.T, s *store) { write(t, s, `PRAGMA query_only = 1`) }, "This user may not write"},
		{"a trigger", func(t *testing.T, s *store) {
			write(t, s, `CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'full'); END`)
		}, "something in the database refuses the row"},
		{"no table", func(t *testing.T, s *store) { write(t, s, `DROP TABLE audit_entries`) }, "not as this program made them"},
		{"damaged", func(t *testing.T, s *store) { s.scribble(t) }, "The file is damaged"},
		{"cut off", func(t *testing.T, s *store) { write(t, s, `UPDATE audit_tree SET size = 7`) }, `"exposurectl audit verify" names the first bad row`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &store{path: newStore(t).copyStore(t), keys: newKeys(t)}
			db, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
			if err != nil {
				t.Fatal(err)
			}
			s.DB = db
			defer db.Close() // which may fail as the append did
			c.harm(t, s)
			err = s.Audit().Append(t.Context(), entries(400)...)
			if got := sqlstore.Hindrance(err); err == nil || !strings.Contains(got, c.want) || strings.Contains(got, "Nothing was written") { // by this program, before, it may have been
				t.Errorf("%v: %q, want %q", err, got, c.want)
			}
			if edited := !slices.Contains([]string{"full", "another program", "read-only"}, c.name); sqlstore.Edited(err) != edited {
				t.Errorf("%v: edited %v, want %v", err, !edited, edited)
			}
		})
	}
	_, err := sqlstore.Open(t.Context(), "sqlite:"+t.TempDir())
	if got := sqlstore.Hindrance(err); !strings.Contains(got, "names a file") {
		t.Errorf("a folder: %v: %q", err, got)
	}
	for _, err := range []error{nil, errors.New("x"), audit.ErrInvalid, sql.ErrNoRows, sqlstore.ErrMoved} {
		if got := sqlstore.Hindrance(err); got != "" {
			t.Errorf("%v: %q", err, got)
		}
		if sqlstore.Edited(err) {
			t.Errorf("%v is taken for the work of somebody who altered the database", err)
		}
	}
}

// entries are rows enough to need more pages.
func entries(n int) (all []audit.Entry) {
	for i := range n {
		all = append(all, guess(i, otp.Web, audit.Refused))
	}
	return all
}

// scribble writes over all of the file but its header.
func (s *store) scribble(t *testing.T) {
	t.Helper()
	write, _ := sqlstore.Pools(s.DB)
	if err := run(write, `PRAGMA cache_size = 0`); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt([]byte(strings.Repeat("x", int(info.Size())-100)), 100)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
