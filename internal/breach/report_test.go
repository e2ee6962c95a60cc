package breach_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

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

// The sources stand in the file's order whatever the roster's, and a category is
// called what its source calls it.
func TestReportOrderAndLabels(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	p := person(inc, "BAD", nil)
	r := breach.NewReport(facts(t, inc, p))
	var order []breach.CohortID
	for _, e := range r.Exposures {
		order = append(order, e.Cohort)
	}
	if diff := cmp.Diff([]breach.CohortID{"card", "member", "purchaser"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	label := func(source, category int) string {
		return r.Exposures[source].Categories[category].Label.In(breach.Japanese)
	}
	if got := label(1, 3); got != "メールアドレス（ログインID）" {
		t.Errorf("the member's address is called %q", got)
	}
	if got := label(2, 3); got != "メールアドレス" {
		t.Errorf("the order's address is called %q", got)
	}
	if e := r.Exposures[0]; e.Label.In(breach.English) != "Card data" || e.Reason.In(breach.English) == "" ||
		e.Period.Label.In(breach.English) != "Card payments 1-14 March 2023" || e.Period.To.Format(time.RFC3339) != "2023-03-15T00:00:00+09:00" {
		t.Errorf("the card source is %+v", e)
	}
	if got := r.AsOf.Format(time.RFC3339); got != "2023-07-25T12:00:00+09:00" || r.Version != 3 || r.Incident != "tougyoku-2023" {
		t.Errorf("as of %s, version %d of %s", got, r.Version, r.Incident)
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

// said is every text of a report.
func said(r breach.Report) []breach.Text {
	var all []breach.Text
	for _, e := range r.Exposures {
		all = append(all, e.Label, e.Reason, e.Period.Label)
		for _, c := range e.Categories {
			all = append(all, c.Label)
		}
	}
	for _, c := range r.NotExposed {
		all = append(all, c.Label)
	}
	for _, u := range r.Undetermined {
		all = append(all, u.Label, u.Reason)
	}
	for _, s := range r.CannotTell {
		all = append(all, s.Text)
	}
	for _, a := range r.Actions {
		all = append(all, a.Title, a.Body)
	}
	return append(all, r.Contact.Hours)
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

// Before letters go out, nobody is told to look for one.
func TestLettersAreMentionedFromTheirDay(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	sent := at(t, "2023-08-01T00:00:00+09:00")
	for _, c := range []struct {
		from *time.Time
		now  string
		want string
	}{
		{nil, "2024-01-01T00:00:00+09:00", "We are preparing letters."},
		{&sent, "2023-07-31T23:59:59+09:00", "We are preparing letters."},
		{&sent, "2023-08-01T00:00:00+09:00", "You can also check with the number of the letter."},
	} {
		changed := *inc
		changed.Notices.LettersFrom = c.from
		f := facts(t, &changed)
		f.Now = at(t, c.now)
		r := breach.NewReport(f)
		if got := r.CannotTell[1].Text.In(breach.English); !regexp.MustCompile(regexp.QuoteMeta(c.want)).MatchString(got) {
			t.Errorf("at %s: %q, want %q in it", c.now, got, c.want)
		}
		if r.CannotTell[1].BeforeLetters != nil {
			t.Error("a report holds the words for another day")
		}
	}
}

func TestFirstNoticeOnly(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	p := breach.Person{Ref: 1, Kind: breach.KindGuest, FirstNotice: true}
	r := breach.NewReport(facts(t, inc, p))
	if r.Status != breach.StatusNotListed || r.CheckNumber != nil {
		t.Errorf("status %s, check number %v", r.Status, r.CheckNumber)
	}
	if diff := cmp.Diff([]breach.ActionID{"call_us"}, actionIDs(r)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	listed := person(inc, "DB", nil)
	listed.FirstNotice = true
	if ids := actionIDs(breach.NewReport(facts(t, inc, listed))); slices.Contains(ids, breach.ActionCallUs) {
		t.Errorf("somebody on the list is asked to call: %v", ids)
	}
}

// What an open record could still turn out to expose is neither exposed nor ruled out.
func TestOpenReview(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	attempt := breach.Open{Reason: breach.AbandonedCardAttempt, Cohorts: []breach.CohortID{"card"}}
	unclear := breach.Open{Reason: breach.NearBuyer, Cohorts: []breach.CohortID{"purchaser"}}
	for _, c := range []struct {
		name         string
		letters      string
		review       []breach.Open
		undetermined []breach.CategoryID
		reasons      []string
		not          []breach.CategoryID
		status       breach.Status
	}{
		{"a member's attempt", "A", []breach.Open{attempt}, cardIDs, repeat("Our records show a card entry without a completed purchase", 4), none, breach.StatusListed},
		{"on no list", "", []breach.Open{attempt}, cardIDs, repeat("Our records show a card entry without a completed purchase", 4), none, breach.StatusNotListed},
		{"somebody whose card is listed", "DB", []breach.Open{attempt}, none, nil, none, breach.StatusListed},
		{"another reason uses the general words", "A", []breach.Open{unclear}, []breach.CategoryID{"delivery_destination", "engraved_name_and_birth_date"},
			repeat("We are checking our records", 2), cardIDs, breach.StatusListed},
		{"two reasons", "A", []breach.Open{attempt, unclear}, concat(cardIDs, []breach.CategoryID{"delivery_destination", "engraved_name_and_birth_date"}),
			concat(repeat("Our records show a card entry without a completed purchase", 4), repeat("We are checking our records", 2)), none, breach.StatusListed},
		{"a cohort that is none", "A", []breach.Open{{Reason: breach.UnclearRecord, Cohorts: []breach.CohortID{"gone"}}}, none, nil, cardIDs, breach.StatusListed},
	} {
		p := person(inc, c.letters, nil)
		p.Review = c.review
		r := breach.NewReport(facts(t, inc, p))
		if r.Status != c.status {
			t.Errorf("%s: status %s", c.name, r.Status)
		}
		if diff := cmp.Diff(c.undetermined, undetermined(r)); diff != "" {
			t.Errorf("%s: undetermined (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.not, notExposed(r)); diff != "" {
			t.Errorf("%s: not exposed (-want +got):\n%s", c.name, diff)
		}
		for i, u := range r.Undetermined {
			if got := u.Reason.In(breach.English); got != c.reasons[i] {
				t.Errorf("%s: %s because %q, want %q", c.name, u.ID, got, c.reasons[i])
			}
		}
	}
}

func repeat(s string, n int) []string {
	var list []string
	for range n {
		list = append(list, s)
	}
	return list
}

// A couple shares a mailbox: the union, what is known before what is not, and no
// second entry for anything.
func TestSharedMailbox(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	a := person(inc, "B", map[string]breach.Tri{"engraved": breach.Unknown})
	b := person(inc, "B", map[string]breach.Tri{"engraved": breach.Yes})
	b.Ref = 2
	for _, persons := range [][]breach.Person{{a, b}, {b, a}} {
		r := breach.NewReport(facts(t, inc, persons...))
		if len(r.Exposures) != 1 || len(r.Exposures[0].Categories) != 6 {
			t.Fatalf("the union is %+v", r.Exposures)
		}
		if got := r.Exposures[0].Categories[5]; got.Certainty != breach.Possible {
			t.Errorf("the engraved name is %s", got.Certainty)
		}
	}
	gone := person(inc, "A", nil)
	gone.Ref, gone.Withdrawn = 3, true
	live := person(inc, "A", nil)
	r := breach.NewReport(facts(t, inc, gone, live))
	if diff := cmp.Diff([]breach.ActionID{"reset_password", "change_reused_password", "beware_of_contacts"}, actionIDs(r)); diff != "" {
		t.Errorf("one of two members withdrew (-want +got):\n%s", diff)
	}
	if got := r.Actions[1].Title.In(breach.Japanese); regexp.MustCompile("退会").MatchString(got) {
		t.Errorf("a live member reads %q", got)
	}
}

func TestResetStates(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	const ordered, planned, done = "Set a new MY page password.", "Change your MY page password.", "Your MY page password is new."
	for _, c := range []struct {
		state     breach.ResetState
		withdrawn bool
		want      breach.ReportedReset
		title     string // of reset_password; empty: not asked
	}{
		{"", false, breach.ReportedReset{State: breach.ResetPlanned}, planned},
		{breach.ResetPlanned, false, breach.ReportedReset{State: breach.ResetPlanned}, planned},
		{breach.ResetRequired, false, breach.ReportedReset{Required: true, State: breach.ResetRequired, Offered: true}, ordered},
		{breach.ResetTicketIssued, false, breach.ReportedReset{Required: true, State: breach.ResetTicketIssued, Offered: true}, ordered},
		{breach.ResetChangedUnverified, false, breach.ReportedReset{Required: true, State: breach.ResetChangedUnverified, Offered: true}, ordered},
		{breach.ResetCompleted, false, breach.ReportedReset{State: breach.ResetCompleted}, done},
		{breach.ResetExempt, false, breach.ReportedReset{State: breach.ResetExempt}, done},
		{"", true, breach.ReportedReset{State: breach.ResetExempt}, ""},
		{breach.ResetExempt, true, breach.ReportedReset{State: breach.ResetExempt}, ""},
	} {
		p := person(inc, "AB", nil)
		p.Withdrawn = c.withdrawn
		f := facts(t, inc, p)
		if c.state != "" {
			f.Resets = map[int64]breach.ResetState{p.Ref: c.state}
		}
		r := breach.NewReport(f)
		if r.Reset == nil || *r.Reset != c.want {
			t.Errorf("%q: reset %+v, want %+v", c.state, r.Reset, c.want)
		}
		title := ""
		for _, a := range r.Actions {
			if a.ID == breach.ActionResetPassword {
				title = a.Title.In(breach.English)
			}
		}
		if title != c.title {
			t.Errorf("%q: the action reads %q, want %q", c.state, title, c.title)
		}
	}
}

// Of two members in one mailbox the one with most left to do is reported.
func TestResetOfSharedMailbox(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	a, b := person(inc, "A", nil), person(inc, "A", nil)
	b.Ref = 2
	order := []breach.ResetState{breach.ResetExempt, breach.ResetCompleted, breach.ResetPlanned, breach.ResetTicketIssued,
		breach.ResetRequired, breach.ResetChangedUnverified}
	for i, x := range order {
		for j, y := range order {
			f := facts(t, inc, a, b)
			f.Resets = map[int64]breach.ResetState{1: x, 2: y}
			if got, want := breach.NewReport(f).Reset.State, order[max(i, j)]; got != want {
				t.Errorf("%s and %s report %s, want %s", x, y, got, want)
			}
		}
	}
}

// The report of a person must not be able to change what the next one reads.
func TestReportsDoNotShare(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	before := slices.Clone(inc.CannotTell)
	r := breach.NewReport(facts(t, inc))
	r.CannotTell[0].ID = "changed"
	if diff := cmp.Diff(before, inc.CannotTell); diff != "" {
		t.Errorf("the incident changed (-want +got):\n%s", diff)
	}
	f := facts(t, inc, person(inc, "A", nil))
	one := breach.NewReport(f)
	f.CheckNumber.Digits = "0000"
	if one.CheckNumber.Digits != "4821" {
		t.Error("the check number is shared")
	}
}

// The code knows nothing of the first case: another incident gets its own report.
func TestAnotherIncident(t *testing.T) {
	inc := load(t, "harbour-2024")
	p := breach.Person{Ref: 1, Kind: breach.KindGuest, Exposures: []breach.Exposure{
		in(inc.Cohort("borrower"), nil), in(inc.Cohort("subscriber"), map[string]breach.Tri{"direct_debit": breach.Unknown}),
	}}
	f := facts(t, inc, p)
	r := breach.NewReport(f)
	if diff := cmp.Diff([]breach.ActionID{"tell_your_bank", "replace_card", "beware_of_contacts"}, actionIDs(r)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(none, notExposed(r)); diff != "" || r.Reset != nil {
		t.Errorf("not exposed (-want +got):\n%s\nreset %v", diff, r.Reset)
	}
	p.Exposures = p.Exposures[1:]
	r = breach.NewReport(facts(t, inc, p))
	if diff := cmp.Diff([]breach.CategoryID{"reading_history", "membership_card"}, notExposed(r)); diff != "" {
		t.Errorf("not exposed (-want +got):\n%s", diff)
	}
	if got := slices.Sorted(maps.Keys(sources(r))); !slices.Equal(got, []breach.CohortID{"subscriber"}) {
		t.Errorf("sources %v", got)
	}
}

// Only people whom the present version does not list are told that something changed;
// and that changes nothing else of what they are told.
func TestDropped(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	f := facts(t, inc)
	f.Answer = breach.Answer{Dropped: true}
	got := breach.NewReport(f)
	if !got.Dropped || got.Status != breach.StatusNotListed || len(got.CannotTell) != len(inc.CannotTell) {
		t.Errorf("dropped: %+v", got)
	}
	f.Answer.Dropped = false
	got.Dropped = false
	if diff := cmp.Diff(breach.NewReport(f), got); diff != "" {
		t.Errorf("being dropped changes more than the note (-without +with):\n%s", diff)
	}
	// Known, but on no list: a first notice, or a record nobody has decided about.
	f.Answer = breach.Answer{Dropped: true, Persons: []breach.Person{{Ref: 1, FirstNotice: true}}}
	if got := breach.NewReport(f); !got.Dropped || len(got.Actions) != 1 {
		t.Errorf("dropped, with a first notice: %+v", got)
	}
	f.Answer = breach.Answer{Dropped: true, Persons: []breach.Person{person(inc, "A", nil)}}
	if got := breach.NewReport(f); got.Dropped || got.Status != breach.StatusListed {
		t.Errorf("listed: dropped %t, %s", got.Dropped, got.Status)
	}
}
