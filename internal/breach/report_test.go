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
