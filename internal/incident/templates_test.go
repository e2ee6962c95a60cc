package incident_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

func loadTemplate(t *testing.T, name string) (*breach.Incident, *incident.Vocabulary, string) {
	t.Helper()
	src, err := incident.ReadTemplate(name)
	if err != nil {
		t.Fatal(err)
	}
	in, words, err := incident.Parse(name+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return in, words, string(src)
}

// anyDomain is whatever looks like a host name in a template.
var anyDomain = regexp.MustCompile(`[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|net|org|jp|example|co)\b`)

// TestTemplates: each loads as it is, is about nobody, and says nothing that the
// signed-off texts must not say.
func TestTemplates(t *testing.T) {
	for _, template := range incident.Templates() {
		in, _, src := loadTemplate(t, template.Name)
		if template.Title == "" || !strings.HasPrefix(src, "# ") || !strings.Contains(src, "# Choose this when") || strings.Count(src, "\n#  - ") < 3 {
			t.Errorf("%s does not say when to choose it and what to beware of", template.Name)
		}
		for _, domain := range anyDomain.FindAllString(src, -1) {
			if !strings.HasSuffix(domain, "example.jp") {
				t.Errorf("%s names %s", template.Name, domain)
			}
		}
		for path, text := range texts(in) {
			for l, s := range text {
				if found := never.FindString(s); found != "" {
					t.Errorf("%s: %s (%s) says %q", template.Name, path, l, found)
				}
				if found := notOnNoRecord.FindString(s); found != "" && regexp.MustCompile(`^\.(CannotTell|Doubts|Actions\[(call_us|beware))`).MatchString(path) {
					t.Errorf("%s: %s (%s) says %q to people on no list", template.Name, path, l, found)
				}
			}
		}
		for _, c := range in.Cohorts {
			said := incident.SentenceIn(c.Where, breach.Japanese)
			if (c.Where == nil) != (template.Name == "approved-list") || (said == "") != (c.Where == nil) {
				t.Errorf("%s: %s reads %q", template.Name, c.ID, said)
			}
		}
	}
	if _, err := incident.ReadTemplate("../examples/tougyoku-2023"); err == nil {
		t.Error("a template that is none was found")
	}
}

// TestTemplateRules evaluates every rule around its edges, on records that the export
// does not say everything about, and on those the rule is there to leave out.
func TestTemplateRules(t *testing.T) {
	y, n, u := breach.Yes, breach.No, breach.Unknown
	from, to := at(t, "2024-04-10T13:20:00+09:00"), at(t, "2024-05-10T00:00:00+09:00")
	order := func(when time.Time, change func(*breach.Order)) breach.Record {
		o := breach.Order{PlacedAt: when, Web: y, CardMethod: y, CardSettled: y, Cancelled: n, Deleted: n, Abandoned: n, Engraved: n, DeliveryCount: 1}
		if change != nil {
			change(&o)
		}
		return breach.Record{Order: &o, Delivery: &breach.Delivery{ToBuyer: n, Order: &o}}
	}
	member := func(when time.Time, withdrawn, provisional breach.Tri) breach.Record {
		return breach.Record{Member: &breach.Member{RegisteredAt: when, Withdrawn: withdrawn, Provisional: provisional}}
	}
	toBuyer := func(rec breach.Record, t breach.Tri) breach.Record { rec.Delivery.ToBuyer = t; return rec }
	staff := func(o *breach.Order) { o.Web = n }
	device := func(o *breach.Order) { o.Web = u }
	attempt := func(o *breach.Order) { o.CardSettled, o.Abandoned = n, y }
	undone := func(o *breach.Order) { o.Cancelled, o.Deleted = y, y }
	for _, c := range []struct {
		template string
		cohort   breach.CohortID
		record   breach.Record
		want     breach.Tri
	}{
		{"card-skimming", "card", order(from.Add(-1), nil), n},
		{"card-skimming", "card", order(from, nil), y},
		{"card-skimming", "card", order(from.UTC(), nil), y},
		{"card-skimming", "card", order(to.Add(-1), nil), y},
		{"card-skimming", "card", order(to, nil), n},
		{"card-skimming", "card", order(from, undone), y},
		{"card-skimming", "card", order(from, staff), n},
		{"card-skimming", "card", order(from, device), u},
		{"card-skimming", "card", order(from, attempt), n},
		{"card-skimming", "card", order(from, func(o *breach.Order) { o.CardSettled = u }), u},
		{"card-skimming", "card", order(time.Time{}, nil), u},
		{"member-database", "member", member(to.Add(-1), n, n), y},
		{"member-database", "member", member(to, n, n), n},
		{"member-database", "member", member(to.Add(-1), y, y), y},
		{"member-database", "member", member(time.Time{}, u, u), u},
		{"purchases", "purchaser", order(to.Add(-1), nil), y},
		{"purchases", "purchaser", order(to, nil), n},
		{"purchases", "purchaser", order(from, undone), y},
		{"purchases", "purchaser", order(from, staff), n},
		{"purchases", "purchaser", order(from, attempt), n},
		{"purchases", "purchaser", order(from, func(o *breach.Order) { o.Abandoned = u }), u},
		{"purchases", "recipient", order(to.Add(-1), nil), y},
		{"purchases", "recipient", order(to, nil), n},
		{"purchases", "recipient", toBuyer(order(from, nil), y), n},
		{"purchases", "recipient", toBuyer(order(from, nil), u), u},
		{"purchases", "recipient", order(from, attempt), n},
	} {
		in, _, _ := loadTemplate(t, c.template)
		if got := holds(t, in.Cohort(c.cohort).Where, c.record); got != c.want {
			t.Errorf("%s: %s over %+v = %v, want %v", c.template, c.cohort, *orderOf(c.record), got, c.want)
		}
	}
}

func orderOf(rec breach.Record) *breach.Order {
	if rec.Order == nil {
		return &breach.Order{}
	}
	return rec.Order
}

// TestTemplatesAgree: a period says the same instants as its rule; somebody who changes
// one of them must change the other.
func TestTemplatesAgree(t *testing.T) {
	for _, template := range incident.Templates() {
		in, _, _ := loadTemplate(t, template.Name)
		for _, c := range in.Cohorts {
			if c.Where == nil {
				continue
			}
			said := incident.SentenceIn(c.Where, breach.English)
			for _, end := range []*time.Time{c.Period.From, c.Period.To} {
				if end != nil && !strings.Contains(said, end.In(in.Zone).Format("2006-01-02 15:04 (")) {
					t.Errorf("%s: the period of %s has %v, its rule reads %s", template.Name, c.ID, end, said)
				}
			}
			if (c.Period.From != nil) != strings.Contains(said, "at or after") {
				t.Errorf("%s: the period of %s and its rule differ in where they begin", template.Name, c.ID)
			}
		}
	}
	_, words, _ := loadTemplate(t, "purchases")
	if len(words.Engraved.Codes) == 0 || len(words.CardMethods) == 0 || words.Zone.String() != "Asia/Tokyo" {
		t.Errorf("the words of the shop are %+v", words)
	}
}
