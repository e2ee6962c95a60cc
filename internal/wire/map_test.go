package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/wire"
	"exposure/internal/wording"
)

var jst = time.FixedZone("JST", 9*60*60)

var check = breach.CheckNumber{Word: 17, Digits: "4821"}

func both(ja, en string) breach.Text { return breach.Text{breach.Japanese: ja, breach.English: en} }

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// listed is a report with every field set, its times in other zones than the incident's.
func listed(t *testing.T) breach.Report {
	end := at(t, "2023-03-16T15:00:00Z")
	open := at(t, "2023-07-26T01:00:00.999Z")
	return breach.Report{
		Incident: "shop-2023", AsOf: at(t, "2023-07-24T09:00:00.5Z").In(jst), Version: 7, Status: breach.StatusListed,
		CheckNumber: &check,
		Exposures: []breach.ReportedExposure{{
			Cohort: "member", Label: both("会員", "Member"), Reason: both("理由", "Reason"),
			Period: breach.Period{Label: both("16日まで", "Until 16"), To: &end},
			Categories: []breach.ReportedCategory{
				{ID: "name", Label: both("氏名", "Name"), Certainty: breach.Possible},
				{ID: "gender", Label: both("性別", "Gender"), Certainty: breach.PossibleIfEntered},
			},
		}},
		NotExposed:   []breach.Category{{ID: "card_number", Label: both("番号", "Number")}},
		Undetermined: []breach.Undetermined{{ID: "card_expiry", Label: both("期限", "Expiry"), Reason: both("確認中", "Checking")}},
		Actions:      []breach.ReportedAction{{ID: "reset_password", Title: both("題", "Title"), Body: both("文", "Body")}},
		Reset:        &breach.ReportedReset{Required: true, State: breach.ResetRequired},
		Contact:      breach.ReportedContact{Phone: "0120", Email: "a@b.jp", Hours: both("平日", "Weekdays"), NextOpen: &open},
	}
}

func TestFromReport(t *testing.T) {
	got := asJSON(t, wire.FromReport(listed(t), breach.English))
	want := `{"incident":"shop-2023","as_of":"2023-07-24T18:00:00+09:00","version":7,"status":"listed","change_note":null,"check_number":"` + wording.CheckNumber(check, breach.English) + `",
	 "exposures":[{"cohort":"member","label":"Member","reason":"Reason","period":{"label":"Until 16","from":null,"to":"2023-03-17T00:00:00+09:00"},
	   "categories":[{"id":"name","label":"Name","certainty":"possible"},{"id":"gender","label":"Gender","certainty":"possible_if_entered"}]}],
	 "not_exposed":[{"id":"card_number","label":"Number"}],"undetermined":[{"id":"card_expiry","label":"Expiry","reason":"Checking"}],"cannot_tell":[],
	 "actions":[{"id":"reset_password","title":"Title","body":"Body"}],"password_reset":{"required":true,"state":"required"},
	 "contact":{"phone":"0120","email":"a@b.jp","hours":"Weekdays","open_now":false,"next_open":"2023-07-26T10:00:00+09:00"}}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, got)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if ja := asJSON(t, wire.FromReport(listed(t), breach.Japanese)); !strings.Contains(ja, `"check_number":"`+wording.CheckNumber(check, breach.Japanese)+`"`) || !strings.Contains(ja, "会員") {
		t.Errorf("in Japanese: %s", ja)
	}
}

// TestEmptyReport: nothing that was not found may turn up as null in place of a list.
func TestEmptyReport(t *testing.T) {
	got := asJSON(t, wire.FromReport(breach.Report{Incident: "x", Status: breach.StatusNotListed, AsOf: at(t, "2023-07-24T18:00:00+09:00")}, breach.EasyJapanese))
	for _, key := range []string{"exposures", "not_exposed", "undetermined", "cannot_tell", "actions"} {
		if !strings.Contains(got, `"`+key+`":[]`) {
			t.Errorf("%s is no empty list in %s", key, got)
		}
	}
	for _, key := range []string{"change_note", "check_number", "password_reset", "next_open"} {
		if !strings.Contains(got, `"`+key+`":null`) {
			t.Errorf("%s is not null in %s", key, got)
		}
	}
	r := breach.Report{Exposures: []breach.ReportedExposure{{}}}
	if got := asJSON(t, wire.FromReport(r, breach.Japanese)); !strings.Contains(got, `"categories":[]`) {
		t.Errorf("categories are no empty list in %s", got)
	}
}

func TestFromIncident(t *testing.T) {
	mailed := at(t, "2023-07-24T15:00:00Z")
	in := &breach.Incident{
		ID: "shop-2023", Zone: jst, PublishedAt: at(t, "2023-07-24T15:00:00Z"),
		Site: breach.Site{Name: both("店", "Shop"), Origin: "https://shop.example.jp"}, Mail: breach.Mail{From: "notice@shop.example.jp"},
		Notices:    breach.Notices{MailFrom: &mailed},
		Timeline:   []breach.Event{{On: at(t, "2023-03-16T15:00:00Z"), What: both("発見", "Found")}},
		FAQ:        []breach.Question{{ID: "q", Ask: both("問", "Ask"), Answer: both("答", "Answer")}},
		Exclusions: []breach.Text{both("店舗", "stores")},
	}
	got := asJSON(t, wire.FromIncident(in, breach.ReportedContact{Phone: "0120", OpenNow: true}, nil, breach.English))
	want := `{"id":"shop-2023","locale":"en","site":{"name":"Shop","origin":"https://shop.example.jp"},
	 "published_at":"2023-07-25T00:00:00+09:00","closes_at":null,"pause":null,"mail_from":"notice@shop.example.jp",
	 "contact":{"phone":"0120","email":"","hours":"","open_now":true,"next_open":null},
	 "timeline":[{"on":"2023-03-17","what":"Found"}],"faq":[{"id":"q","question":"Ask","answer":"Answer"}],"exclusions":["stores"],
	 "notices":{"mail_from":"2023-07-25T00:00:00+09:00","letters_from":null}}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, got)); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
}

