package roster_test

import (
	"maps"
	"slices"
	"testing"

	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/roster/shopgen"
)

// The files of every shop system are recognised by their columns, orders count once
// however many rows they have, and an incident file that fits leaves nothing to decide.
func TestSurveysOfEveryShopSystem(t *testing.T) {
	const members, orders = 60, 200
	for _, system := range shopgen.Profiles() {
		for _, version := range shopgen.Versions(system) {
			t.Run(system+" "+version, func(t *testing.T) {
				s := shopgen.New(shopgen.Options{Seed: 7, Members: members, Orders: orders, Profile: system, Version: version, Quirks: true})
				paths, err := s.Write(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				_, words, err := incident.Parse("incident.yaml", s.Incident())
				if err != nil {
					t.Fatal(err)
				}
				o := roster.SurveyOptions{Vocabulary: words, Mapping: paths["mapping"]}
				delete(paths, "mapping")
				o.Files = slices.Sorted(maps.Values(paths))
				r, err := roster.Survey(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if o.Mapping == "" && r.Profile != system {
					t.Errorf("taken for %s", r.Profile)
				}
				for role, path := range paths {
					i := slices.IndexFunc(r.Files, func(f roster.SurveyedFile) bool { return f.Role == roster.Role(role) })
					if i < 0 {
						t.Errorf("%s was not taken for the %s file", path, role)
					}
				}
				for _, w := range r.Words {
					if w.What == "payment_methods" && w.Rows != orders {
						t.Errorf("%d orders, want %d", w.Rows, orders)
					}
				}
				if n := r.Undecided(); n != 0 {
					t.Errorf("%d things are asked again:\n%s", n, surveyTable(t, r))
				}
				o.Vocabulary = nil
				if r, err = roster.Survey(t.Context(), o); err != nil || len(words.CardMethods) > 0 && r.Undecided() == 0 {
					t.Errorf("nothing to decide without an incident file (%v)", err)
				}
			})
		}
	}
}
