package incident_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

func load(t testing.TB, name string) (*breach.Incident, *incident.Vocabulary) {
	t.Helper()
	src, err := incident.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	in, words, err := incident.Parse(name+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	if in.Digest != sha256.Sum256(src) {
		t.Errorf("%s: the digest is not that of the file", name)
	}
	return in, words
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTougyokuFacts(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	got := map[string]any{
		"id": in.ID, "zone": in.Zone.String(), "published": in.PublishedAt.Format(time.RFC3339),
		"closes": in.ClosesAt.Format(time.RFC3339), "origin": in.Site.Origin,
		"from": in.Mail.From, "domain": in.Mail.AllowDomain, "phone": in.Contact.Phone, "email": in.Contact.Email,
		"first notice": in.FirstNotice.Format(time.RFC3339), "mail from": in.Notices.MailFrom.Format(time.RFC3339),
		"letters": in.Notices.LettersFrom == nil, "reset": in.ResetURL, "forgot": in.ForgotURL, "announced": in.Announced,
		"locales": in.Locales, "common": in.Common,
	}
	want := map[string]any{
		"id": "tougyoku-2023", "zone": "Asia/Tokyo", "published": "2023-07-25T00:00:00+09:00",
		"closes": "2024-04-01T00:00:00+09:00", "origin": "https://tougyoku.com",
		"from": "notice@tougyoku.com", "domain": "tougyoku.com", "phone": "0120-39-3501", "email": "otoiawase@tougyoku.co.jp",
		"first notice": "2023-04-05T00:00:00+09:00", "mail from": "2023-07-25T00:00:00+09:00",
		"letters": true, "reset": "https://tougyoku.com/mypage/new_password.php", "forgot": "https://tougyoku.com/forgot/", "announced": 1244,
		"locales": breach.Locales(), "common": []breach.ActionID{"beware_of_contacts"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the facts differ (-want +got):\n%s", diff)
	}
}

// cohort is what the notice says about one, without its words.
type cohort struct {
	ID       breach.CohortID
	Record   breach.RecordKind
	Exposes  []string // category, or category?flag when only some people have it
	RulesOut []breach.CategoryID
	From, To string
	Actions  []breach.CohortAction
	People   int
	Cards    int
}

func TestTougyokuCohorts(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	card := []breach.CategoryID{"card_holder_name", "card_number", "card_expiry", "card_security_code"}
	const cut = "2023-03-17T00:00:00+09:00"
	want := []cohort{
		{"card", breach.OrderRecord, []string{"card_holder_name", "card_number", "card_expiry", "card_security_code"}, nil,
			"2023-03-01T00:00:00+09:00", "2023-03-15T00:00:00+09:00",
			[]breach.CohortAction{{ID: "check_card_statement"}, {ID: "contact_card_issuer"}, {ID: "request_card_reissue"}}, 30, 38},
		{"member", breach.MemberRecord,
			[]string{"name", "address", "phone", "email", "login_password", "gender?gender", "birth_date?birth_date"}, card, "", cut,
			[]breach.CohortAction{{ID: "reset_password"}, {ID: "change_reused_password"}}, 265, 0},
		{"purchaser", breach.OrderRecord,
			[]string{"name", "address", "phone", "email", "delivery_destination", "engraved_name_and_birth_date?engraved"}, card, "", cut,
			[]breach.CohortAction{{ID: "tell_family", IfExposed: "engraved_name_and_birth_date"}, {ID: "tell_recipients"}}, 1007, 0},
		{"recipient", breach.DeliveryRecord, []string{"name", "address", "phone"},
			append([]breach.CategoryID{"email"}, card...), "", cut, nil, 187, 0},
	}
	var got []cohort
	for _, c := range in.Cohorts {
		g := cohort{ID: c.ID, Record: c.Record, RulesOut: c.RulesOut, Actions: c.Actions, People: c.Announced.People, Cards: c.Announced.Cards}
		for _, x := range c.Exposes {
			name := string(x.Category)
			if (x.When != nil) != (x.Flag != "") {
				t.Errorf("%s: %s has a condition for exports or for lists, and not for both", c.ID, name)
			}
			if x.Flag != "" {
				name += "?" + x.Flag
			}
			g.Exposes = append(g.Exposes, name)
		}
		if c.Period.From != nil {
			g.From = c.Period.From.Format(time.RFC3339)
		}
		if c.Period.To != nil {
			g.To = c.Period.To.Format(time.RFC3339)
		}
		got = append(got, g)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the cohorts differ (-want +got):\n%s", diff)
	}
}

func TestTougyokuOrder(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	var categories, actions, questions, statements, doubts, events []string
	for _, c := range in.Categories {
		categories = append(categories, string(c.ID))
	}
	for _, a := range in.Actions {
		actions = append(actions, string(a.ID))
	}
	for _, q := range in.FAQ {
		questions = append(questions, q.ID)
	}
	for _, s := range in.CannotTell {
		statements = append(statements, s.ID)
	}
	for _, d := range in.Doubts {
		doubts = append(doubts, string(d.Reason))
	}
	for _, e := range in.Timeline {
		events = append(events, e.On.Format(time.DateOnly))
	}
	for _, c := range []struct{ got, want []string }{
		{categories, []string{"card_holder_name", "card_number", "card_expiry", "card_security_code", "name", "address", "phone", "email",
			"login_password", "gender", "birth_date", "delivery_destination", "engraved_name_and_birth_date"}},
		{actions, []string{"check_card_statement", "contact_card_issuer", "request_card_reissue", "reset_password",
			"change_reused_password", "tell_family", "tell_recipients", "beware_of_contacts", "call_us"}},
		{questions, []string{"genuine_mail", "am_i_listed", "my_card", "why_card", "misused", "outside_dates", "password", "gift",
			"other_shops", "first_notice", "why_late", "prevention", "authorities", "compensation"}},
		{statements, []string{"other_address", "recipient", "engraved_name", "card_entry", "first_notice"}},
		{doubts, []string{"abandoned_card_attempt", "unclear_record"}},
		{events, []string{"2023-03-17", "2023-03-20", "2023-03-30", "2023-04-05", "2023-05-26", "2023-07-25"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("the order differs (-want +got):\n%s", diff)
		}
	}
}

func TestTougyokuVocabulary(t *testing.T) {
	_, words := load(t, "tougyoku-2023")
	zone := words.Zone.String()
	words.Zone = nil
	want := &incident.Vocabulary{
		CardMethods:  []string{"クレジットカード", "クレジットカード決済", "カード決済（スマホ用）"},
		OtherMethods: []string{"銀行振込", "代金引換", "郵便振替", "ギフトカード払い"},
		WebDevices:   []string{"1", "2", "10"}, OtherDevices: []string{"99"},
		Engraved: incident.Engraved{
			Codes:  []string{"NF-01", "NF-02", "NF-03", "NK-01", "NK-02"},
			Names:  []string{"名前旗 特注サイズ", "名前木札（職人手書き）", "お名前木札・表札型"},
			Except: []string{"ST-01"},
		},
	}
	if diff := cmp.Diff(want, words); diff != "" || zone != "Asia/Tokyo" {
		t.Errorf("the words of the shop differ, zone %s (-want +got):\n%s", zone, diff)
	}
}

func TestTougyokuHours(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	h := in.Contact.Hours
	if h.From != 10*time.Hour || h.To != 17*time.Hour || h.Days != [7]bool{false, true, true, true, true, true, false} {
		t.Errorf("hours = %v to %v on %v", h.From, h.To, h.Days)
	}
	for day, want := range map[breach.Date][2]bool{ // holiday, closure
		{Year: 2023, Month: 8, Day: 11}:  {true, false},
		{Year: 2023, Month: 9, Day: 18}:  {true, false},
		{Year: 2023, Month: 10, Day: 9}:  {true, false},
		{Year: 2023, Month: 11, Day: 3}:  {true, false},
		{Year: 2023, Month: 11, Day: 23}: {true, false},
		{Year: 2023, Month: 12, Day: 28}: {false, false},
		{Year: 2023, Month: 12, Day: 29}: {false, true},
		{Year: 2024, Month: 1, Day: 1}:   {true, true},
		{Year: 2024, Month: 1, Day: 3}:   {false, true},
		{Year: 2024, Month: 1, Day: 4}:   {false, false},
		{Year: 2024, Month: 2, Day: 12}:  {true, false},
		{Year: 2019, Month: 1, Day: 2}:   {false, false},
		{Year: 2030, Month: 12, Day: 31}: {false, true},
		{Year: 2031, Month: 1, Day: 3}:   {false, true},
	} {
		if h.Holidays[day] != want[0] || h.Closures[day] != want[1] {
			t.Errorf("%v: holiday %v, closure %v; want %v", day, h.Holidays[day], h.Closures[day], want)
		}
	}
	if len(h.Holidays) != 219 {
		t.Errorf("%d holidays from 2019 to 2030, want 219", len(h.Holidays))
	}
}

// The second incident shares neither cohorts nor categories nor language with the
// first, and has nothing the first needs: nothing may be wired in.
func TestHarbour(t *testing.T) {
	in, words := load(t, "harbour-2024")
	if in.Zone.String() != "UTC" || words.Zone.String() != "UTC" || in.FirstNotice != nil || !in.ClosesAt.IsZero() || in.ResetURL != "" {
		t.Errorf("harbour-2024 got something it does not say: %+v", in)
	}
	if got := in.Notices.MailFrom.Format(time.RFC3339); got != "2024-03-05T12:00:00Z" {
		t.Errorf("notices begin %s", got)
	}
	if got := in.Notices.LettersFrom.Format(time.RFC3339); got != "2024-03-11T00:00:00Z" {
		t.Errorf("letters begin %s", got)
	}
	for _, c := range in.Cohorts {
		if c.Where != nil || c.Record != "" || c.Sentence != "Everybody whom the approved list names." {
			t.Errorf("cohort %s has a rule: %q", c.ID, c.Sentence)
		}
	}
	subscriber, borrower := in.Cohort("subscriber"), in.Cohort("borrower")
	if len(in.Cohorts) != 2 || subscriber == nil || borrower == nil || subscriber.Announced.People != 412 || borrower.Announced.People != 0 {
		t.Fatalf("the cohorts are %+v", in.Cohorts)
	}
	if x := subscriber.Exposes[2]; x.Category != "bank_account" || x.Flag != "direct_debit" || x.When != nil {
		t.Errorf("the conditional category is %+v", x)
	}
	if got := borrower.Exposes[1].Label.In(breach.Japanese); got != "Number and expiry of your library card" {
		t.Errorf("the label is %q", got)
	}
	for _, d := range []breach.Date{{Year: 2024, Month: 3, Day: 29}, {Year: 2024, Month: 4, Day: 1}, {Year: 2024, Month: 5, Day: 6}} {
		if !in.Contact.Hours.Closures[d] {
			t.Errorf("%v is not closed", d)
		}
	}
	if len(in.Contact.Hours.Closures) != 5 || in.Contact.Hours.Holidays != nil {
		t.Errorf("closures %v, holidays %v", in.Contact.Hours.Closures, in.Contact.Hours.Holidays)
	}
}

func TestExampleUnknown(t *testing.T) {
	if _, err := incident.Example("../doc"); err == nil {
		t.Error("an example that is none was found")
	}
}
