package breach_test

import (
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

func load(t testing.TB, name string) *breach.Incident {
	t.Helper()
	src, err := incident.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse(name, src)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// in puts a person into a cohort; flags answer the cohort's conditions, "no" for
// those not given.
func in(c *breach.Cohort, flags map[string]breach.Tri) breach.Exposure {
	e := breach.Exposure{Cohort: c.ID}
	for _, x := range c.Exposes {
		certainty := breach.Possible
		if x.Flag != "" {
			switch flags[x.Flag] {
			case breach.Unknown:
				if _, given := flags[x.Flag]; !given {
					continue
				}
				certainty = breach.PossibleIfEntered
			case breach.No:
				continue
			}
		}
		e.Categories = append(e.Categories, breach.Exposed{Category: x.Category, Certainty: certainty})
	}
	return e
}

// person is in the cohorts named by the letters of the case: D card, A member,
// B purchaser, C recipient.
func person(inc *breach.Incident, letters string, flags map[string]breach.Tri) breach.Person {
	p := breach.Person{Ref: 1, Edge: breach.EdgeOther, Kind: breach.KindGuest}
	for _, r := range letters {
		id := map[rune]breach.CohortID{'D': "card", 'A': "member", 'B': "purchaser", 'C': "recipient"}[r]
		if r == 'A' {
			p.Kind, p.Edge = breach.KindMember, breach.EdgeLogin
		}
		if r == 'C' {
			p.Kind = breach.KindRecipient
		}
		p.Exposures = append(p.Exposures, in(inc.Cohort(id), flags))
	}
	return p
}

func facts(t testing.TB, inc *breach.Incident, persons ...breach.Person) breach.Facts {
	return breach.Facts{
		Incident: inc, Version: 3, PublishedAt: at(t, "2023-07-25T03:00:00Z"), Answer: breach.Answer{Persons: persons},
		CheckNumber: breach.CheckNumber{Word: 7, Digits: "4821"}, Now: at(t, "2023-07-26T12:00:00+09:00"),
	}
}

func actionIDs(r breach.Report) []breach.ActionID {
	ids := []breach.ActionID{}
	for _, a := range r.Actions {
		ids = append(ids, a.ID)
	}
	return ids
}

func sources(r breach.Report) map[breach.CohortID][]breach.CategoryID {
	all := map[breach.CohortID][]breach.CategoryID{}
	for _, e := range r.Exposures {
		all[e.Cohort] = []breach.CategoryID{}
		for _, c := range e.Categories {
			all[e.Cohort] = append(all[e.Cohort], c.ID)
		}
	}
	return all
}

func notExposed(r breach.Report) []breach.CategoryID {
	ids := []breach.CategoryID{}
	for _, c := range r.NotExposed {
		ids = append(ids, c.ID)
	}
	return ids
}

func undetermined(r breach.Report) []breach.CategoryID {
	ids := []breach.CategoryID{}
	for _, u := range r.Undetermined {
		ids = append(ids, u.ID)
	}
	return ids
}
