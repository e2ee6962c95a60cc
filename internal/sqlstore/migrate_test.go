package sqlstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestMigrationKeepsTheLog: from the first schema, rosters go and have to be imported
// again; the guesses of every address stay, and so does the numbering of versions.
func TestMigrationKeepsTheLog(t *testing.T) {
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
		`INSERT INTO publications SELECT 3, 7, 1, 'a', 'b', '', '', '', zeroblob(32)`,
		`INSERT INTO roster_persons SELECT 7, 1, 'guest', x'', x'', zeroblob(32)`,
		`INSERT INTO roster_tags SELECT 7, zeroblob(32), zeroblob(32), x'', zeroblob(32)`,
	} {
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
	}
	old := guess(1, otp.Web, audit.Refused)
	if err := run(raw, `INSERT INTO audit_entries SELECT 1, ?, 'guess', 'refused', 'web', 1, ?, ?, ?`, old.At.UnixMilli(), old.Tag[:], old.Attempt[:], old.Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(t.Context(), "sqlite:"+s.path); err == nil {
		t.Error("the earlier schema was opened")
	}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+s.path); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	if _, err := s.Audit().Past(t.Context(), breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: *old.Tag}), otp.Web); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a guess for which nobody vouched counts: %v", err)
	}
	if all, err := s.roster.Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("Versions = %v, %v; want none", all, err)
	}
	if _, err := commit(t.Context(), s.roster, "a", 3, 1); !errors.Is(err, sqlstore.ErrUnsealed) {
		t.Errorf("a program writes to a log that nobody vouched for: %v", err)
	}
	if n, err := s.Adopt(t.Context(), s.keys, migratedEntry()); err != nil || n != 1 {
		t.Errorf("%d rows were adopted, %v; want 1", n, err)
	}
	past, err := s.Audit().Past(t.Context(), breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: *old.Tag}), otp.Web)
	if err != nil || len(past) != 1 || past[0].Attempt != old.Attempt {
		t.Errorf("guesses: %v, %v; want the one that was there", past, err)
	}
	if counts, err := s.Audit().FailedGuesses(t.Context(), start.AddDate(0, 0, -1), 10); err != nil || counts[old.Network] != 1 {
		t.Errorf("failures: %v, %v; want the one that was there, by its network", counts, err)
	}
	if err := run(raw, `UPDATE audit_entries SET outcome = 'accepted', seal = x'', encoded = ? WHERE seq = 1`, guess(1, otp.Web, audit.Accepted).Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Audit().Past(t.Context(), breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: *old.Tag}), otp.Web); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("an adopted guess without its hash counts: %v", err)
	}
	if id := s.publish(t, "a", 3, 1); id != 9 {
		t.Errorf("the next version is %d, want 9: a number is never given twice", id)
	}
	if _, d := dropped(t, s.roster, 5); d {
		t.Error("dropped from nothing")
	}
}
