package roster_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster"
)

// evidenceOf spells out evidence as record, cohort, verdict, conditions, decision.
func spelled(list []roster.Evidence) []string {
	var out []string
	for _, e := range list {
		s := e.Record + " " + string(e.Cohort) + " " + e.Verdict.String() + " " + e.Conditions
		if e.Decision != "" {
			s += " " + string(e.Decision)
		}
		out = append(out, s)
	}
	return out
}

// The conditions of the example, in order. Card: on the web, approved, from the 1st, before
// the 15th. Member: registered before the 17th. Purchaser: on the web, no attempt, before
// the 17th. Recipient: the same of the order, and not the buyer.
func TestEvidenceOfAHandMadeShop(t *testing.T) {
	s := doubtful()
	r := s.importIt(t)
	for key, want := range map[string][]string{
		"M:1":                   {"member/1 member yes y", "order/100 purchaser yes yyy", "first_notice/1 card unknown "},
		"M:2":                   {"member/2 member yes y"},
		"G:ichiro@example.jp":   {"order/101 card yes yyyy", "order/101 purchaser yes yyy"},
		"G:minoru@example.jp":   {"order/102 card no ynyy", "order/102 purchaser no yny"},
		"G:kaiko@example.jp":    {"order/103 purchaser no nyy"},
		"G:mai@example.jp":      {"order/105 purchaser unknown ?yy"},
		"G:stranger@example.jp": {"first_notice/2 card unknown ", "first_notice/2 purchaser unknown "},
		"R:山田花子|6000001|京都府京都市1-1": {"delivery/100/2 recipient unknown yyy?"},
	} {
		if diff := cmp.Diff(want, spelled(r.Evidence(find(t, r, key).Ref))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", key, diff)
		}
	}
}

func TestEvidenceNamesWhatWasDecided(t *testing.T) {
	s := doubtful()
	s.edit = func(o *roster.Options) {
		o.Decided = func(id string) breach.Decision {
			return map[string]breach.Decision{
				"staff_keyed_order/order/103:purchaser": breach.DecidedIn, "near_buyer/delivery/100/3:recipient": breach.DecidedIn,
				"first_notice_only/first_notice/M:1:card": breach.DecidedLater,
			}[id]
		}
	}
	r := s.importIt(t)
	for key, want := range map[string][]string{
		"G:kaiko@example.jp": {"order/103 purchaser no nyy in"},
		// The addressee follows the decision about the order.
		"R:会場係|1000008|東京都港区6-6":     {"delivery/103/0 recipient yes yyyy in"},
		"R:山田華子|1500001|東京都渋谷区1-2-3": {"delivery/100/3 recipient unknown yyy? in"},
		"M:1": {"member/1 member yes y", "order/100 purchaser yes yyy", "first_notice/1 card unknown  later"},
	} {
		if diff := cmp.Diff(want, spelled(r.Evidence(find(t, r, key).Ref))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", key, diff)
		}
	}
}

// Everybody on a list has a record that puts them there; the real shop.
func TestEverybodyOnAListHasEvidence(t *testing.T) {
	r, _ := importReal(t)
	for p := range r.People() {
		evidence := r.Evidence(p.Ref)
		for _, x := range p.Exposures {
			if !slices.ContainsFunc(evidence, func(e roster.Evidence) bool { return e.Cohort == x.Cohort && e.Verdict == breach.Yes }) {
				t.Fatalf("person %d is in %s without evidence: %v", p.Ref, x.Cohort, evidence)
			}
		}
		back, err := roster.DecodeEvidence(roster.EncodeEvidence(evidence))
		if err != nil || !slices.Equal(back, evidence) {
			t.Fatalf("evidence came back as %v, %v", back, err)
		}
	}
}

