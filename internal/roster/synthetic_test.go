package roster_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/roster/shopgen"
)

// tester is a test of either kind.
type tester interface {
	rapid.TB
	Context() context.Context
}

// importing writes an invented shop and says how to import it.
func importing(tb tester, s *shopgen.Shop, profile, dir string) roster.Options {
	tb.Helper()
	paths, err := s.Write(dir)
	if err != nil {
		tb.Fatal(err)
	}
	in, words, err := incident.Parse("incident.yaml", s.Incident())
	if err != nil {
		tb.Fatalf("the incident of an invented shop: %v", err)
	}
	return roster.Options{
		Incident: in, Vocabulary: words, Profile: profile, Mapping: paths["mapping"], AcceptMissing: s.AcceptMissing(),
		Files: roster.Files{
			Members: paths["members"], Orders: paths["orders"], Items: paths["items"],
			Deliveries: paths["deliveries"], Settlements: paths["settlements"],
		},
	}
}

// answer is what an import and the truth can be compared by.
type answer struct {
	Kind, MemberID, Login  string
	Emails, Cohorts, Flags []string
	Cards                  int
	Withdrawn              bool
	Review                 string
}

func answersOfTruth(tb tester, s *shopgen.Shop) map[string]answer {
	tb.Helper()
	out := map[string]answer{}
	for p := range s.Truth() {
		if _, twice := out[p.Key]; twice {
			tb.Errorf("the truth tells of %s twice", p.Key)
		}
		emails := slices.Clone(p.Emails)
		slices.Sort(emails)
		out[p.Key] = answer{p.Kind, p.MemberID, p.Login, emails, p.Cohorts, p.Flags, p.Cards, p.Withdrawn, p.Review}
	}
	return out
}

func answersOfImport(tb tester, r *roster.Result) map[string]answer {
	tb.Helper()
	out := map[string]answer{}
	for p := range r.People() {
		if _, twice := out[p.Key]; twice {
			tb.Errorf("the import tells of %s twice", p.Key)
		}
		t := toldOf(p)
		a := answer{
			Kind: t.Kind, MemberID: t.MemberID, Emails: t.Emails, Cohorts: t.Cohorts, Flags: t.Flags, Cards: t.Cards, Withdrawn: t.Withdrawn,
		}
		for _, e := range p.Emails {
			if e.Edge == breach.EdgeLogin {
				a.Login = e.Address.Reveal()
			}
		}
		for i, o := range p.Review {
			if i > 0 {
				a.Review += " "
			}
			a.Review += string(o.Reason)
		}
		out[p.Key] = a
	}
	return out
}

// agree imports and wants exactly the truth, person by person and in the figures.
func agree(tb tester, s *shopgen.Shop, o roster.Options) *roster.Result {
	tb.Helper()
	r, err := roster.ImportShop(tb.Context(), o)
	if err != nil {
		tb.Fatalf("importing: %v", err)
	}
	if d := cmp.Diff(answersOfTruth(tb, s), answersOfImport(tb, r)); d != "" {
		tb.Errorf("people by key (-truth +import):\n%s", d)
	}
	if len(r.Rejects) > 0 {
		tb.Errorf("rejects: %v", r.Rejects)
	}
	if r.Differs() {
		tb.Errorf("the figures differ: %s", r.JSON(nil, false))
	}
	return r
}

// systems are all shop systems in all their versions.
func systems() (out []shopgen.Options) {
	for _, p := range shopgen.Profiles() {
		for _, v := range shopgen.Versions(p) {
			out = append(out, shopgen.Options{Profile: p, Version: v})
		}
	}
	return out
}

// Every shop system in every version imports to exactly the truth: clean shops and
// those full of everything that goes wrong, on both kinds of database.
func TestEveryShopSystemImportsToTheTruth(t *testing.T) {
	for _, o := range systems() {
		for _, c := range []struct {
			name   string
			seed   uint64
			quirks bool
		}{{"clean", 1, false}, {"quirks, fractions of seconds", 2, true}, {"quirks, zero dates", 3, true}} {
			t.Run(o.Profile+" "+o.Version+" "+c.name, func(t *testing.T) {
				t.Parallel()
				o := o
				o.Seed, o.Quirks, o.Members, o.Orders = c.seed, c.quirks, 120, 400
				s := shopgen.New(o)
				agree(t, s, importing(t, s, o.Profile, t.TempDir()))
			})
		}
	}
}

// A shop of some size, so that rare coincidences are not that rare.
func TestALargerShopImportsToTheTruth(t *testing.T) {
	for _, o := range []shopgen.Options{{Profile: "eccube2"}, {Profile: "eccube4"}} {
		o.Seed, o.Quirks, o.Members = 7, true, 3000
		s := shopgen.New(o)
		agree(t, s, importing(t, s, o.Profile, t.TempDir()))
	}
}
