package incident_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

// withRule is a small incident whose only cohort has this rule.
func withRule(record, where string) string {
	return fmt.Sprintf(`id: x
zone: Asia/Tokyo
locales: [en]
published_at: 2023-07-25T00:00:00+09:00
site: {name: {en: Shop}, origin: "https://shop.example"}
mail: {from: a@shop.example, allow_domain: shop.example}
contact:
  phone: "1"
  email: b@shop.example
  label: {en: Always}
  hours: {days: [mon], from: "10:00", to: "17:00"}
categories: {name: {en: Name}}
actions: {beware_of_contacts: {title: {en: Beware}}}
cohorts:
  - id: c
    label: {en: C}
    record: %s
    where: %s
    exposes: [name]
    reason: {en: Because}
    period: {label: {en: Then}}
scopes: {address: {en: Not}}
cannot_tell: {other: {text: {en: Other}}}
doubts: {unclear_record: {en: Unclear}}
`, record, where)
}

func compile(t testing.TB, record, where string) *breach.Cohort {
	t.Helper()
	in, _, err := incident.Parse("x.yaml", []byte(withRule(record, where)))
	if err != nil {
		t.Fatalf("rule %q: %v", where, err)
	}
	return &in.Cohorts[0]
}

func holds(t testing.TB, r breach.Rule, rec breach.Record) breach.Tri {
	t.Helper()
	got, err := r.Holds(rec)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The instants at which the notice's windows open and close, in three zones.
func TestWindowsAreHalfOpen(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	for _, c := range []struct {
		at                      string
		card, purchaser, member breach.Tri
	}{
		{"2000-01-01T00:00:00+09:00", breach.No, breach.Yes, breach.Yes},
		{"2023-02-28T23:59:59.999999+09:00", breach.No, breach.Yes, breach.Yes},
		{"2023-03-01T00:00:00+09:00", breach.Yes, breach.Yes, breach.Yes},
		{"2023-02-28T15:00:00Z", breach.Yes, breach.Yes, breach.Yes},
		{"2023-02-28T14:59:59Z", breach.No, breach.Yes, breach.Yes},
		{"2023-03-14T23:59:59+09:00", breach.Yes, breach.Yes, breach.Yes},
		{"2023-03-14T14:59:59.999999Z", breach.Yes, breach.Yes, breach.Yes},
		{"2023-03-15T00:00:00+09:00", breach.No, breach.Yes, breach.Yes},
		{"2023-03-14T15:00:00Z", breach.No, breach.Yes, breach.Yes},
		{"2023-03-16T23:59:59+09:00", breach.No, breach.Yes, breach.Yes},
		{"2023-03-16T14:59:59Z", breach.No, breach.Yes, breach.Yes},
		{"2023-03-17T00:00:00+09:00", breach.No, breach.No, breach.No},
		{"2023-03-16T15:00:00Z", breach.No, breach.No, breach.No},
		{"2023-03-16T10:00:00-05:00", breach.No, breach.No, breach.No},
		{"2023-03-16T09:59:59-05:00", breach.No, breach.Yes, breach.Yes},
	} {
		when := at(t, c.at)
		order := &breach.Order{PlacedAt: when, Web: breach.Yes, CardMethod: breach.Yes, CardSettled: breach.Yes, Abandoned: breach.No}
		for id, want := range map[breach.CohortID]breach.Tri{"card": c.card, "purchaser": c.purchaser} {
			if got := holds(t, in.Cohort(id).Where, breach.Record{Order: order}); got != want {
				t.Errorf("%s: %s = %v, want %v", c.at, id, got, want)
			}
		}
		gift := breach.Record{Delivery: &breach.Delivery{ToBuyer: breach.No, Order: order}}
		if got := holds(t, in.Cohort("recipient").Where, gift); got != c.purchaser {
			t.Errorf("%s: recipient = %v, want %v", c.at, got, c.purchaser)
		}
		if got := holds(t, in.Cohort("member").Where, breach.Record{Member: &breach.Member{RegisteredAt: when}}); got != c.member {
			t.Errorf("%s: member = %v, want %v", c.at, got, c.member)
		}
	}
}

// A shop's zone-less clock is read in the declared zone and then hits the same edges.
func TestWindowsWithDeclaredZone(t *testing.T) {
	in, words := load(t, "tougyoku-2023")
	for s, want := range map[string]breach.Tri{
		"2023-03-16 23:59:59": breach.Yes, "2023-03-16 23:59:59.999999": breach.Yes, "2023-03-17 00:00:00": breach.No,
	} {
		when, err := time.ParseInLocation("2006-01-02 15:04:05", s, words.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := holds(t, in.Cohort("member").Where, breach.Record{Member: &breach.Member{RegisteredAt: when}}); got != want {
			t.Errorf("%s = %v, want %v", s, got, want)
		}
	}
}

// Who is in a cohort must never be decided by what an export does not say.
func TestUnknownFacts(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	inside, outside := at(t, "2023-03-10T12:00:00+09:00"), at(t, "2023-03-20T12:00:00+09:00")
	y, n, u := breach.Yes, breach.No, breach.Unknown
	for _, c := range []struct {
		cohort breach.CohortID
		order  breach.Order
		want   breach.Tri
	}{
		{"card", breach.Order{PlacedAt: inside, Web: y, CardSettled: y}, y},
		{"card", breach.Order{PlacedAt: inside, Web: y, CardSettled: u}, u},
		{"card", breach.Order{PlacedAt: inside, Web: y, CardSettled: n}, n},
		{"card", breach.Order{PlacedAt: inside, Web: u, CardSettled: y}, u},
		{"card", breach.Order{PlacedAt: inside, Web: n, CardSettled: u}, n},
		{"card", breach.Order{PlacedAt: outside, Web: u, CardSettled: u}, n},
		{"card", breach.Order{Web: y, CardSettled: y}, u},
		{"card", breach.Order{Web: n, CardSettled: y}, n},
		{"card", breach.Order{}, u},
		{"purchaser", breach.Order{PlacedAt: inside, Web: y, Abandoned: n}, y},
		{"purchaser", breach.Order{PlacedAt: inside, Web: y, Abandoned: u}, u},
		{"purchaser", breach.Order{PlacedAt: inside, Web: y, Abandoned: y}, n},
		{"purchaser", breach.Order{PlacedAt: outside, Web: u, Abandoned: u}, n},
		{"purchaser", breach.Order{PlacedAt: inside, Web: y, Abandoned: n, Cancelled: y, Deleted: y}, y},
	} {
		if got := holds(t, in.Cohort(c.cohort).Where, breach.Record{Order: &c.order}); got != c.want {
			t.Errorf("%s of %+v = %v, want %v", c.cohort, c.order, got, c.want)
		}
	}
	for toBuyer, want := range map[breach.Tri]breach.Tri{y: n, n: y, u: u} {
		rec := breach.Record{Delivery: &breach.Delivery{ToBuyer: toBuyer, Order: &breach.Order{PlacedAt: inside, Web: y, Abandoned: n}}}
		if got := holds(t, in.Cohort("recipient").Where, rec); got != want {
			t.Errorf("recipient with to_buyer %v = %v, want %v", toBuyer, got, want)
		}
	}
	gender, birth, engraved := in.Cohort("member").Exposes[5].When, in.Cohort("member").Exposes[6].When, in.Cohort("purchaser").Exposes[5].When
	for _, v := range []breach.Tri{y, n, u} {
		if got := holds(t, gender, breach.Record{Member: &breach.Member{HasGender: v}}); got != v {
			t.Errorf("gender %v = %v", v, got)
		}
		if got := holds(t, birth, breach.Record{Member: &breach.Member{HasBirthDate: v}}); got != v {
			t.Errorf("birth date %v = %v", v, got)
		}
		if got := holds(t, engraved, breach.Record{Order: &breach.Order{Engraved: v}}); got != v {
			t.Errorf("engraved %v = %v", v, got)
		}
	}
}

// Kleene's tables, through the compiled rules.
func TestThreeValuedLogic(t *testing.T) {
	and := compile(t, "order", "order.web && order.deleted").Where
	or := compile(t, "order", "order.web || order.deleted").Where
	not := compile(t, "order", `"!order.web"`).Where
	equal := compile(t, "order", "order.web == false").Where
	all := []breach.Tri{breach.No, breach.Unknown, breach.Yes}
	rank := map[breach.Tri]int{breach.No: 0, breach.Unknown: 1, breach.Yes: 2}
	for _, a := range all {
		for _, b := range all {
			rec := breach.Record{Order: &breach.Order{Web: a, Deleted: b}}
			if got, want := holds(t, and, rec), all[min(rank[a], rank[b])]; got != want {
				t.Errorf("%v && %v = %v, want %v", a, b, got, want)
			}
			if got, want := holds(t, or, rec), all[max(rank[a], rank[b])]; got != want {
				t.Errorf("%v || %v = %v, want %v", a, b, got, want)
			}
			for name, r := range map[string]breach.Rule{"!": not, "== false": equal} {
				if got, want := holds(t, r, rec), all[2-rank[a]]; got != want {
					t.Errorf("%s %v = %v, want %v", name, a, got, want)
				}
			}
		}
	}
}

func TestDeliveryCount(t *testing.T) {
	r := compile(t, "order", "order.delivery_count > 1").Where
	for n, want := range map[int]breach.Tri{-1: breach.Unknown, 0: breach.No, 1: breach.No, 2: breach.Yes} {
		if got := holds(t, r, breach.Record{Order: &breach.Order{DeliveryCount: n}}); got != want {
			t.Errorf("%d deliveries = %v, want %v", n, got, want)
		}
	}
}

func TestRuleOverAnotherRecord(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	for id, rec := range map[breach.CohortID]breach.Record{
		"card": {Member: &breach.Member{}}, "member": {Order: &breach.Order{}}, "recipient": {Delivery: &breach.Delivery{}},
	} {
		if got, err := in.Cohort(id).Where.Holds(rec); err == nil || got != breach.Unknown {
			t.Errorf("%s over another record = %v, %v; want an error", id, got, err)
		}
	}
}

func TestRulesAreConcurrent(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	rule, when := in.Cohort("card").Where, at(t, "2023-03-10T12:00:00+09:00")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := []breach.Tri{breach.Unknown, breach.No, breach.Yes}[i%3]
			for range 200 {
				got, err := rule.Holds(breach.Record{Order: &breach.Order{PlacedAt: when, Web: breach.Yes, CardSettled: want}})
				if err != nil || got != want {
					t.Errorf("got %v, %v; want %v", got, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSentences(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	const cut = "the order was placed before 2023-03-17 00:00 (Asia/Tokyo)"
	for id, want := range map[breach.CohortID]string{
		"card": "Everybody with an order where the customer placed the order on the site, and a card payment was approved, " +
			"and the order was placed at or after 2023-03-01 00:00 (Asia/Tokyo), and the order was placed before 2023-03-15 00:00 (Asia/Tokyo).",
		"member": "Everybody with a registration where the member registered before 2023-03-17 00:00 (Asia/Tokyo).",
		"purchaser": "Everybody with an order where the customer placed the order on the site, " +
			"and the order is not a card attempt that never became a purchase, and " + cut + ".",
		"recipient": "Everybody named in a delivery where the customer placed the order on the site, " +
			"and the order is not a card attempt that never became a purchase, and " + cut + ", and the addressee's name is not the buyer's.",
	} {
		if got := in.Cohort(id).Sentence; got != want {
			t.Errorf("%s reads %q, want %q", id, got, want)
		}
	}
	if got := incident.SentenceIn(in.Cohort("member").Exposes[5].When, breach.English); got != "the registration holds a gender" {
		t.Errorf("the condition reads %q", got)
	}
	if got := incident.SentenceIn(nil, breach.English); got != "" {
		t.Errorf("no rule reads %q", got)
	}
}

func TestSentencesOfRules(t *testing.T) {
	const web, deleted, cancelled = "the customer placed the order on the site", "the order was deleted", "the order was cancelled"
	for where, want := range map[string]string{
		"order.web":              web,
		`"!order.web"`:           "the customer did not place the order on the site",
		`"!(!order.web)"`:        web,
		"order.web == true":      web,
		"order.web != true":      "the customer did not place the order on the site",
		"false == order.deleted": "the order was not deleted",
		"order.web && (order.deleted || order.cancelled)":      web + ", and (" + deleted + " or " + cancelled + ")",
		"order.web || order.deleted && order.cancelled":        web + ", or (" + deleted + " and " + cancelled + ")",
		`"!(order.web && order.deleted)"`:                      "the customer did not place the order on the site, or the order was not deleted",
		"order.delivery_count >= 3":                            "the number of deliveries is at least 3",
		"3 > order.delivery_count":                             "the number of deliveries is less than 3",
		`"!(order.delivery_count == 3)"`:                       "the number of deliveries is other than 3",
		`order.placed_at == timestamp("2023-03-16T15:00:01Z")`: "the order was placed exactly at 2023-03-17 00:00:01 (Asia/Tokyo)",
		`timestamp("2023-03-16T15:00:00Z") <= order.placed_at`: "the order was placed at or after 2023-03-17 00:00 (Asia/Tokyo)",
		`"true"`: "always",
	} {
		want = "Everybody with an order where " + want + "."
		if got := compile(t, "order", where).Sentence; got != want {
			t.Errorf("%s reads\n%q, want\n%q", where, got, want)
		}
	}
	if got := compile(t, "delivery", "delivery.order.web && delivery.to_buyer").Sentence; !strings.Contains(got, "the addressee has the buyer's name") {
		t.Errorf("a delivery reads %q", got)
	}
}

func BenchmarkRule(b *testing.B) {
	in, _ := load(b, "tougyoku-2023")
	order := &breach.Order{PlacedAt: at(b, "2023-03-10T12:00:00+09:00"), Web: breach.Yes, CardSettled: breach.Yes}
	for name, settled := range map[string]breach.Tri{"known": breach.Yes, "unknown": breach.Unknown} {
		order := *order
		order.CardSettled = settled
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := in.Cohort("card").Where.Holds(breach.Record{Order: &order}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
