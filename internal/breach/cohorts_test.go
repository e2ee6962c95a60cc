package breach_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

var (
	cardIDs      = []breach.CategoryID{"card_holder_name", "card_number", "card_expiry", "card_security_code"}
	cardActions  = []breach.ActionID{"check_card_statement", "contact_card_issuer", "request_card_reissue"}
	resetActions = []breach.ActionID{"reset_password", "change_reused_password"}
	none         = []breach.CategoryID{}
)

func concat[T any](lists ...[]T) []T { return slices.Concat(lists...) }

// Every combination the case can have, and what each is told to do. The flag is
// whether something engraved was bought.
func TestReportByCohorts(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	family := []breach.ActionID{"tell_family"}
	recipients, beware := []breach.ActionID{"tell_recipients"}, []breach.ActionID{"beware_of_contacts"}
	order := []breach.CategoryID{"name", "address", "phone", "email", "delivery_destination"}
	member := []breach.CategoryID{"name", "address", "phone", "email", "login_password"}
	for _, c := range []struct {
		letters   string
		withdrawn bool
		actions   func(engraved bool) []breach.ActionID
		not       []breach.CategoryID
	}{
		{"DB", false, func(e bool) []breach.ActionID {
			return concat(cardActions, when(e, family), recipients, beware)
		}, none},
		{"DAB", false, func(e bool) []breach.ActionID {
			return concat(cardActions, resetActions, when(e, family), recipients, beware)
		}, none},
		{"AB", false, func(e bool) []breach.ActionID {
			return concat(resetActions, when(e, family), recipients, beware)
		}, cardIDs},
		{"A", false, func(bool) []breach.ActionID { return concat(resetActions, beware) }, cardIDs},
		{"A", true, func(bool) []breach.ActionID { return concat(resetActions[1:], beware) }, cardIDs},
		{"AB", true, func(e bool) []breach.ActionID {
			return concat(resetActions[1:], when(e, family), recipients, beware)
		}, cardIDs},
		{"DAB", true, func(e bool) []breach.ActionID {
			return concat(cardActions, resetActions[1:], when(e, family), recipients, beware)
		}, none},
		{"B", false, func(e bool) []breach.ActionID { return concat(when(e, family), recipients, beware) }, cardIDs},
		{"D", false, func(bool) []breach.ActionID { return concat(cardActions, beware) }, none},
	} {
		for _, flag := range []breach.Tri{breach.No, breach.Unknown, breach.Yes} {
			flags := map[string]breach.Tri{"engraved": flag, "gender": flag, "birth_date": flag}
			p := person(inc, c.letters, flags)
			p.Withdrawn = c.withdrawn
			r := breach.NewReport(facts(t, inc, p))
			name := c.letters + " " + flag.String()

			if r.Status != breach.StatusListed || r.CheckNumber == nil || *r.CheckNumber != (breach.CheckNumber{Word: 7, Digits: "4821"}) || len(r.CannotTell) != 0 {
				t.Errorf("%s: status %s, check number %v, cannot tell %v", name, r.Status, r.CheckNumber, r.CannotTell)
			}
			if diff := cmp.Diff(c.actions(flag != breach.No), actionIDs(r)); diff != "" {
				t.Errorf("%s: actions (-want +got):\n%s", name, diff)
			}
			if diff := cmp.Diff(c.not, notExposed(r)); diff != "" {
				t.Errorf("%s: not exposed (-want +got):\n%s", name, diff)
			}
			want := map[breach.CohortID][]breach.CategoryID{}
			for _, l := range c.letters {
				switch l {
				case 'D':
					want["card"] = cardIDs
				case 'A':
					want["member"] = concat(member, when(flag != breach.No, []breach.CategoryID{"gender", "birth_date"}))
				case 'B':
					want["purchaser"] = concat(order, when(flag != breach.No, []breach.CategoryID{"engraved_name_and_birth_date"}))
				}
			}
			if diff := cmp.Diff(want, sources(r)); diff != "" {
				t.Errorf("%s: sources (-want +got):\n%s", name, diff)
			}
			checkCertainty(t, name, r, flag)
		}
	}
}

func when[T any](ok bool, list []T) []T {
	if ok {
		return list
	}
	return nil
}

func checkCertainty(t *testing.T, name string, r breach.Report, flag breach.Tri) {
	t.Helper()
	conditional := []breach.CategoryID{"gender", "birth_date", "engraved_name_and_birth_date"}
	for _, e := range r.Exposures {
		for _, c := range e.Categories {
			want := breach.Possible
			if flag == breach.Unknown && slices.Contains(conditional, c.ID) {
				want = breach.PossibleIfEntered
			}
			if c.Certainty != want {
				t.Errorf("%s: %s is %s, want %s", name, c.ID, c.Certainty, want)
			}
		}
	}
}

// A guest bought and never registered: no word about a password or MY page, in any
// language, whatever the flags.
func TestGuestNeverReadsOfAPassword(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	password := regexp.MustCompile(`(?i)パスワード|MYページ|MY page|password|ログイン|login`)
	for _, letters := range []string{"B", "DB", "D", "C"} {
		for _, flag := range []breach.Tri{breach.No, breach.Unknown, breach.Yes} {
			p := person(inc, letters, map[string]breach.Tri{"engraved": flag})
			p.Review = []breach.Open{{Reason: breach.AbandonedCardAttempt, Cohorts: []breach.CohortID{"card", "purchaser"}}}
			f := facts(t, inc, p)
			f.ByLetter = letters == "C"
			r := breach.NewReport(f)
			if r.Reset != nil {
				t.Errorf("%s: there is a reset: %+v", letters, r.Reset)
			}
			for _, s := range said(r) {
				for l, words := range s {
					if found := password.FindString(words); found != "" {
						t.Errorf("%s (%s, %v) reads %q in %q", letters, l, flag, found, words)
					}
				}
			}
		}
	}
}

func TestRecipientByLetter(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	f := facts(t, inc, person(inc, "C", nil))
	f.ByLetter = true
	r := breach.NewReport(f)
	if diff := cmp.Diff([]breach.ActionID{"beware_of_contacts"}, actionIDs(r)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if got := r.Actions[0].Title.In(breach.Japanese); got != "不審な電話、郵便に注意してください。" {
		t.Errorf("the action reads %q", got)
	}
	if diff := cmp.Diff(append(slices.Clone(cardIDs), "email"), notExposed(r)); diff != "" {
		t.Errorf("not exposed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[breach.CohortID][]breach.CategoryID{"recipient": {"name", "address", "phone"}}, sources(r)); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestNobody(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	r := breach.NewReport(facts(t, inc))
	if r.Status != breach.StatusNotListed || r.CheckNumber != nil || r.Reset != nil || r.Exposures == nil || r.NotExposed == nil ||
		r.Undetermined == nil || r.Actions == nil || len(r.Exposures)+len(r.NotExposed)+len(r.Undetermined)+len(r.Actions) != 0 {
		t.Errorf("nobody is told %+v", r)
	}
	if len(r.CannotTell) != 5 {
		t.Errorf("%d statements, want 5", len(r.CannotTell))
	}
}