func TestPause(t *testing.T) {
	since, back := at(t, "2023-07-26T05:00:00.7Z"), at(t, "2023-07-26T07:00:00Z")
	for want, p := range map[string]*breach.Pause{
		`"pause":null`: nil,
		`"pause":{"back_at":null,"since":"2023-07-26T14:00:00+09:00"}`:                        {Since: since},
		`"pause":{"back_at":"2023-07-26T16:00:00+09:00","since":"2023-07-26T14:00:00+09:00"}`: {Since: since, BackAt: &back},
	} {
		if got := asJSON(t, wire.FromIncident(&breach.Incident{Zone: jst}, breach.ReportedContact{}, p, breach.Japanese)); !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestChangeNote: the words and the time of the list that was asked, and no other case.
func TestChangeNote(t *testing.T) {
	r := breach.Report{Status: breach.StatusNotListed, Dropped: true, AsOf: at(t, "2023-07-24T09:00:00Z").In(jst)}
	for l, want := range map[breach.Locale]string{
		breach.Japanese:     "前回の確認結果から変わりました。2023年7月24日 午後6時（18:00）時点の調査では、このメールアドレスは一覧にありません。",
		breach.English:      "This differs from your last result: as of 24 July 2023, 18:00 (JST) this address is not on the list.",
		breach.EasyJapanese: "前の こたえと ちがいます。いまは、この メールでは 見つかりません。",
	} {
		if got := wire.FromReport(r, l).ChangeNote; got == nil || *got != want {
			t.Errorf("%s: %v, want %q", l, got, want)
		}
	}
	r.Dropped = false
	if got := wire.FromReport(r, breach.Japanese).ChangeNote; got != nil {
		t.Errorf("nothing changed, but it says %q", *got)
	}
}

// TestEnumsAgree: the domain's words are those of the API.
func TestEnumsAgree(t *testing.T) {
	for _, l := range breach.Locales() {
		if !wire.Locale(l).Valid() {
			t.Errorf("locale %q is not in the API", l)
		}
	}
	for _, s := range []breach.ResetState{
		breach.ResetPlanned, breach.ResetRequired, breach.ResetTicketIssued, breach.ResetCompleted, breach.ResetChangedUnverified, breach.ResetExempt,
	} {
		if !wire.ResetState(s).Valid() {
			t.Errorf("reset state %q is not in the API", s)
		}
	}
	for _, c := range []breach.Certainty{breach.Possible, breach.PossibleIfEntered} {
		if !wire.Certainty(c).Valid() {
			t.Errorf("certainty %q is not in the API", c)
		}
	}
	for _, s := range []breach.Status{breach.StatusListed, breach.StatusNotListed} {
		if !wire.ReportStatus(s).Valid() {
			t.Errorf("status %q is not in the API", s)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decoded(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
