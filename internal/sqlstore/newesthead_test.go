package sqlstore_test

import (
	"errors"
	"fmt"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

// TestNewestHeadIsTheSealedOne: what somebody who may write the database puts beside the heads
// neither stands for the newest of them nor has to be gone through to find it.
func TestNewestHeadIsTheSealedOne(t *testing.T) {
	base, _ := forty(t)
	base.head(t)
	path := base.copyStore(t)
	const huge = 9_000_000_000_000_000_000
	for name, c := range map[string]struct {
		do      string
		stray   bool
		altered bool
	}{
		"nothing":                       {do: `SELECT 1`},
		"garbage over more rows":        {do: `INSERT INTO audit_heads VALUES (9000000000000000000, 'forged')`, stray: true},
		"an older head over more rows":  {do: `INSERT INTO audit_heads SELECT 9000000000000000000, signed FROM audit_heads WHERE size = 25`, stray: true},
		"very many":                     {do: `INSERT INTO audit_heads WITH RECURSIVE n(i) AS (SELECT 41 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i, 'forged' FROM n`, stray: true},
		"the newest altered":            {do: `UPDATE audit_heads SET signed = replace(signed, '40', '41') WHERE size = 40`, altered: true},
		"an older one for the newest":   {do: `UPDATE audit_heads SET signed = (SELECT signed FROM audit_heads WHERE size = 25) WHERE size = 40`, altered: true},
		"the newest gone":               {do: `DELETE FROM audit_heads`, altered: true},
		"the log's count set to no row": {do: `UPDATE audit_tree SET size = 0, head = 0, peaks = x'', seal = x''`, stray: true, altered: true},
		"its newest head set to none":   {do: `UPDATE audit_tree SET head = 0`, stray: true, altered: true},
		"its newest head set to more":   {do: `UPDATE audit_tree SET head = 9000000000000000000`, altered: true},
		"very many, and its newest set to more": {do: `UPDATE audit_tree SET head = 9000000000000000000; INSERT INTO audit_heads WITH RECURSIVE n(i) AS
			(SELECT 41 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i, 'forged' FROM n`, stray: true, altered: true},
		"the log's count gone": {do: `DELETE FROM audit_tree`, altered: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := harmed(t, base, path, []string{c.do})
			h, signed, err := s.NewestHead(t.Context(), s.keys)
			if c.altered != errors.Is(err, sqlstore.ErrLogAltered) || !c.altered && (err != nil || h.Size != 40) || c.altered && signed+fmt.Sprint(h.Size) != "0" {
				t.Errorf("NewestHead = over %d rows, %q, %v", h.Size, signed, err)
			}
			if stray, err := s.StrayHead(t.Context()); stray != c.stray || err != nil {
				t.Errorf("StrayHead = %v, %v", stray, err)
			}
			heads, err := s.HeadsAfter(t.Context(), 0, huge)
			if err != nil || len(heads) > 2 {
				t.Errorf("%d heads are handed on, %v", len(heads), err)
			}
			if v := s.verify(t); (v.Bad == nil) != (name == "nothing") {
				t.Errorf("verified: %v", v.Bad)
			}
		})
	}
}

// TestNewestHeadOfAnother: a log under another key file has none that can be believed, and a
// new one has none.
func TestNewestHeadOfAnother(t *testing.T) {
	s := newStore(t)
	if h, signed, err := s.NewestHead(t.Context(), s.keys); err != nil || signed != "" || h != (audit.Head{}) {
		t.Errorf("of a new log: %v, %q, %v", h, signed, err)
	}
	s.guesses(t, 0, 5)
	if _, signed, err := s.NewestHead(t.Context(), s.keys); err != nil || signed != "" {
		t.Errorf("before one was signed: %q, %v", signed, err)
	}
	s.head(t)
	if _, _, err := s.NewestHead(t.Context(), newKeys(t)); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("under another key file: %v, want ErrLogAltered", err)
	}
}
