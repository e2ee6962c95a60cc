package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestRolledBack: a whole database put back to an earlier state is whole by itself. A head
// kept elsewhere names the first row that is gone, or the rows among which another
// history begins.
func TestRolledBack(t *testing.T) {
	s, path := forty(t)
	first := s.head(t)
	s.guesses(t, 40, 20)
	kept := s.head(t)
	if v := s.verify(t, first, kept); v.Bad != nil || v.Kept != 2 || v.Unsigned != 0 {
		t.Fatalf("before: %+v, %v", v, v.Bad)
	}
	old := s.in(t, path)
	if v := old.verify(t); v.Bad != nil {
		t.Fatalf("put back, without a kept head: %v", v.Bad)
	}
	if v := old.verify(t, first, kept); v.Bad == nil || v.Bad.Row != 41 || !strings.Contains(v.Bad.Why, "put back") {
		t.Errorf("put back: %v, want row 41", v.Bad)
	}
	if err := old.BeginsWith(t.Context(), kept); !errors.Is(err, sqlstore.ErrRolledBack) {
		t.Errorf("BeginsWith = %v, want ErrRolledBack", err)
	}
	old.guesses(t, 1000, 30) // and written on
	if v := old.verify(t, first, kept); v.Bad == nil || v.Bad.Row != 41 || v.Bad.Last != 60 || !strings.Contains(v.Bad.Why, "put back") {
		t.Errorf("put back and written on: %v, want a row from 41 to 60", v.Bad)
	}
	if err := old.BeginsWith(t.Context(), kept); !errors.Is(err, sqlstore.ErrRolledBack) {
		t.Errorf("BeginsWith = %v, want ErrRolledBack", err)
	}
	if err := old.BeginsWith(t.Context(), first); err != nil {
		t.Errorf("BeginsWith of a head before = %v", err)
	}
	for _, h := range []audit.Head{first, kept} {
		if err := s.BeginsWith(t.Context(), h); err != nil {
			t.Error(err)
		}
	}
}

// TestPutBackUnderARunningProgram: the rows of an earlier state are put into the open file.
func TestPutBackUnderARunningProgram(t *testing.T) {
	s, path := forty(t)
	raw := s.raw(t)
	db, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
	if err != nil {
		t.Fatal(err)
	}
	log := db.Audit(s.keys)
	if err := log.Append(t.Context(), guess(40, otp.Web, audit.Refused)); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`ATTACH '` + path + `' AS old`, `DELETE FROM audit_entries`, `INSERT INTO audit_entries SELECT * FROM old.audit_entries`,
		`DELETE FROM audit_tree`, `INSERT INTO audit_tree SELECT * FROM old.audit_tree`} {
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
	}
	if err := log.Append(t.Context(), guess(99, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("Append = %v, want ErrLogAltered", err)
	}
	if err := db.Close(); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("Close = %v; it signed an altered log", err)
	}
}

// TestVerifyBesideAWriter: a check reads one snapshot, whatever is appended meanwhile.
func TestVerifyBesideAWriter(t *testing.T) {
	s := newStore(t)
	s.guesses(t, 0, 10)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for n := 10; ctx.Err() == nil; n++ {
			if err := s.Audit().Append(t.Context(), guess(n, otp.Web, audit.Refused)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	last := int64(0)
	for range 30 {
		v := s.verify(t)
		if v.Bad != nil || v.Rows < last {
			t.Fatalf("%+v, %v", v, v.Bad)
		}
		last = v.Rows
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestHeadsAreSignedInTime: after a thousand rows by whoever writes, and at the end.
func TestHeadsAreSignedInTime(t *testing.T) {
	s := newStore(t)
	for n := range 25 {
		s.guesses(t, n*100, 100)
	}
	s.guesses(t, 2_500, 3)
	sizes := func(db *sqlstore.DB) (all []int64) {
		t.Helper()
		heads, err := db.HeadsAfter(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			all = append(all, h.Size)
		}
		return all
	}
	if got := fmt.Sprint(sizes(s.DB)); got != "[1000 2000]" {
		t.Errorf("heads over %s rows, want 1000 and 2000", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	if got := fmt.Sprint(sizes(s.DB)); got != "[1000 2000 2503]" {
		t.Errorf("after the end, heads over %s rows", got)
	}
	if err := s.Audit().Sign(t.Context()); err != nil || len(sizes(s.DB)) != 3 {
		t.Errorf("nothing is new, and a head is signed: %v", err)
	}
	s.publish(t, "a", 3, 1) // what operators do is signed at once
	if got := fmt.Sprint(sizes(s.DB)); got != "[1000 2000 2503 2504 2505]" {
		t.Errorf("after an import and a publication, heads over %s rows", got)
	}
	if v := s.verify(t); v.Bad != nil || v.Heads != 5 || v.Unsigned != 0 {
		t.Errorf("%+v, %v", v, v.Bad)
	}
	newest, signed, err := s.NewestHead(t.Context(), s.keys)
	if err != nil || newest.Size != 2505 || !strings.Contains(signed, "\n2505\n") {
		t.Errorf("%s, %v", signed, err)
	}
}

// TestRewrittenWithTheKeys: somebody who has the keys writes a row anew and seals all rows
// again. A head that was signed before, and is still in the log, tells among which rows.
func TestRewrittenWithTheKeys(t *testing.T) {
	base, _ := forty(t)
	base.head(t)
	for row, span := range map[int][2]int64{17: {1, 25}, 30: {26, 40}} {
		s := base.in(t, base.copyStore(t))
		raw := s.raw(t)
		reseal(t, raw, s.keys, 0)
		if v := s.verify(t); v.Bad != nil || v.Heads != 2 {
			t.Fatalf("sealed again as it was: %+v, %v", v, v.Bad)
		}
		reseal(t, raw, s.keys, row)
		v := s.verify(t)
		if v.Bad == nil || [2]int64{v.Bad.Row, v.Bad.Last} != span || !strings.Contains(v.Bad.Why, "rewritten") || strings.Contains(v.Bad.Why, "put back") {
			t.Errorf("row %d anew: %v, want a row from %d to %d", row, v.Bad, span[0], span[1])
		}
	}
}

// reseal writes one row anew, if there is such a row, and seals all as the log would have.
// Signed heads stay what they were.
func reseal(t *testing.T, db *sql.DB, keys audit.Sealer, anew int) {
	t.Helper()
	state := audit.State{Head: valuesOf(t, db, `SELECT head FROM audit_tree`, 1)[0][0].(int64), Marks: audit.Marks{Known: true}}
	for i, row := range valuesOf(t, db, `SELECT encoded, at FROM audit_entries ORDER BY seq`, 2) {
		encoded, at := row[0].([]byte), row[1].(int64)
		if i+1 == anew {
			encoded = earlier(t, db, anew)
			e, err := audit.Decode(encoded)
			if err != nil {
				t.Fatal(err)
			}
			at = e.At.UnixMilli()
		}
		leaf := audit.Leaf(encoded)
		state.Tree.Append(leaf)
		seal := audit.SealRow(keys, int64(i+1), leaf)
		if err := run(db, `UPDATE audit_entries SET encoded = ?, at = ?, seal = ? WHERE seq = ?`, encoded, at, seal[:], i+1); err != nil {
			t.Fatal(err)
		}
	}
	seal := state.Seal(keys)
	if err := run(db, `UPDATE audit_tree SET peaks = ?, seal = ?`, state.Tree.Peaks(), seal[:]); err != nil {
		t.Fatal(err)
	}
}
