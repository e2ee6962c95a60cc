package reset_test

import (
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// unseen is a bench on which the plan has seen no password.
func unseen(t *testing.T, ids ...string) *bench {
	t.Helper()
	b := newBench(t, ids...)
	b.change(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { r.Fingerprint = nil; return r, nil }, ids...)
	return b
}

// TestNewPasswordInTheFirstMinute: the old one is worthless, the second sweep is not due
// yet, and no plan has seen the old one. What the owner sets stays, whether the shop tells
// it or not; without a ticket it does not.
func TestNewPasswordInTheFirstMinute(t *testing.T) {
	b := unseen(t, "told", "found", "robbed", "still")
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.passes(20 * time.Second)
	for _, id := range []string{"told", "found"} {
		b.redeems(t, id)
		b.shop.sets(t, id, "new")
	}
	b.shop.sets(t, "robbed", "robber's")
	if r, err := reset.NewService(b.store, b.shop, b.now).Complete(t.Context(), "shop", "told"); err != nil || r.State != breach.ResetCompleted {
		t.Errorf("on the shop's word: %s, %v", r.State, err)
	}
	for range 3 {
		b.passes(41 * time.Second)
		b.turns(t)
	}
	for _, id := range []string{"told", "found"} {
		if r := b.reset(t, id); r.State != breach.ResetCompleted || b.shop.password(t, id) != "new" {
			t.Errorf("%s: %s, password %q", id, r.State, b.shop.password(t, id))
		}
	}
	if r := b.reset(t, "robbed"); r.State != breach.ResetChangedUnverified || r.Barred.IsZero() || b.shop.password(t, "robbed") != "" {
		t.Errorf("without a ticket: %s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "robbed"))
	}
	if r := b.reset(t, "still"); r.State != breach.ResetRequired || r.Barred.IsZero() {
		t.Errorf("of whom nothing changed: %s, barred %s", r.State, r.Barred)
	}
}
