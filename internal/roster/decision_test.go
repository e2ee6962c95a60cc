package roster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

// deciding answers for one record and leaves all others open.
func deciding(id string, d breach.Decision) func(string) breach.Decision {
	return func(record string) breach.Decision {
		if record == id {
			return d
		}
		return ""
	}
}

// doubtful is a tiny shop with a record of every reason, and a namesake.
func doubtful() *tiny {
	s := tinyShop()
	s.first = "hanako@example.jp\nstranger@example.jp\n"
	return s.add(roster.RoleOrders, // a device nobody knows of
		"105,0,,森,舞,モリ,マイ,mai@example.jp,530,0005,大阪府,北区,3-3-3,代金引換,5,0,2023-03-07 12:00:00,").
		add(roster.RoleDeliveries,
			"100,2,山田,花子,ヤマダ,ハナコ,600,0001,京都府,京都市,1-1",
			"100,3,山田,華子,やまだ,はなこ,150,0001,東京都,渋谷区,1-2-3",
			"102,0,贈,物子,オクル,モノコ,100,0009,東京都,港区,5-5",
			"103,0,会場,係,カイジョウ,カカリ,100,0008,東京都,港区,6-6")
}

// everybody is what each person of a result is told, by key.
func everybody(r *roster.Result) map[string]string {
	out := map[string]string{}
	for p := range r.People() {
		x := toldOf(p)
		out[p.Key] = strings.Join(x.Cohorts, "+") + "; " + strings.Join(x.Flags, "+") + "; " + itoa(x.Cards) + " cards; " +
			waitsFor(p) + "; " + strings.Join(x.Emails, "+")
	}
	return out
}

func openRecords(r *roster.Result) (open, all []string) {
	for w := range r.Review() {
		all = append(all, w.ID)
		if w.Decision != breach.DecidedIn && w.Decision != breach.DecidedOut {
			open = append(open, w.ID)
		}
	}
	return open, all
}

// A decision changes what it names, and nothing else: not another person, not another
// record.
func TestADecisionOfEveryReason(t *testing.T) {
	for id, c := range map[string]struct {
		in, out map[string]string // the people whose answer is another one then; "" for nobody at all
	}{
		"staff_keyed_order/order/103:purchaser": {
			in: map[string]string{
				"G:kaiko@example.jp":     "purchaser; engraved?; 0 cards; ; kaiko@example.jp",
				"R:会場係|1000008|東京都港区6-6": "recipient; ; 0 cards; ; ",
			},
			out: map[string]string{"G:kaiko@example.jp": ""},
		},
		"abandoned_card_attempt/order/102:card+purchaser": {
			in: map[string]string{
				"G:minoru@example.jp":    "card+purchaser; engraved?; 0 cards; ; minoru@example.jp",
				"R:贈物子|1000009|東京都港区5-5": "recipient; ; 0 cards; ; ",
			},
			out: map[string]string{"G:minoru@example.jp": ""},
		},
		"buyer_at_other_address/delivery/100/2:recipient": {
			in:  map[string]string{"R:山田花子|6000001|京都府京都市1-1": "recipient; ; 0 cards; ; "},
			out: map[string]string{"R:山田花子|6000001|京都府京都市1-1": ""},
		},
		"near_buyer/delivery/100/3:recipient": {
			in:  map[string]string{"R:山田華子|1500001|東京都渋谷区1-2-3": "recipient; ; 0 cards; ; "},
			out: map[string]string{"R:山田華子|1500001|東京都渋谷区1-2-3": ""},
		},
		"unclear_record/order/105:purchaser": {
			in:  map[string]string{"G:mai@example.jp": "purchaser; engraved?; 0 cards; ; mai@example.jp"},
			out: map[string]string{"G:mai@example.jp": ""},
		},
		"first_notice_only/first_notice/e23233f478890bdc:card+purchaser": {
			in:  map[string]string{"G:stranger@example.jp": "card+purchaser; engraved?; 0 cards; ; stranger@example.jp"},
			out: map[string]string{"G:stranger@example.jp": "; ; 0 cards; ; stranger@example.jp"},
		},
		"first_notice_only/first_notice/M:1:card": {
			in:  map[string]string{"M:1": "card+member+purchaser; birth+engraved+gender; 0 cards; ; hanako@example.jp+hanako@mobile.example.jp+old.hanako@example.jp"},
			out: map[string]string{"M:1": "member+purchaser; birth+engraved+gender; 0 cards; ; hanako@example.jp+hanako@mobile.example.jp+old.hanako@example.jp"},
		},
	} {
		t.Run(id, func(t *testing.T) {
			before := doubtful().importIt(t)
			open, _ := openRecords(before)
			if !slices.Contains(open, id) {
				t.Fatalf("the record is not on the review list: %q", open)
			}
			for d, want := range map[breach.Decision]map[string]string{breach.DecidedIn: c.in, breach.DecidedOut: c.out, breach.DecidedLater: nil} {
				s := doubtful()
				s.edit = func(o *roster.Options) { o.Decided = deciding(id, d) }
				after := s.importIt(t)
				expected, got := everybody(before), everybody(after)
				for key, told := range want {
					if expected[key] = told; told == "" {
						delete(expected, key)
					}
				}
				if diff := cmp.Diff(expected, got); diff != "" {
					t.Errorf("%s (-want +got)\n%s", d, diff)
				}
				stillOpen, all := openRecords(after)
				if !slices.Contains(all, id) {
					t.Errorf("%s: the record is gone", d)
				}
				if d != breach.DecidedLater {
					open := slices.DeleteFunc(slices.Clone(open), func(s string) bool { return s == id })
					if diff := cmp.Diff(open, stillOpen); diff != "" {
						t.Errorf("%s: records that wait (-want +got)\n%s", d, diff)
					}
				}
				if after.SourcesDigest == before.SourcesDigest {
					t.Errorf("%s: the digest is the same", d)
				}
			}
		})
	}
}

// A decision answers what was asked and no more: when a later import can tell less about
// the same order, it is asked again.
func TestADecisionDoesNotAnswerAWiderQuestion(t *testing.T) {
	s := tinyShop()
	s.edit = func(o *roster.Options) {
		o.Files.Settlements, o.AcceptMissing = "", []string{"settlements"}
	}
	asked, _ := openRecords(s.importIt(t))
	if !slices.Contains(asked, "unclear_record/order/101:card") {
		t.Fatalf("without approvals it is not asked whether order 101 was paid by card: %q", asked)
	}
	s = tinyShop().replace(roster.RoleOrders, "端末種別ID", "機種")
	s.edit = func(o *roster.Options) {
		o.AcceptMissing = []string{"端末種別ID"}
		o.Decided = func(id string) breach.Decision {
			if slices.Contains(asked, id) {
				return breach.DecidedOut
			}
			return ""
		}
	}
	r := s.importIt(t)
	if p := find(t, r, "G:ichiro@example.jp"); len(p.Review) == 0 {
		t.Error("out of the card list was taken for out of every list")
	}
	for record := range r.Review() {
		if record.Decision != "" && len(record.Cohorts) > 1 {
			t.Errorf("%s was answered by a narrower decision", record.ID)
		}
	}
}
