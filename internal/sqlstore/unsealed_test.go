package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestAnUnsealedLogIsNotMigrated: from the first schema with seals to the last that took rows
// on trust, a log is migrated when all of it is sealed, and left as it is when a part is not,
// or rows are taken on trust, or all of them are gone.
func TestAnUnsealedLogIsNotMigrated(t *testing.T) {
	const versionless = `PRAGMA foreign_keys = 0`
	for _, schema := range []int64{4, 5, 10, 15} {
		for name, c := range map[string]struct {
			do      []string
			refused bool
		}{
			"all of it sealed":              {refused: schema == 4},
			"all rows taken on trust":       {[]string{`UPDATE audit_tree SET adopted = size`}, true},
			"a row taken on trust":          {[]string{`UPDATE audit_tree SET adopted = 1`}, true},
			"fewer than none":               {[]string{`UPDATE audit_tree SET adopted = -1`}, true},
			"nobody sealed the count":       {[]string{`UPDATE audit_tree SET seal = x''`}, true},
			"no count":                      {[]string{`DELETE FROM audit_tree`}, true},
			"a row without a seal":          {[]string{`UPDATE audit_entries SET seal = x'' WHERE seq = 2`}, true},
			"rows gone, a head left":        {[]string{`DELETE FROM audit_entries`, `UPDATE audit_tree SET size = 0, peaks = x'', seal = x''`}, true},
			"rows gone, a publication left": {[]string{versionless, `DELETE FROM audit_entries`, `DELETE FROM audit_heads`, `UPDATE audit_tree SET size = 0, peaks = x'', seal = x''`, publication}, true},
			"a new log":                     {[]string{`DELETE FROM audit_entries`, `DELETE FROM audit_heads`, `UPDATE audit_tree SET size = 0, head = 0, peaks = x'', seal = x''`}, false},
		} {
			t.Run(fmt.Sprintf("schema %d, %s", schema, name), func(t *testing.T) {
				s, raw := atSchema(t, schema)
				fillSealed(t, s, raw)
				for _, q := range c.do {
					if err := run(raw, q); err != nil {
						t.Fatal(q, err)
					}
				}
				err := migrated(t, s)
				if c.refused {
					at := valuesOf(t, raw, `SELECT max(version_id) FROM goose_db_version`, 1)[0][0]
					if !errors.Is(err, sqlstore.ErrUnsealed) || at != schema {
						t.Errorf("Migrate = %v, and the schema is %v; want ErrUnsealed", err, at)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				s.reopen(t)
				s.guesses(t, 10, 1)
				if v := s.verify(t); v.Bad != nil {
					t.Errorf("after the migration: %v", v.Bad)
				}
			})
		}
	}
}

// publication stands in a database without its version.
const publication = `INSERT INTO publications (version, after, at, by_name, approved_by, override_reason, os_user, host, key_check, mac)
	VALUES (1, 0, 1, 'a', 'b', '', '', '', zeroblob(32), zeroblob(32))`

// fillSealed writes three rows and a head as the programs of that schema did.
func fillSealed(t *testing.T, s *store, raw *sql.DB) {
	t.Helper()
	var state audit.State
	for n := range int64(3) {
		e := guess(int(n), otp.Web, audit.Refused)
		leaf := audit.Leaf(e.Encode())
		seal := audit.SealRow(s.keys, n+1, leaf)
		if err := run(raw, `INSERT INTO audit_entries (seq, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
			n+1, e.At.UnixMilli(), string(e.Action), string(e.Outcome), e.Purpose, e.Tag[:], e.Attempt[:], e.Encode(), seal[:]); err != nil {
			t.Fatal(err)
		}
		state.Tree.Append(leaf)
	}
	state.Head = state.Tree.Size()
	signed, err := audit.Head{Size: state.Head, Root: state.Tree.Root(), At: start}.Sign(s.keys.AuditSigner())
	if err != nil {
		t.Fatal(err)
	}
	seal := state.Seal(s.keys)
	if err := errors.Join(run(raw, `INSERT INTO audit_heads VALUES (?, ?)`, state.Head, signed),
		run(raw, `UPDATE audit_tree SET size = ?, head = ?, peaks = ?, seal = ?`, state.Tree.Size(), state.Head, state.Tree.Peaks(), seal[:])); err != nil {
		t.Fatal(err)
	}
}
