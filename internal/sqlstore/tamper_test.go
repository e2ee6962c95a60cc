package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// verify checks the log as the operator's program does.
func (s *store) verify(t testing.TB, kept ...audit.Head) audit.Verdict {
	t.Helper()
	v, err := s.VerifyAudit(t.Context(), []audit.Prover{s.keys}, kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// head signs what the log is now, and returns it.
func (s *store) head(t testing.TB) audit.Head {
	t.Helper()
	if err := s.Audit().Sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, signed, err := s.NewestHead(t.Context(), s.keys)
	if err != nil || signed == "" {
		t.Fatal(signed, err)
	}
	return h
}

// guesses appends rows of that many people, a few at a time.
func (s *store) guesses(t testing.TB, from, n int) {
	t.Helper()
	var batch []audit.Entry
	for i := range n {
		batch = append(batch, guess(from+i, otp.Web, audit.Refused))
	}
	if err := s.Audit().Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
}

// copyStore is the same database in another file, closed.
func (s *store) copyStore(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := run(s.raw(t), `VACUUM INTO '`+path+`'`); err != nil {
		t.Fatal(err)
	}
	return path
}

// in opens a copy.
func (s *store) in(t testing.TB, path string) *store {
	t.Helper()
	other := &store{path: path, keys: s.keys}
	other.reopen(t)
	return other
}

// rehash is what somebody who may write the database does after a change: everything that
// needs no key is made to fit again.
func rehash(t *testing.T, db *sql.DB, seals bool) {
	t.Helper()
	var tree audit.Tree
	for _, row := range valuesOf(t, db, `SELECT encoded FROM audit_entries ORDER BY seq`, 1) {
		leaf := audit.Leaf(row[0].([]byte))
		tree.Append(leaf)
		if seals {
			if err := run(db, `UPDATE audit_entries SET seal = ? WHERE seq = ?`, leaf[:], tree.Size()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := run(db, `UPDATE audit_tree SET size = ?, peaks = ?`, tree.Size(), tree.Peaks()); err != nil {
		t.Fatal(err)
	}
}

// earlier is the encoding of a row of another time.
func earlier(t *testing.T, db *sql.DB, seq int) []byte {
	t.Helper()
	e, err := audit.Decode(valuesOf(t, db, fmt.Sprintf(`SELECT encoded FROM audit_entries WHERE seq = %d`, seq), 1)[0][0].([]byte))
	if err != nil {
		t.Fatal(err)
	}
	e.At = e.At.AddDate(0, -1, 0)
	return e.Encode()
}

// tampering is what somebody does to a log of forty rows, of which twenty-five are signed.
var tamperings = []struct {
	name string
	do   []string
	bad  int64
}{
	{"a column edited", []string{`UPDATE audit_entries SET outcome = 'accepted' WHERE seq = 17`}, 17},
	{"a budget emptied", []string{`UPDATE audit_entries SET weighs = 0 WHERE seq = 17`}, 17},
	{"a tag taken off", []string{`UPDATE audit_entries SET tag = NULL WHERE seq = 17`}, 17},
	{"back-dated beside the encoding", []string{`UPDATE audit_entries SET at = at - 86400000 WHERE seq = 17`}, 17},
	{"back-dated", []string{`UPDATE audit_entries SET at = @at, encoded = @earlier WHERE seq = 17`}, 17},
	{"a byte of the encoding", []string{`UPDATE audit_entries SET encoded = CAST(substr(encoded, 1, 60) || x'00' || substr(encoded, 62) AS BLOB) WHERE seq = 17`}, 17},
	{"the first row removed", []string{`DELETE FROM audit_entries WHERE seq = 1`}, 1},
	{"a row removed", []string{`DELETE FROM audit_entries WHERE seq = 17`}, 17},
	{"a row removed and the gap closed", []string{`DELETE FROM audit_entries WHERE seq = 17`,
		`UPDATE audit_entries SET seq = -seq WHERE seq > 17`, `UPDATE audit_entries SET seq = -seq - 1 WHERE seq < 0`}, 17},
	{"two rows swapped", []string{`UPDATE audit_entries SET seq = 1000 WHERE seq = 17`, `UPDATE audit_entries SET seq = 17 WHERE seq = 20`,
		`UPDATE audit_entries SET seq = 20 WHERE seq = 1000`}, 17},
	{"a row put between", []string{`UPDATE audit_entries SET seq = -seq - 1 WHERE seq >= 17`, `UPDATE audit_entries SET seq = -seq WHERE seq < 0`,
		`INSERT INTO audit_entries SELECT 17, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal FROM audit_entries WHERE seq = 3`}, 17},
	{"a row put in front", []string{`INSERT INTO audit_entries SELECT 0, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal FROM audit_entries WHERE seq = 3`}, 0},
	{"a row added", []string{`INSERT INTO audit_entries SELECT 41, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal FROM audit_entries WHERE seq = 3`}, 41},
	{"the tail cut", []string{`DELETE FROM audit_entries WHERE seq > 38`}, 39},
	{"the tail cut below the head", []string{`DELETE FROM audit_entries WHERE seq > 20`}, 21},
	{"everything removed", []string{`DELETE FROM audit_entries`}, 1},
	{"a seal", []string{`UPDATE audit_entries SET seal = zeroblob(32) WHERE seq = 17`}, 17},
	{"a seal removed", []string{`UPDATE audit_entries SET seal = x'' WHERE seq = 17`}, 17},
}

// harmed is a store of forty rows with a head over the first twenty-five, harmed.
func harmed(t *testing.T, base *store, path string, do []string) (*store, *sql.DB) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "harmed.db")
	copyFile(t, path, to)
	s := base.in(t, to)
	raw := s.raw(t)
	e := earlier(t, raw, 17)
	d, err := audit.Decode(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range do {
		if err := run(raw, q, sql.Named("at", d.At.UnixMilli()), sql.Named("earlier", e)); err != nil {
			t.Fatal(q, err)
		}
	}
	return s, raw
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	src, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(dst, src); errors.Join(err, dst.Close()) != nil {
		t.Fatal(err)
	}
}

func forty(t *testing.T) (*store, string) {
	t.Helper()
	s := newStore(t)
	s.guesses(t, 0, 25)
	s.head(t)
	s.guesses(t, 25, 10)
	s.guesses(t, 35, 5)
	if v := s.verify(t); v.Bad != nil || v.Rows != 40 || v.Heads != 1 || v.Unsigned != 15 {
		t.Fatalf("before any harm: %+v, %v", v, v.Bad)
	}
	return s, s.copyStore(t)
}

// TestTampering: whatever is done to the rows, the first bad one is named. It is as well
// when whoever did it hashed everything again that needs no key, and threw the heads away.
func TestTampering(t *testing.T) {
	base, path := forty(t)
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			s, raw := harmed(t, base, path, c.do)
			named := func(what string, want int64) {
				t.Helper()
				v := s.verify(t)
				if v.Bad == nil || v.Bad.Row != want || v.Bad.Last != want {
					t.Errorf("%s: %+v, want row %d", what, v.Bad, want)
				}
			}
			named("as it is", c.bad)
			rehash(t, raw, false)
			if !strings.Contains(c.name, "cut") && !strings.Contains(c.name, "everything") {
				named("hashed again", c.bad)
			} else if v := s.verify(t); v.Bad == nil {
				t.Error("hashed again, it is not noticed")
			}
			if err := run(raw, `DELETE FROM audit_heads`); err != nil {
				t.Fatal(err)
			}
			if v := s.verify(t); v.Bad == nil {
				t.Error("hashed again and without heads, it is not noticed")
			}
		})
	}
}

// TestTamperedLogTakesNoRows: where the log is longer or shorter than it counts, nothing
// is appended that would cover that up.
func TestTamperedLogTakesNoRows(t *testing.T) {
	base, path := forty(t)
	for _, c := range tamperings {
		if c.bad <= 20 && !strings.Contains(c.name, "everything") && !strings.Contains(c.name, "cut") {
			continue
		}
		s, _ := harmed(t, base, path, c.do)
		if err := s.Audit().Append(t.Context(), guess(99, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrLogAltered) {
			t.Errorf("%s: Append = %v, want ErrLogAltered", c.name, err)
		}
		if err := s.roster.Pause(t.Context(), sqlstore.PauseOrder{Reason: "x"}, entryFor(audit.Pause, start)); !errors.Is(err, sqlstore.ErrLogAltered) {
			t.Errorf("%s: Pause = %v, want ErrLogAltered", c.name, err)
		}
	}
}

// TestSabotageOfTheTree: every column of what stands beside the rows is proven.
func TestSabotageOfTheTree(t *testing.T) {
	base, path := forty(t)
	s := base.in(t, path)
	raw := s.raw(t)
	for _, q := range []string{
		`size = size + 1`, `size = size - 1`, `head = 0`, `head = 24`, `peaks = zeroblob(64)`, `peaks = x''`,
		`seal = zeroblob(32)`, `seal = x''`,
	} {
		if err := run(raw, `CREATE TABLE kept AS SELECT * FROM audit_tree`); err != nil {
			t.Fatal(err)
		}
		if err := run(raw, `UPDATE audit_tree SET `+q); err != nil {
			t.Fatal(q, err)
		}
		if v := s.verify(t); v.Bad == nil {
			t.Errorf("%s is not noticed", q)
		}
		for _, back := range []string{`DELETE FROM audit_tree`, `INSERT INTO audit_tree SELECT * FROM kept`, `DROP TABLE kept`} {
			if err := run(raw, back); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, q := range []string{
		`DELETE FROM audit_heads`, `UPDATE audit_heads SET size = 26`, `UPDATE audit_heads SET signed = replace(signed, '2', '3')`, `UPDATE audit_heads SET signed = ''`,
	} {
		if err := run(raw, `CREATE TABLE kept AS SELECT * FROM audit_heads`); err != nil {
			t.Fatal(err)
		}
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
		if v := s.verify(t); v.Bad == nil {
			t.Errorf("%s is not noticed", q)
		}
		for _, back := range []string{`DELETE FROM audit_heads`, `INSERT INTO audit_heads SELECT * FROM kept`, `DROP TABLE kept`} {
			if err := run(raw, back); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v := s.verify(t); v.Bad != nil {
		t.Errorf("everything is put back, and %v", v.Bad)
	}
	if err := run(raw, `DELETE FROM audit_tree`); err != nil {
		t.Fatal(err)
	}
	if v := s.verify(t); v.Bad == nil {
		t.Error("the missing tree is not noticed")
	}
}