func TestExplainAnAddress(t *testing.T) {
	r := doubtful().add(roster.RoleOrders,
		"106,4,,高橋,遅,,,late@example.jp,1,1,東京都,区,1,銀行振込,5,0,2023-03-18 00:00:00,10",
		"107,1,,山田,花子,,,gone.hanako@example.jp,1,1,東京都,区,1,銀行振込,5,0,2023-03-19 00:00:00,10").importIt(t)
	for address, want := range map[string][]roster.Explanation{
		"late@example.jp": {
			{Kind: breach.KindGuest, Evidence: []roster.Evidence{
				{Record: "order/106", Cohort: "card", Verdict: breach.No, Conditions: "ynyn"}, {Record: "order/106", Cohort: "purchaser", Verdict: breach.No, Conditions: "yyn"},
			}},
			{Kind: breach.KindMember, Evidence: []roster.Evidence{{Record: "member/4", Cohort: "member", Verdict: breach.No, Conditions: "n"}}},
		},
		"nobody@example.jp": nil,
	} {
		a, err := email.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Explain(a)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", address, diff)
		}
	}
	a, _ := email.Parse("gone.hanako@example.jp") // of an order that does not count
	if got := r.Explain(a); len(got) != 1 || !slices.Equal(got[0].Cohorts, []breach.CohortID{"member", "purchaser"}) {
		t.Errorf("an address of an order that does not count: %+v", got)
	}
}

func TestRulesAreCounted(t *testing.T) {
	want := []roster.RuleCount{
		{Cohort: "card", Yes: 1, No: 4, People: 1}, {Cohort: "member", Yes: 3, No: 1, People: 3},
		{Cohort: "purchaser", Yes: 2, No: 2, Unknown: 1, People: 2}, {Cohort: "recipient", Yes: 1, No: 2, Unknown: 2, People: 1},
	}
	if diff := cmp.Diff(want, doubtful().importIt(t).Rules()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The ids by which decisions are kept do not depend on places in files.
func TestRecordsKeepTheirIDs(t *testing.T) {
	s := doubtful()
	_, before := openRecords(s.importIt(t))
	for role, text := range s.files {
		slices.Reverse(text[1:])
		s.files[role] = text
	}
	s.first = "メールアドレス\n\nstranger@example.jp\nHANAKO@example.jp\n"
	s.add(roster.RoleMembers, "77,新,規,new@example.jp,,,,2,0,2021-01-01 00:00:00,")
	_, after := openRecords(s.importIt(t))
	slices.Sort(before)
	slices.Sort(after)
	if diff := cmp.Diff(before, after); diff != "" || len(before) != 7 {
		t.Errorf("%d records (-before +after)\n%s", len(before), diff)
	}
}

func TestEvidenceOfAnApprovedList(t *testing.T) {
	text := listHeader + "1,guest,a@example.jp,,,purchaser,,,,2023-04-05T10:00:00+09:00,,,\n2,guest,b@example.jp,,,purchaser,,,,,,,\n"
	open, err := importList(t, "tougyoku-2023", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"list/2 purchaser yes ", "list/2 card unknown "}, spelled(open.Evidence(1))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for d, want := range map[breach.Decision]string{
		breach.DecidedIn: "card purchaser; ", breach.DecidedOut: "purchaser; ", breach.DecidedLater: "purchaser; first_notice_only:card",
	} {
		r, err := importList(t, "tougyoku-2023", text, func(o *roster.Options) { o.Decided = deciding("first_notice_only/list/1:card", d) })
		if err != nil {
			t.Fatal(err)
		}
		if got := cohortsOf(find(t, r, "1")) + "; " + waitsFor(find(t, r, "1")); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
		if cohortsOf(find(t, r, "2")) != "purchaser" || r.SourcesDigest == open.SourcesDigest {
			t.Errorf("%s changed somebody else, or not the digest", d)
		}
		if _, all := openRecords(r); len(all) != 1 {
			t.Errorf("%s: records %q", d, all)
		}
	}
	a, _ := email.Parse("a@example.jp")
	if got := open.Explain(a); len(got) != 1 || len(got[0].Review) != 1 || len(got[0].Evidence) != 2 {
		t.Errorf("explained as %+v", got)
	}
}
