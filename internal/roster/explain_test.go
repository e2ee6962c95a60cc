package roster_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster"
)

func explained(t *testing.T, r *roster.Result, address string, l breach.Locale) string {
	t.Helper()
	a, err := email.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, func(b *bytes.Buffer) error { return roster.WriteExplanation(b, options(t).Incident, l, r.Explain(a)) })
}

func TestAnExplanationSaysWhichConditionFails(t *testing.T) {
	s := tinyShop().add(roster.RoleOrders, "120,0,,伊藤,実,イトウ,ミノル,minoru@example.jp,530,0002,大阪府,北区,7-8-9,銀行振込,5,0,2023-04-05 12:00:00,2",
		"121,0,,伊藤,実,イトウ,ミノル,minoru@example.jp,530,0002,大阪府,北区,7-8-9,銀行振込,5,0,2023-04-06 12:00:00,2")
	r := s.importIt(t)
	for name, c := range map[string]struct {
		address     string
		locale      breach.Locale
		first, last string
		lines       []string // in this order
	}{
		"a member who bought": {"old.hanako@example.jp", breach.Japanese, "会員：対象です（会員登録の情報、ご注文の情報）。", "",
			[]string{"カード情報：対象ではありません", "  注文 100: 規則に当てはまらない", "    ✗ カードの支払いが承認されました。", "会員登録の情報：対象です",
				"  会員 1: 規則に当てはまる", "ご注文の情報：対象です", "  注文 100: 規則に当てはまる"}},
		"an attempt that waits, and orders after the period": {"minoru@example.jp", breach.English, "Buyer without a membership: on no list.",
			"  Waiting for a decision: card entered, order not completed (it could be Card data, Order data).",
			[]string{"Order data: to be decided", "  order 102: the rule does not hold", "    ✗ the order is not a card attempt that never became a purchase",
				"  order 120, 121: the rule does not hold", "    ✗ the order was placed before 2023-03-17 00:00 (Asia/Tokyo)"}},
		"registered too late": {"late@example.jp", breach.EasyJapanese, "会員：どのリストにも載っていません。", "",
			[]string{"会員登録の情報：対象ではありません", "  会員 4: 規則に当てはまらない"}},
		"a stranger": {"stranger@example.jp", breach.English, "The files say nothing about this address.", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := explained(t, r, c.address, c.locale)
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			last := c.first
			if c.last != "" {
				last = c.last
			}
			if lines[0] != c.first || lines[len(lines)-1] != last {
				t.Errorf("begins with %q and ends with %q", lines[0], lines[len(lines)-1])
			}
			rest := lines
			for _, want := range c.lines {
				i := slices.Index(rest, want)
				if i < 0 {
					t.Fatalf("no line %q, or not in this order:\n%s", want, text)
				}
				rest = rest[i+1:]
			}
			for _, value := range []string{"@", "2022-05-05", "2023-03-05", "花子", "銀行振込", "tok_", "04-05"} {
				if strings.Contains(text, value) {
					t.Errorf("shows %q:\n%s", value, text)
				}
			}
		})
	}
}

func TestExplanationsOfDecisionsAndOfMoreThanOnePerson(t *testing.T) {
	s := tinyShop().add(roster.RoleMembers, "9,佐藤,健,ken@example.jp,,,,2,0,2021-01-01 00:00:00,")
	s.edit = func(o *roster.Options) {
		o.Decided = func(id string) breach.Decision {
			if strings.HasPrefix(id, "staff_keyed_order/") {
				return breach.DecidedIn
			}
			return breach.DecidedOut
		}
	}
	r := s.importIt(t)
	for address, want := range map[string][]string{
		"kaiko@example.jp":  {"Buyer without a membership: ON THE LIST of Order data.", "    Decided by the operator: in."},
		"minoru@example.jp": {"Buyer without a membership: on no list.", "    Decided by the operator: out."},
		"ken@example.jp":    {"Person 1 of 2", "Person 2 of 2"},
	} {
		if text := explained(t, r, address, breach.English); !strings.Contains(text, want[0]) || !strings.Contains(text, want[1]) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
}

func TestManyRecordsAreNotAllNamed(t *testing.T) {
	s := tinyShop()
	for i := range 25 {
		s.add(roster.RoleOrders, itoa(500+i)+",0,,客,人,キャク,ジン,often@example.jp,100,0001,東京都,千代田区,1-1,銀行振込,5,0,2021-01-01 00:00:00,10")
	}
	text := explained(t, s.importIt(t), "often@example.jp", breach.English)
	if !strings.Contains(text, "509 and 15 more: the rule holds") || strings.Contains(text, "510") {
		t.Errorf("got\n%s", text)
	}
}

// Evidence kept with a version must not be read by the sentences of other rules.
func TestEvidenceOfOtherRulesIsRefused(t *testing.T) {
	in := options(t).Incident
	for name, e := range map[string]roster.Evidence{
		"fewer conditions": {Record: "order/1", Cohort: "purchaser", Verdict: breach.Yes, Conditions: "yy"},
		"unknown marks":    {Record: "order/1", Cohort: "purchaser", Verdict: breach.Yes, Conditions: "yyx"},
		"another cohort":   {Record: "order/1", Cohort: "visitor", Verdict: breach.Yes},
	} {
		err := roster.WriteExplanation(&bytes.Buffer{}, in, breach.English, []roster.Explanation{{Kind: breach.KindGuest, Evidence: []roster.Evidence{e}}})
		if !errors.Is(err, roster.ErrOtherRules) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	ok := roster.Explanation{Kind: breach.KindGuest, Cohorts: []breach.CohortID{"purchaser"},
		Evidence: []roster.Evidence{{Record: "list/14", Cohort: "purchaser", Verdict: breach.Yes}}}
	text := written(t, func(b *bytes.Buffer) error {
		return roster.WriteExplanation(b, in, breach.English, []roster.Explanation{ok})
	})
	if !strings.Contains(text, "approved list, line 14: named by the approved list") {
		t.Errorf("got\n%s", text)
	}
}
