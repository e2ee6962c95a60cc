package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestNoBreakInWithoutAFinding: that nobody could look is an error, and not that tables have lost
// something.
func TestNoBreakInWithoutAFinding(t *testing.T) {
	s := newResetSite(t, 11)
	keys, err := vault.LoadServer(filepath.Join(s.dir, "site.key"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(s.dir, "site.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	provers := []audit.Prover{keys}
	if gone, err := lost(t.Context(), db, provers); gone != nil || err != nil {
		t.Errorf("nothing is wrong: %v, %v", gone, err)
	}
	left, cancel := context.WithCancel(t.Context())
	cancel()
	if gone, err := lost(left, db, provers); gone != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v, %v", gone, err)
	}
	raw := openRaw(t, filepath.Join(s.dir, "site.db"))
	defer raw.Close()
	if _, err := raw.Exec(`DELETE FROM publications`); err != nil {
		t.Fatal(err)
	}
	if gone, err := lost(t.Context(), db, provers); !errors.Is(gone, sqlstore.ErrPublicationGone) || err != nil {
		t.Errorf("the publication is gone: %v, %v", gone, err)
	}
}

// TestAStoppedOrderSaysWhatToDo: the same command goes on, unless another plan has to be made.
func TestAStoppedOrderSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err    error
		repeat bool
	}{
		{context.Canceled, true},
		{fmt.Errorf("%w: version 2 was published meanwhile", reset.ErrPlanIsOld), false},
	} {
		got := stopped(c.err)
		if !errors.Is(got, c.err) || !strings.Contains(got.Error(), "What is ordered stays ordered") || strings.Contains(got.Error(), "the same command") != c.repeat {
			t.Errorf("stopped(%v) = %v", c.err, got)
		}
	}
}
