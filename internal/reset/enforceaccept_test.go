package reset_test

import (
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// TestAcceptedBetweenLookAndBar: the shop holds the password that was looked at still, but
// two people have said meanwhile that it is the member's own. It stays.
func TestAcceptedBetweenLookAndBar(t *testing.T) {
	b := newBench(t, "1", "2")
	for _, id := range []string{"1", "2"} {
		b.shop.sets(t, id, "another")
	}
	accepted := ""
	b.shop.before = func(id string) error { // the first of the two, whichever that is
		b.shop.before = nil
		accepted = map[string]string{"1": "2", "2": "1"}[id]
		return reset.Accept(t.Context(), b.store, b.operator(audit.ResetAccept), accepted, breach.Approval{By: "Sato", ApprovedBy: "Ito", Reason: "telephoned"})
	}
	b.turns(t)
	if r := b.reset(t, accepted); r.State != breach.ResetCompleted || b.shop.password(t, accepted) != "another" {
		t.Errorf("the accepted one: %s, password %q", r.State, b.shop.password(t, accepted))
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM customer WHERE password = ''`); n != 1 {
		t.Errorf("%d of the two lost their passwords, want the other one", n)
	}
}
