package sqlstore_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

// TestWholeAnswersComeBack: every field of the domain survives storage. A field that is
// added to the domain and not to the stored form fails here.
func TestWholeAnswersComeBack(t *testing.T) {
	full := breach.Person{
		Ref: 12, Edge: breach.EdgeOther, Kind: breach.KindGuest, Withdrawn: true, FirstNotice: true,
		Exposures: []breach.Exposure{
			{Cohort: "card", Cards: 2, Categories: []breach.Exposed{{Category: "card_number", Certainty: breach.Possible}}},
			{Cohort: "member", Categories: []breach.Exposed{
				{Category: "gender", Certainty: breach.PossibleIfEntered}, {Category: "name", Certainty: breach.Possible},
			}},
			{Cohort: "recipient"},
		},
		Review: []breach.Open{{Reason: breach.NearBuyer, Cohorts: []breach.CohortID{"recipient", "card"}}, {Reason: breach.UnclearRecord}},
	}
	for _, part := range []any{full, full.Exposures[0], full.Exposures[0].Categories[0], full.Review[0]} {
		for v, i := reflect.ValueOf(part), 0; i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("%T.%s is not part of this test", part, v.Type().Field(i).Name)
			}
		}
	}
	for name, want := range map[string]breach.Answer{
		"everything":      {Persons: []breach.Person{full}},
		"a shared box":    {Persons: []breach.Person{full, {Ref: 13, Edge: breach.EdgeLogin, Kind: breach.KindMember}}},
		"told, no record": {Persons: []breach.Person{{Ref: 1, Edge: breach.EdgeOther, Kind: breach.KindGuest, FirstNotice: true}}},
	} {
		s := newStore(t)
		st, err := s.roster.Stage(t.Context(), meta(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := st.AddTag(t.Context(), tagOf(1), want); err != nil {
			t.Fatal(err)
		}
		id, err := st.Commit(t.Context(), importEntry())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
			t.Fatal(err)
		}
		_, got, err := s.roster.Answer(t.Context(), nameOf(1))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestUnstorableAnswers: what could come back as something else is not taken.
func TestUnstorableAnswers(t *testing.T) {
	s := newStore(t)
	st, err := s.roster.Stage(t.Context(), meta("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, held := range []breach.Exposed{
		{Category: "name?", Certainty: breach.Possible}, {Category: "", Certainty: breach.Possible}, {Category: "name"}, {Category: "name", Certainty: "sure"},
	} {
		a := breach.Answer{Persons: []breach.Person{{Ref: 1, Exposures: []breach.Exposure{{Cohort: "member", Categories: []breach.Exposed{held}}}}}}
		if err := st.AddTag(t.Context(), tagOf(1), a); err == nil {
			t.Errorf("%+v was taken", held)
		}
	}
}
