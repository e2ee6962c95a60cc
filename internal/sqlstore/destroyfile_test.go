package sqlstore_test

import (
	"path/filepath"
	"testing"

	"exposure/internal/sqlstore"
)

// TestPurgeOfTablesThatShareAPage: a planted table that begins in the middle of another one is
// damage that a purge meets and tells; then the file can be destroyed whole, also again.
func TestPurgeOfTablesThatShareAPage(t *testing.T) {
	for _, of := range []string{"audit_entries", "roster_tags"} {
		for name, order := range map[string]sqlstore.PurgeOrder{"the log stays": {Shred: shred}, "the log as well": {AuditToo: true, Shred: shred}} {
			t.Run(of+", "+name, func(t *testing.T) {
				s, old := purgeSite(t, 400)
				s.plant(t, `PRAGMA writable_schema = ON`, `INSERT INTO sqlite_master SELECT 'table', 'x', 'x', pageno, 'CREATE TABLE x (a)' FROM dbstat
					WHERE name = '`+of+`' AND pagetype = 'leaf' AND path <> '/' LIMIT 1`)
				raw := s.raw(t)
				planted := valuesOf(t, raw, `SELECT 1 FROM sqlite_master WHERE name = 'x'`, 1)
				if err := raw.Close(); err != nil || len(planted) != 1 {
					t.Fatalf("%d tables were planted, %v", len(planted), err)
				}
				url := "sqlite:" + s.path
				for range 2 {
					if done, err := sqlstore.Purge(t.Context(), url, order); !sqlstore.Damaged(err) {
						t.Errorf("Purge = %+v, %v; want damage", done, err)
					}
				}
				for range 2 {
					if err := sqlstore.DestroyFile(url, shred); err != nil {
						t.Fatal(err)
					}
				}
				left, _ := filepath.Glob(s.path + "*")
				if n := s.found(t, old); n > 0 || len(left) > 0 {
					t.Errorf("%d values are left in %q", n, left)
				}
			})
		}
	}
}
