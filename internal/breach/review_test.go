package breach_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

// What an open record could still turn out to expose is neither exposed nor ruled out.
func TestOpenReview(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	attempt := breach.Open{Reason: breach.AbandonedCardAttempt, Cohorts: []breach.CohortID{"card"}}
	unclear := breach.Open{Reason: breach.NearBuyer, Cohorts: []breach.CohortID{"purchaser"}}
	for _, c := range []struct {
		name         string
		letters      string
		review       []breach.Open
		undetermined []breach.CategoryID
		reasons      []string
		not          []breach.CategoryID
		status       breach.Status
	}{
		{"a member's attempt", "A", []breach.Open{attempt}, cardIDs, repeat("Our records show a card entry without a completed purchase", 4), none, breach.StatusListed},
		{"on no list", "", []breach.Open{attempt}, cardIDs, repeat("Our records show a card entry without a completed purchase", 4), none, breach.StatusNotListed},
		{"somebody whose card is listed", "DB", []breach.Open{attempt}, none, nil, none, breach.StatusListed},
		{"another reason uses the general words", "A", []breach.Open{unclear}, []breach.CategoryID{"delivery_destination", "engraved_name_and_birth_date"},
			repeat("We are checking our records", 2), cardIDs, breach.StatusListed},
		{"two reasons", "A", []breach.Open{attempt, unclear}, concat(cardIDs, []breach.CategoryID{"delivery_destination", "engraved_name_and_birth_date"}),
			concat(repeat("Our records show a card entry without a completed purchase", 4), repeat("We are checking our records", 2)), none, breach.StatusListed},
		{"a cohort that is none", "A", []breach.Open{{Reason: breach.UnclearRecord, Cohorts: []breach.CohortID{"gone"}}}, none, nil, cardIDs, breach.StatusListed},
	} {
		p := person(inc, c.letters, nil)
		p.Review = c.review
		r := breach.NewReport(facts(t, inc, p))
		if r.Status != c.status {
			t.Errorf("%s: status %s", c.name, r.Status)
		}
		if diff := cmp.Diff(c.undetermined, undetermined(r)); diff != "" {
			t.Errorf("%s: undetermined (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.not, notExposed(r)); diff != "" {
			t.Errorf("%s: not exposed (-want +got):\n%s", c.name, diff)
		}
		for i, u := range r.Undetermined {
			if got := u.Reason.In(breach.English); got != c.reasons[i] {
				t.Errorf("%s: %s because %q, want %q", c.name, u.ID, got, c.reasons[i])
			}
		}
	}
}

func repeat(s string, n int) []string {
	var list []string
	for range n {
		list = append(list, s)
	}
	return list
}
