package sqlstore_test

import (
	"errors"
	"fmt"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// forgeries is what somebody with no key adds to a change of the rows: whatever needs no key
// is made to fit again, and what would speak against it is thrown away.
var forgeries = []struct {
	name  string
	seals bool // each row's seal is its plain hash
	do    []string
}{
	{"hashed again", false, nil},
	{"hashed again, heads gone", false, []string{`DELETE FROM audit_heads`, `UPDATE audit_tree SET head = 0`}},
	{"hashes for seals", true, []string{`DELETE FROM audit_heads`, `UPDATE audit_tree SET head = 0`}},
	{"as if nobody had sealed it yet", true, []string{`DELETE FROM audit_heads`, `UPDATE audit_tree SET head = 0, seal = x''`}},
	{"sealed by nobody", false, []string{`DELETE FROM audit_heads`, `UPDATE audit_tree SET head = 0, seal = zeroblob(32)`}},
	{"as if there had been no log", false, []string{`DELETE FROM audit_heads`, `DELETE FROM audit_entries`, `UPDATE audit_tree SET size = 0, peaks = x'', head = 0, seal = x''`}},
}

// TestNoProgramSealsAForgedLog: a program that has the keys writes on in a log that somebody
// without them has changed. It would seal their rows with its own, so it writes nothing; and
// whatever was tried, the change is found ever after.
func TestNoProgramSealsAForgedLog(t *testing.T) {
	base := newStore(t)
	base.publish(t, "a", 3, 1)
	base.guesses(t, 0, 20)
	base.head(t)
	base.guesses(t, 20, 18)
	path, whole := base.copyStore(t), treeOf(t, base)
	for _, c := range tamperings {
		for _, f := range forgeries {
			t.Run(c.name+", "+f.name, func(t *testing.T) {
				s, raw := harmed(t, base, path, c.do)
				rehash(t, raw, f.seals)
				s.harm(t, f.do)
				forged := treeOf(t, s) != whole
				writes := map[string]func() error{
					"a row":  func() error { return s.Audit().Append(t.Context(), guess(99, otp.Web, audit.Refused)) },
					"a head": func() error { return s.Audit().Sign(t.Context()) },
					"a pause": func() error {
						return s.roster.Pause(t.Context(), sqlstore.PauseOrder{Reason: "x"}, entryFor(audit.Pause, start))
					},
					"a version":     func() error { _, err := commit(t.Context(), s.roster, "b", 3, 2); return err },
					"the migration": func() error { return migrated(t, s) },
					"at its end":    s.Close,
				}
				for _, name := range []string{"a row", "a head", "a pause", "a version", "the migration", "at its end"} {
					if err := writes[name](); forged && name != "the migration" && name != "at its end" && !errors.Is(err, sqlstore.ErrLogAltered) {
						t.Errorf("%s: %v, want ErrLogAltered", name, err)
					}
				}
				s.reopen(t)
				if v := s.verify(t); v.Bad == nil {
					t.Error("it is not noticed")
				}
			})
		}
	}
}

func migrated(t *testing.T, s *store) error { return sqlstore.Migrate(t.Context(), "sqlite:"+s.path) }

// treeOf is all that stands beside the rows.
func treeOf(t *testing.T, s *store) string {
	return fmt.Sprint(valuesOf(t, s.raw(t), `SELECT size, head, hex(peaks), hex(seal) FROM audit_tree`, 4))
}

// TestAnEarlierSchemaIsNoWayIn: who says that the database is older than sealing gets no row
// sealed; and one that is so old is not touched.
func TestAnEarlierSchemaIsNoWayIn(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) *store{
		"said of a sealed one": func(t *testing.T) *store {
			s, _ := forty(t)
			s.harm(t, []string{`UPDATE audit_entries SET outcome = 'accepted' WHERE seq = 17`, `DELETE FROM goose_db_version WHERE version_id >= 5`})
			return s
		},
		"an old one": func(t *testing.T) *store {
			s, _ := earlierSchema(t, 10)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := prepare(t)
			before := valuesOf(t, s.raw(t), `SELECT max(version_id), count(*) FROM goose_db_version`, 2)
			if err := migrated(t, s); !errors.Is(err, sqlstore.ErrUnsealed) {
				t.Errorf("Migrate = %v, want ErrUnsealed", err)
			}
			if after := valuesOf(t, s.raw(t), `SELECT max(version_id), count(*) FROM goose_db_version`, 2); after[0][0] != before[0][0] || after[0][1] != before[0][1] {
				t.Errorf("the schema was %v and is %v", before, after)
			}
		})
	}
}

// TestOtherKeyFile: under a key file that did not write a log, nothing is appended to it.
func TestOtherKeyFile(t *testing.T) {
	s := newStore(t)
	s.guesses(t, 0, 5)
	s.head(t)
	other := &store{path: s.copyStore(t), keys: newKeys(t)}
	other.reopen(t)
	if err := other.Audit().Append(t.Context(), guess(5, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("Append = %v, want ErrLogAltered", err)
	}
	if v := other.verify(t); v.Bad == nil || v.Bad.Row != 1 {
		t.Errorf("%v, want row 1", v.Bad)
	}
	if v, err := other.VerifyAudit(t.Context(), []audit.Prover{other.keys, s.keys}, nil, nil); err != nil || v.Bad != nil || v.Rows != 5 || v.Heads != 1 {
		t.Errorf("under both: %+v, %v, %v", v, v.Bad, err)
	}
}
