package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/incident"
	"exposure/internal/roster"
)

// The importer finds of every invented person what the shop knows to be right.
func TestImporterAgrees(t *testing.T) {
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, words, err := incident.Parse("tougyoku-2023.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := demo.NewShop(seed)
			f := written(t, s)
			got, err := roster.ImportShop(context.Background(), roster.Options{
				Incident: in, Vocabulary: words, Profile: "eccube2",
				Files: roster.Files{Members: f["members"], Orders: f["orders"], Items: f["items"],
					Deliveries: f["deliveries"], Settlements: f["settlements"], FirstNotice: f["first notice"]},
			})
			if err != nil {
				t.Fatal(err)
			}
			var table bytes.Buffer
			_ = got.WriteTable(&table)
			if got.Reconciliation.Differs || len(got.Rejects) > 0 {
				t.Errorf("the importer finds other figures:\n%s", &table)
			}
			if d := cmp.Diff(expected(s), found(got.People())); d != "" {
				t.Errorf("people by address (-want +got):\n%s\n%s", d, &table)
			}
		})
	}
}

// expected and found say by address who is on which lists.
func expected(s *demo.Shop) map[string]string {
	lists := map[string]string{}
	for _, p := range s.People() {
		for i, e := range p.Emails {
			if p.Kind == "member" {
				e = fmt.Sprintf("%d %d %s", p.MemberID, i, e)
			}
			lists[e] = fmt.Sprint(p.Cohorts, " cards ", p.Cards, " engraved ", p.Engraved, " withdrawn ", p.Withdrawn)
		}
	}
	return lists
}

func found(people iter.Seq[roster.Person]) map[string]string {
	lists := map[string]string{}
	for p := range people {
		if len(p.Exposures) == 0 {
			continue
		}
		var cohorts []string
		cards, engraved := 0, false
		for _, x := range p.Exposures {
			cohorts = append(cohorts, string(x.Cohort))
			cards += x.Cards
			engraved = engraved || slices.ContainsFunc(x.Categories, func(c breach.Exposed) bool { return c.Category == "engraved_name_and_birth_date" })
		}
		slices.Sort(cohorts)
		for i, e := range p.Emails {
			key := e.Address.Reveal()
			if p.Kind == breach.KindMember {
				key = fmt.Sprintf("%s %d %s", p.MemberID, i, key)
			}
			lists[key] = fmt.Sprint(cohorts, " cards ", cards, " engraved ", engraved, " withdrawn ", p.Withdrawn)
		}
	}
	return lists
}

func TestExamplesAreWhatTheySay(t *testing.T) {
	first := demo.NewShop(0).Examples()
	for seed := range uint64(seeds) {
		s := demo.NewShop(seed)
		lists, engraved := map[string][]string{}, map[string]bool{}
		for _, p := range slices.Concat(s.People(), s.Strangers()) {
			for _, e := range p.Emails {
				lists[e] = append(lists[e], p.Cohorts...)
				engraved[e] = p.Engraved
			}
		}
		for i, e := range s.Examples() {
			mobile := strings.HasPrefix(e.Label, "mobile address")
			if e != first[i] {
				t.Errorf("seed %d has another example %q", seed, e.Label)
			}
			listed := len(lists[e.Email]) > 0
			if not := strings.Contains(e.Label, "not listed") || strings.HasPrefix(e.Label, "not in"); listed == not {
				t.Errorf("seed %d: %q is listed: %v", seed, e.Label, listed)
			}
			if card := strings.Contains(e.Label, "paid by card") || strings.Contains(e.Label, "several cards"); card != slices.Contains(lists[e.Email], "card") {
				t.Errorf("seed %d: %q is on %v", seed, e.Label, lists[e.Email])
			}
			if strings.Contains(e.Label, "a name flag") && !engraved[e.Email] || strings.Contains(e.Label, "no name flag") && engraved[e.Email] {
				t.Errorf("seed %d: %q bought something engraved: %v", seed, e.Label, engraved[e.Email])
			}
			if mobile && !slices.Equal(lists[e.Email], []string{"member", "purchaser", "member", "purchaser"}) {
				t.Errorf("seed %d: %q is on %v", seed, e.Label, lists[e.Email])
			}
		}
	}
}
