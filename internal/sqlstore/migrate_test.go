package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"exposure/internal/sqlstore"
)

// TestMigrationKeepsTheNumbering: from the first schema, rosters go and have to be imported
// again; the numbering of versions stays.
func TestMigrationKeepsTheNumbering(t *testing.T) {
	s := &store{path: filepath.Join(t.TempDir(), "exposure.db"), keys: newKeys(t)}
	raw := s.raw(t)
	p, err := goose.NewProvider(goose.DialectSQLite3, raw, os.DirFS("migrations"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO roster_stagings (version, started_at, dead) VALUES (6, 1, 0), (7, 1, 0)`,
		`DELETE FROM roster_stagings WHERE version = 7`,
		`INSERT INTO roster_versions SELECT 7, zeroblob(16), 1, 1, 'x', zeroblob(32), zeroblob(32), zeroblob(32), 'k', zeroblob(32), 1, 1, zeroblob(32), zeroblob(32), x''`,
		`INSERT INTO roster_persons SELECT 7, 1, 'guest', x'', x'', zeroblob(32)`,
		`INSERT INTO roster_tags SELECT 7, zeroblob(32), zeroblob(32), x'', zeroblob(32)`,
	} {
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
	}
	if _, err := sqlstore.Open(t.Context(), "sqlite:"+s.path); err == nil {
		t.Error("the earlier schema was opened")
	}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+s.path); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	if all, err := s.roster.Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("Versions = %v, %v; want none", all, err)
	}
	if id := s.publish(t, "a", 3, 1); id != 8 {
		t.Errorf("the next version is %d, want 8: a number is never given twice", id)
	}
	if _, d := dropped(t, s.roster, 5); d {
		t.Error("dropped from nothing")
	}
}
