package reset_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// TestHoldStopsBarring, and nothing else; released, it goes on.
func TestHoldStopsBarring(t *testing.T) {
	b := newBench(t, "1", "2")
	b.redeems(t, "2")
	b.shop.sets(t, "2", "new")
	if err := b.store.Hold(t.Context(), "wrong list", b.operator(audit.ResetHold)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := b.Turn(t.Context()); !errors.Is(err, reset.ErrHeld) {
			t.Errorf("while held: %v", err)
		}
		b.passes(time.Minute)
	}
	if err := b.Bar(t.Context()); !errors.Is(err, reset.ErrHeld) {
		t.Errorf("Bar while held: %v", err)
	}
	if b.shop.password(t, "1") != "old" || b.shop.counts(t, `SELECT count(*) FROM session`) != 2 {
		t.Error("something was done in the shop while resets are held")
	}
	if r := b.reset(t, "2"); r.State != breach.ResetCompleted {
		t.Errorf("whoever has a new password is %s", r.State)
	}
	if err := b.store.Release(t.Context(), b.operator(audit.ResetRelease)); err != nil {
		t.Fatal(err)
	}
	b.turns(t)
	if r := b.reset(t, "1"); r.Barred.IsZero() || b.shop.password(t, "1") != "" {
		t.Error("not barred after the hold")
	}
}

// TestHoldBetweenTwoPasswords: of a batch that is under way only a few more go, and of
// those who lost theirs the sessions are ended.
func TestHoldBetweenTwoPasswords(t *testing.T) {
	b := newBench(t, numbered(300)...)
	n := 0
	b.shop.before = func(string) error {
		if n++; n == 60 {
			return b.store.Hold(t.Context(), "wrong list", b.operator(audit.ResetHold))
		}
		return nil
	}
	if err := b.Turn(t.Context()); !errors.Is(err, reset.ErrHeld) {
		t.Errorf("while held: %v", err)
	}
	const blank = `SELECT count(*) FROM customer WHERE password = ''`
	if got := b.shop.counts(t, blank); got != 100 || b.shop.counts(t, `SELECT count(*) FROM session`) != 200 {
		t.Errorf("%d lost their passwords, %d sessions are left", got, b.shop.counts(t, `SELECT count(*) FROM session`))
	}
	if err := b.store.Release(t.Context(), b.operator(audit.ResetRelease)); err != nil {
		t.Fatal(err)
	}
	b.turns(t)
	if got := b.shop.counts(t, blank); got != 300 {
		t.Errorf("after the hold %d of 300 lost their passwords", got)
	}
}
