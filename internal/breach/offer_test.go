package breach_test

import (
	"testing"

	"exposure/internal/breach"
)

// A new password is offered over the login address of a barred member, and nowhere else.
func TestResetIsOfferedOverTheLoginAddressOnly(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	for _, state := range breach.ResetStates() {
		for _, edge := range []breach.Edge{breach.EdgeLogin, breach.EdgeOther} {
			for _, letter := range []bool{false, true} {
				for _, withdrawn := range []bool{false, true} {
					p := person(inc, "AB", nil)
					p.Edge, p.Withdrawn = edge, withdrawn
					f := facts(t, inc, p)
					f.ByLetter, f.Resets = letter, map[int64]breach.ResetState{p.Ref: state}
					want := edge == breach.EdgeLogin && !letter && !withdrawn && state.Barred()
					if r := breach.NewReport(f); r.Reset == nil || r.Reset.Offered != want {
						t.Errorf("%s over %s, by letter %t, withdrawn %t: %+v, want offered %t", state, edge, letter, withdrawn, r.Reset, want)
					}
				}
			}
		}
	}
}

// Of two members the one barred may log in here, the other not: the offer is for the
// first alone, whatever is told about the second.
func TestResetOfferedToOneOfTwo(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	here, elsewhere := person(inc, "A", nil), person(inc, "A", nil)
	here.Edge, elsewhere.Edge, elsewhere.Ref = breach.EdgeLogin, breach.EdgeOther, 2
	for _, c := range []struct {
		here, elsewhere breach.ResetState
		want            bool
	}{
		{breach.ResetRequired, breach.ResetChangedUnverified, true},
		{breach.ResetTicketIssued, breach.ResetCompleted, true},
		{breach.ResetCompleted, breach.ResetRequired, false},
		{breach.ResetPlanned, breach.ResetRequired, false},
	} {
		f := facts(t, inc, here, elsewhere)
		f.Resets = map[int64]breach.ResetState{1: c.here, 2: c.elsewhere}
		if r := breach.NewReport(f); r.Reset.Offered != c.want {
			t.Errorf("%s here and %s elsewhere: offered %t", c.here, c.elsewhere, r.Reset.Offered)
		}
	}
}
