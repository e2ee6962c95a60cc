package breach_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

// A couple shares a mailbox: the union, what is known before what is not, and no
// second entry for anything.
func TestSharedMailbox(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	a := person(inc, "B", map[string]breach.Tri{"engraved": breach.Unknown})
	b := person(inc, "B", map[string]breach.Tri{"engraved": breach.Yes})
	b.Ref = 2
	for _, persons := range [][]breach.Person{{a, b}, {b, a}} {
		r := breach.NewReport(facts(t, inc, persons...))
		if len(r.Exposures) != 1 || len(r.Exposures[0].Categories) != 6 {
			t.Fatalf("the union is %+v", r.Exposures)
		}
		if got := r.Exposures[0].Categories[5]; got.Certainty != breach.Possible {
			t.Errorf("the engraved name is %s", got.Certainty)
		}
	}
	gone := person(inc, "A", nil)
	gone.Ref, gone.Withdrawn = 3, true
	live := person(inc, "A", nil)
	r := breach.NewReport(facts(t, inc, gone, live))
	if diff := cmp.Diff([]breach.ActionID{"reset_password", "change_reused_password", "beware_of_contacts"}, actionIDs(r)); diff != "" {
		t.Errorf("one of two members withdrew (-want +got):\n%s", diff)
	}
	if got := r.Actions[1].Title.In(breach.Japanese); regexp.MustCompile("退会").MatchString(got) {
		t.Errorf("a live member reads %q", got)
	}
}

// Of two members in one mailbox the one with most left to do is reported.
func TestResetOfSharedMailbox(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	a, b := person(inc, "A", nil), person(inc, "A", nil)
	b.Ref = 2
	order := []breach.ResetState{breach.ResetExempt, breach.ResetCompleted, breach.ResetPlanned, breach.ResetTicketIssued,
		breach.ResetRequired, breach.ResetChangedUnverified}
	for i, x := range order {
		for j, y := range order {
			f := facts(t, inc, a, b)
			f.Resets = map[int64]breach.ResetState{1: x, 2: y}
			if got, want := breach.NewReport(f).Reset.State, order[max(i, j)]; got != want {
				t.Errorf("%s and %s report %s, want %s", x, y, got, want)
			}
		}
	}
}
