package breach_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"exposure/internal/breach"
)

// anybody draws people with any exposures, open reviews and states, also such as no
// importer would produce.
func anybody(t *rapid.T, inc *breach.Incident) []breach.Person {
	tri := rapid.SampledFrom([]breach.Tri{breach.Unknown, breach.No, breach.Yes})
	var cohorts []breach.CohortID
	for _, c := range inc.Cohorts {
		cohorts = append(cohorts, c.ID)
	}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(cohorts), 0, len(cohorts), rapid.ID)
	reasons := rapid.SampledFrom([]breach.ReviewReason{breach.AbandonedCardAttempt, breach.NearBuyer, breach.UnclearRecord, "unheard_of"})
	var persons []breach.Person
	for i := range rapid.IntRange(0, 3).Draw(t, "people") {
		p := breach.Person{
			Ref: int64(i + 1), Kind: breach.KindMember, Edge: breach.EdgeLogin,
			Withdrawn: rapid.Bool().Draw(t, "withdrawn"), FirstNotice: rapid.Bool().Draw(t, "first notice"),
		}
		for _, id := range some.Draw(t, "cohorts") {
			flags := map[string]breach.Tri{}
			for _, x := range inc.Cohort(id).Exposes {
				if x.Flag != "" {
					flags[x.Flag] = tri.Draw(t, x.Flag)
				}
			}
			p.Exposures = append(p.Exposures, in(inc.Cohort(id), flags))
		}
		for range rapid.IntRange(0, 2).Draw(t, "reviews") {
			p.Review = append(p.Review, breach.Open{Reason: reasons.Draw(t, "reason"), Cohorts: some.Draw(t, "touched")})
		}
		persons = append(persons, p)
	}
	return persons
}

func TestReportProperties(t *testing.T) {
	for _, name := range []string{"tougyoku-2023", "harbour-2024"} {
		inc := load(t, name)
		f := facts(t, inc)
		rapid.Check(t, func(t *rapid.T) {
			f := f
			f.Answer.Persons = anybody(t, inc)
			f.ByLetter = rapid.Bool().Draw(t, "by letter")
			f.Resets = rapid.MapOfN(rapid.Int64Range(1, 3), rapid.SampledFrom([]breach.ResetState{
				breach.ResetPlanned, breach.ResetRequired, breach.ResetTicketIssued, breach.ResetCompleted, breach.ResetChangedUnverified, breach.ResetExempt,
			}), 0, 3).Draw(t, "resets")
			checkReport(t, inc, f, breach.NewReport(f))
		})
	}
}

func checkReport(t *rapid.T, inc *breach.Incident, f breach.Facts, r breach.Report) {
	exposed := map[breach.CategoryID]bool{}
	var all []breach.CategoryID
	for _, c := range inc.Categories {
		all = append(all, c.ID)
	}
	last := -1
	for _, e := range r.Exposures {
		at := slices.IndexFunc(inc.Cohorts, func(c breach.Cohort) bool { return c.ID == e.Cohort })
		if at <= last {
			t.Fatalf("sources are out of order or twice: %v", r.Exposures)
		}
		last = at
		var ids []breach.CategoryID
		for _, c := range e.Categories {
			ids = append(ids, c.ID)
			exposed[c.ID] = true
		}
		var order []breach.CategoryID
		for _, x := range inc.Cohorts[at].Exposes {
			order = append(order, x.Category)
		}
		inOrder(t, order, ids)
	}
	inOrder(t, all, notExposed(r))
	inOrder(t, all, undetermined(r))
	for _, id := range notExposed(r) {
		if exposed[id] || slices.Contains(undetermined(r), id) {
			t.Fatalf("%s is ruled out and not", id)
		}
		if !ruledOut(inc, r, id) {
			t.Fatalf("%s is ruled out by none of the person's cohorts", id)
		}
	}
	for _, u := range r.Undetermined {
		if exposed[u.ID] || u.Reason == nil {
			t.Fatalf("%s is undetermined and exposed, or for no reason: %v", u.ID, u.Reason)
		}
	}
	var order []breach.ActionID
	for _, a := range inc.Actions {
		order = append(order, a.ID)
	}
	inOrder(t, order, actionIDs(r))
	checkStatus(t, f, r)
}

func checkStatus(t *rapid.T, f breach.Facts, r breach.Report) {
	listed := f.Answer.Listed()
	if listed != (r.Status == breach.StatusListed) || listed != (r.CheckNumber != nil) || listed != (len(r.Exposures) > 0) || listed == (len(r.CannotTell) > 0) {
		t.Fatalf("half listed: %+v", r)
	}
	if !listed && (len(r.NotExposed) > 0 || r.Reset != nil) {
		t.Fatalf("somebody on no list reads %+v", r)
	}
	if r.Reset != nil && r.Reset.Required != r.Reset.State.Barred() {
		t.Fatalf("reset %+v", r.Reset)
	}
	if r.Exposures == nil || r.NotExposed == nil || r.Undetermined == nil || r.CannotTell == nil || r.Actions == nil {
		t.Fatal("a list is nil")
	}
}

// inOrder wants got to be a subsequence of order: its order, and nothing twice.
func inOrder[T comparable](t *rapid.T, order, got []T) {
	rest := order
	for _, id := range got {
		i := slices.Index(rest, id)
		if i < 0 {
			t.Fatalf("%v is out of order, unknown or twice in %v", id, got)
		}
		rest = rest[i+1:]
	}
}

func ruledOut(inc *breach.Incident, r breach.Report, id breach.CategoryID) bool {
	return slices.ContainsFunc(r.Exposures, func(e breach.ReportedExposure) bool {
		return slices.Contains(inc.Cohort(e.Cohort).RulesOut, id)
	})
}
