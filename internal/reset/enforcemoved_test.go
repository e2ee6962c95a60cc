package reset_test

import (
	"testing"

	"exposure/internal/breach"
)

// TestSetBetweenLookAndBar: the owner redeems a ticket and sets a new password after the old
// one was looked at and before it is made worthless. The new one stays, and is what was asked
// for.
func TestSetBetweenLookAndBar(t *testing.T) {
	b := newBench(t, "1")
	b.shop.before = func(id string) error {
		b.shop.before = nil
		b.redeems(t, id)
		b.shop.sets(t, id, "new")
		return nil
	}
	b.turns(t)
	if r := b.reset(t, "1"); r.State != breach.ResetCompleted || b.shop.password(t, "1") != "new" {
		t.Errorf("%s, password %q", r.State, b.shop.password(t, "1"))
	}
}
