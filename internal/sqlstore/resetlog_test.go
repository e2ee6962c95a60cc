package sqlstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// TestErasedTogether: a member's row and what the log says of it, gone or hidden at once, are
// missed by Check, and then nobody is told that nothing is asked of them.
func TestErasedTogether(t *testing.T) {
	base, path, _ := ordered(t)
	one, two := base.keys.PersonHandle("M:1"), base.keys.PersonHandle("M:2")
	const gone = `DELETE FROM resets WHERE handle = ?1 AND length(?2) = 32`
	for name, q := range map[string]string{
		"erased":                `DELETE FROM audit_entries WHERE tag = ?1 AND length(?2) = 32`,
		"for another purpose":   `UPDATE audit_entries SET purpose = '' WHERE tag = ?1 AND length(?2) = 32`,
		"about another member":  `UPDATE audit_entries SET tag = ?2 WHERE tag = ?1`,
		"about nobody":          `UPDATE audit_entries SET tag = NULL WHERE tag = ?1 AND length(?2) = 32`,
		"about half a member":   `UPDATE audit_entries SET tag = substr(tag, 2) WHERE tag = ?1 AND length(?2) = 32`,
		"about a member's end":  `UPDATE audit_entries SET tag = CAST(substr(tag, 2) || substr(encoded, instr(encoded, tag) + 32, 1) AS BLOB) WHERE tag = ?1 AND length(?2) = 32`,
		"erased, and not count": `DELETE FROM audit_entries WHERE seq >= (SELECT min(seq) FROM audit_entries WHERE tag = ?1 AND length(?2) = 32)`,
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "erased.db")
			copyFile(t, path, to)
			s := base.in(t, to)
			raw := s.raw(t)
			for _, q := range []string{gone, q} {
				if err := run(raw, q, one[:], two[:]); err != nil {
					t.Fatal(err)
				}
			}
			r := s.Resets(s.keys)
			if err := r.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
				t.Fatalf("Check = %v", err)
			}
			if g, err := reset.NewService(r, nil, nil).Gate(t.Context(), "1"); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("Gate = %+v, %v", g, err)
			}
		})
	}
}

// TestHiddenByType: a member's row is gone, and what the log says of it, or how many rows it
// has, is of another type. It reads the same where types are converted, and is found by no
// search.
func TestHiddenByType(t *testing.T) {
	base, path, _ := ordered(t)
	one := fmt.Sprintf("x'%x'", base.keys.PersonHandle("M:1"))
	type column struct{ table, name, where string }
	var all []column
	for _, name := range []string{"tag", "purpose", "encoded"} {
		all = append(all, column{"audit_entries", name, ` WHERE tag = ` + one})
	}
	for _, name := range []string{"size", "head", "peaks", "seal"} {
		all = append(all, column{"audit_tree", name, ``})
	}
	for _, c := range all {
		for kind, value := range wrongValues {
			t.Run(c.table+" "+c.name+" "+kind, func(t *testing.T) {
				to := filepath.Join(t.TempDir(), "hidden.db")
				copyFile(t, path, to)
				s := base.in(t, to)
				s.harm(t, append([]string{`DELETE FROM resets WHERE handle = ` + one}, mistyped(c.table, c.name, value, c.where)...))
				r := s.Resets(s.keys)
				if err := r.Check(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
					t.Fatalf("Check = %v, want ErrAltered", err)
				}
				if _, err := r.Get(t.Context(), "1"); !errors.Is(err, sqlstore.ErrAltered) {
					t.Errorf("after it was found, Get = %v, want ErrAltered", err)
				}
			})
		}
	}
}

// TestCountedAnew: the log's own count cannot be made to agree without the key.
func TestCountedAnew(t *testing.T) {
	base, path, _ := ordered(t)
	s := base.in(t, path)
	for _, q := range []string{`DELETE FROM resets`, `DELETE FROM reset_contacts`, `DELETE FROM reset_holds`, `DELETE FROM audit_entries`,
		`UPDATE audit_tree SET size = 0, head = 0, peaks = x'', seal = zeroblob(32)`, `UPDATE audit_tree SET seal = x'' WHERE size > 0`} {
		if err := run(s.raw(t), q); err != nil {
			t.Fatal(err)
		}
	}
	to := base.in(t, s.copyStore(t))
	if err := run(to.raw(t), `INSERT INTO audit_entries SELECT 1, 0, 'x', 'y', '', 0, NULL, zeroblob(16), x'', x''`); err != nil {
		t.Fatal(err)
	}
	if err := to.Resets(to.keys).Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Check = %v", err)
	}
}

// TestNamedMember: somebody whose name is that of a purpose is no reason for doubt.
func TestNamedMember(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1")
	entry := resetEntry(audit.Pause, start)
	entry.Actor.ID, entry.Detail = "member", "member"
	if err := s.Audit().Append(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDistrust: while the log is known to be altered, nobody is told that nothing is asked
// of them and nothing is changed; people of an answer are still read row by row.
func TestDistrust(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1")
	version := s.members(t, "1")
	r.Distrust(breach.ErrUnproven)
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"1", "9"} {
		if g, err := reset.NewService(r, nil, nil).Gate(t.Context(), id); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("Gate(%s) = %+v, %v", id, g, err)
		}
	}
	if _, err := r.Change(t.Context(), resetEntry(audit.ResetOrder, start), []string{"1"}, order(start)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Change = %v", err)
	}
	if all, err := r.ByRef(t.Context(), version, []int64{1}); err != nil || len(all) != 1 {
		t.Errorf("ByRef = %v, %v", all, err)
	}
	r.Distrust(nil)
	if _, err := r.Get(t.Context(), "1"); err != nil {
		t.Error(err)
	}
}
