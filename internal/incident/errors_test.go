package incident_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/incident"
)

// faults returns every *incident.Error in err.
func faults(t *testing.T, err error) []*incident.Error {
	t.Helper()
	var list []*incident.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			var x *incident.Error
			if !errors.As(e, &x) {
				t.Fatalf("%v is no *incident.Error", e)
			}
			list = append(list, x)
		}
	}
	return list
}

// edit replaces the only occurrence of old in the whole first example.
func edit(t *testing.T, old, new string) string {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(src), old); n != 1 {
		t.Fatalf("%q occurs %d times", old, n)
	}
	return strings.Replace(string(src), old, new, 1)
}

// place is the line and column (in characters) of the ^ in a pattern that occurs in src.
func place(t *testing.T, src, pattern string) (line, column int) {
	t.Helper()
	before, after, ok := strings.Cut(pattern, "^")
	i := strings.Index(src, before+after)
	if !ok || i < 0 {
		t.Fatalf("%q does not occur", pattern)
	}
	head := src[:i+len(before)]
	return 1 + strings.Count(head, "\n"), 1 + len([]rune(head[strings.LastIndexByte(head, '\n')+1:]))
}

// Each slip, made in the real file, is reported once, at its own place.
func TestFaultsHaveAPlace(t *testing.T) {
	const reads = "rules over order records may read order.abandoned, order.cancelled, order.card_method, order.card_settled, " +
		"order.deleted, order.delivery_count, order.engraved, order.placed_at, order.web"
	for _, c := range []struct{ name, old, new, at, want string }{
		{"unknown key", "closes_at:", "close_at:", "^close_at:", `the incident has no key "close_at"`},
		{"duplicate key", "zone: Asia/Tokyo # times", "zone: UTC\nzone: Asia/Tokyo # times", "^zone: Asia/Tokyo # times", `mapping key "zone" already defined at [4:1]`},
		{"missing key", "reset: {url: \"https://tougyoku.com/mypage/new_password.php\", forgot_url: \"https://tougyoku.com/forgot/\"}", "reset: {}", "reset: ^{}", `reset lacks "url"`},
		{"key without value", "id: tougyoku-2023", "id:", "id:^", `"id" of the incident is empty`},
		{"incident id", "id: tougyoku-2023", "id: Tougyoku 2023", "id: ^Tougyoku 2023", `must be short and of a-z, 0-9 and -`},
		{"unknown zone", "zone: Asia/Tokyo # times", "zone: Asia/Tokio # times", "zone: ^Asia/Tokio", `no time zone "Asia/Tokio"`},
		{"zone of this machine", "zone: Asia/Tokyo # times", "zone: Local # times", "zone: ^Local", `no time zone "Local"`},
		{"unknown locale", "locales: [ja, en, ja-easy]", "locales: [ja, en, ja-easy, fr]", "ja-easy, ^fr]", `no locale "fr"`},
		{"locale twice", "locales: [ja, en, ja-easy]", "locales: [ja, en, ja-easy, en]", "ja-easy, ^en]", `locale "en" appears twice`},
		{"zone-less time", "published_at: 2023-07-25T00:00:00+09:00", "published_at: 2023-07-25T00:00:00", "published_at: ^2023", `"2023-07-25T00:00:00" has no zone; write it in full`},
		{"zone-less day", "published_at: 2023-07-25T00:00:00+09:00", "published_at: 2023-07-25", "published_at: ^2023", `has no zone`},
		{"bad time", "closes_at: 2024-04-01T00:00:00+09:00", "closes_at: 2024-04-31T00:00:00+09:00", "closes_at: ^2024", `is no time`},
		{"bad day", "sent_on: 2023-04-05", "sent_on: 2023-04-31", "sent_on: ^2023", `"2023-04-31" is no day`},
		{"zone-less period", "      from: 2023-03-01T00:00:00+09:00", "      from: 2023-03-01 00:00:00", "from: ^2023-03-01 00", `has no zone`},
		{"period backwards", "      from: 2023-03-01T00:00:00+09:00\n      to: 2023-03-15T00:00:00+09:00", "      from: 2023-03-15T00:00:00+09:00\n      to: 2023-03-15T00:00:00+09:00",
			"^label: {ja: 2023年3月1日～14日", "from must be before to"},
		{"closed before published", "closes_at: 2024-04-01T00:00:00+09:00", "closes_at: 2023-04-01T00:00:00+09:00", "^id: tougyoku", "closes_at must be after published_at"},
		{"not https", "origin: https://tougyoku.com", "origin: http://tougyoku.com", "origin: ^http:", "must be an https:// address"},
		{"origin with path", "origin: https://tougyoku.com", "origin: https://tougyoku.com/x", "origin: ^https", "must end after the host name"},
		{"bad sender", "from: notice@tougyoku.com", "from: notice@tougyoku", "from: ^notice", "must be an e-mail address"},
		{"a sender that nobody allowed", "allow_domain: tougyoku.com", "allow_domain: mail.tougyoku.com", "allow_domain: ^mail.", "does not cover the sender notice@tougyoku.com"},
		{"a domain that only ends alike", "allow_domain: tougyoku.com", "allow_domain: yoku.com", "allow_domain: ^yoku", "does not cover the sender"},
		{"bad help address", "email: otoiawase@tougyoku.co.jp", "email: Otoiawase@tougyoku.co.jp", "email: ^Otoi", "in small letters"},
		{"number for text", "phone: 0120-39-3501", "phone: 120393501", "phone: ^1203", "put it in quotes"},
		{"missing locale", "gender: {ja: 性別, en: Gender, ja-easy: 男か 女か}", "gender: {ja: 性別, ja-easy: 男か 女か}", "gender: ^{ja: 性別", `the label of gender lacks the locale "en"`},
		{"missing easy form", "gender: {ja: 性別, en: Gender, ja-easy: 男か 女か}", "gender: {ja: 性別, en: Gender}", "gender: ^{ja: 性別", `lacks the locale "ja-easy"`},
		{"locale nobody reads", "gender: {ja: 性別, en: Gender,", "gender: {ja: 性別, de: Geschlecht, en: Gender,", "性別, ^de:", `"de" is not one of the incident's locales`},
		{"empty text", "en: Gender", `en: ""`, `性別, en: ^""`, `the label of gender (en) is empty`},
		{"hidden character", "en: Gender", `en: "Gen\u202eder"`, `性別, en: ^"`, "holds a control character"},
		{"empty title", "en: Tell your family.", `en: ""`, "      en: ^\"\"\n      ja-easy: 家族にも", "is empty"},
		{"text that is a list", "en: Gender", "en: [Gender]", "en: ^[Gender]", "must be text"},
		{"action id", "  call_us:", "  call-us:", "^call-us:", `id "call-us" must be short`},
		{"unknown category exposed", "exposes: [name, address, phone]", "exposes: [name, adress, phone]", "[name, ^adress", `no category "adress"`},
		{"category twice", "exposes: [name, address, phone]", "exposes: [name, address, name]", "address, ^name]", `category "name" appears twice in this cohort`},
		{"unknown category ruled out", "rules_out: [email, card", "rules_out: [mail, card", "[^mail, card", `no category "mail"`},
		{"exposed and ruled out", "rules_out: [email, card", "rules_out: [phone, card", "[^phone, card", `category "phone" is exposed by this cohort and cannot be ruled out by it`},
		{"unknown action", "actions: [reset_password, change_reused_password]", "actions: [reset_passwort, change_reused_password]", "[^reset_passwort", `no action "reset_passwort"`},
		{"unknown common action", "common_actions: [beware_of_contacts]", "common_actions: [beware]", "[^beware]", `no action "beware"`},
		{"condition on what is not exposed", "if_exposed: engraved_name_and_birth_date", "if_exposed: gender", "if_exposed: ^gender", `this cohort does not expose "gender"`},
		{"unknown variant", "      planned:", "      plannned:", "^plannned:", `has no key "plannned"; it may have planned, completed, withdrawn, letter`},
		{"cohort twice", "  - id: purchaser", "  - id: member", "^id: member\n    label: {ja: ご注文", `cohort "member" appears twice`},
		{"record kind", "record: delivery", "record: parcel", "record: ^parcel", `no kind of record "parcel"; there are [member order delivery]`},
		{"rule without record", "    record: delivery\n", "", "where: ^>-\n      order.web && !order.abandoned\n", "the cohort needs record"},
		{"doubt reason", "  abandoned_card_attempt:", "  abandoned_card_atempt:", "abandoned_card_atempt:\n    ^ja:", `no doubt reason "abandoned_card_atempt"`},
		{"doubts without the general one", "  unclear_record:", "  near_buyer:", "^abandoned_card_attempt:", `doubts lacks "unclear_record"`},
		{"bad count", "announced: {people: 265}", "announced: {people: many}", "people: ^many", "people must be a number"},
		{"negative count", "announced: {people: 265}", "announced: {people: -1}", "people: ^-1", "must be between 1 and"},
		{"total too large", "announced_total: {people: 1244}", "announced_total: {people: 1490}", "^id: tougyoku", "must lie between 1007 and 1489"},
		{"fewer cards than people", "cards: 38", "cards: 29", "^id: tougyoku", `cohort "card" announces fewer cards than people`},
		{"forgot page over http", "reset: {url: \"https://tougyoku.com/mypage/new_password.php\", forgot_url: \"https://tougyoku.com/forgot/\"}",
			"reset: {url: \"https://tougyoku.com/mypage/new_password.php\", forgot_url: \"http://tougyoku.com/forgot/\"}", "forgot_url: ^\"http:", "the forgot_url must be an https:// address"},
		{"reset without url", "reset: {url: \"https://tougyoku.com/mypage/new_password.php\", forgot_url: \"https://tougyoku.com/forgot/\"}", "", "actions: [^reset_password", "the incident has no reset url"},
		{"letters without heading", "letters_from: null", "letters_from: 2023-08-01", "", ""},
		{"holidays", "holidays: JP", "holidays: FR", "holidays: ^FR", `no table of holidays "FR"`},
		{"holidays run out", "closes_at: 2024-04-01T00:00:00+09:00", "closes_at: 2031-04-01T00:00:00+09:00", "^id: tougyoku", "covers 2019 to 2030 only"},
		{"closure", `["12-29..01-03"]`, `["12-29-01-03"]`, `[^"12-29-01-03`, "is no closure"},
		{"closure of a day that is not", `["12-29..01-03"]`, `["02-29"]`, `[^"02-29`, "does not exist (in every year)"},
		{"closure too long", `["12-29..01-03"]`, `["01-03..12-29"]`, `[^"01-03`, "over 60 days at most"},
		{"hours", `to: "17:00"`, `to: "10:00"`, "^days: [mon", "must open (from) before it closes"},
		{"time of day", `to: "17:00"`, `to: "5 pm"`, `to: ^"5 pm`, "is no time of day"},
		{"day", "days: [mon, tue", "days: [mon, tues", "mon, ^tues", `no day "tues"`},
		{"timeline out of order", "  - on: 2023-03-20", "  - on: 2023-03-10", "^on: 2023-03-10", "not in order of time"},
		{"word twice", "other_methods: [銀行振込,", "other_methods: [クレジットカード,", "other_methods: [^クレ", `"クレジットカード" appears twice`},
		{"device as a number", `web_devices: ["1",`, `web_devices: [1,`, "web_devices: [^1,", "put it in quotes"},
		{"alias", "gender: {ja", "gender: &g {ja", "gender: ^&g", "anchors and aliases are not used"},
		{"tag", "en: Gender", "en: !!str Gender", "性別, en: ^!!str", "is not used in an incident file"},
		{"second document", "announced_total:", "---\nannounced_total:", "^---\nann", "an incident file is one document"},
		{"broken YAML", "announced_total: {people: 1244}", "announced_total: {people: 1244", "", ""},
		{"tab", "announced_total: {people: 1244}", "\tannounced_total: {people: 1244}", "", ""},

		{"rule: typo in a folded block", "order.web && order.card_settled\n", "order.web && order.card_setled\n", "order.web && ^order.card_setled",
			`rule, column 14: no field or function "order.card_setled"; ` + reads},
		{"rule: typo on a later line", "&& order.placed_at >= timestamp", "&& order.place_at >= timestamp", "&& ^order.place_at", `no field or function "order.place_at"`},
		{"rule: typo in a plain scalar", "where: order.web && !order.abandoned", "where: order.web && !order.abandonned", "&& !^order.abandonned", `rule, column 15: no field`},
		{"rule: typo in a flow", "when: member.has_gender", "when: member.has_sex", "when: ^member.has_sex", `no field or function "member.has_sex"; rules over member records may read`},
		{"rule: field of another record", "when: order.engraved", "when: member.withdrawn", "when: ^member.withdrawn", `no field or function "member.withdrawn"; ` + reads},
		{"rule: type", "member.registered_at < timestamp(\"2023-03-17T00:00:00+09:00\")", "member.registered_at < \"2023-03-17\"", "registered_at ^< \"2023", `compare a time with timestamp(`},
		{"rule: no zone", "member.registered_at < timestamp(\"2023-03-17T00:00:00+09:00\")", "member.registered_at < timestamp(\"2023-03-17T00:00:00\")", "timestamp(^\"2023-03-17T00:00:00\"", `has no zone; write it in full`},
		{"rule: no such day", "timestamp(\"2023-03-15T00:00:00+09:00\")", "timestamp(\"2023-02-29T00:00:00+09:00\")", "timestamp(^\"2023-02-29", "is no time"},
		{"rule: syntax", "where: order.web && !order.abandoned &&", "where: order.web && !order.abandoned & &", "!order.abandoned ^& &", "Syntax error"},
		{"rule: not a condition", "when: order.engraved", "when: order.placed_at", "when: ^order.placed_at", "a rule must be true or false"},
		{"rule: quoted", "when: order.engraved", "when: 'order.engraved && order.x'", "when: 'order.engraved && ^order.x'", `no field or function "order.x"`},
		{"rule: double quoted", "where: member.registered_at < timestamp(\"2023-03-17T00:00:00+09:00\")", `where: "timestamp(\"2023-03-17T00:00:00+09:00\") > member.x"`,
			`\") > ^member.x`, `no field or function "member.x"`},
		{"rule: arithmetic", "when: order.engraved", "when: order.delivery_count + 1 > 2", "delivery_count ^+ 1", "rules know only &&, ||, ! and comparisons"},
		{"rule: loop", "when: order.engraved", `when: "'a'.matches('a*') "`, `when: "'a'^.matches`, "no field or function"},
		{"rule: two fields", "when: order.engraved", "when: order.web == order.deleted", "order.web == ^order.deleted", "the other side of a comparison must be a value"},
		{"rule: too long", "when: order.engraved", "when: " + strings.Repeat("order.web && ", 400) + "order.web", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := edit(t, c.old, c.new)
			if c.name == "letters without heading" {
				src = strings.Replace(src, "  letter:\n    ja: お届け先", "  leter:\n    ja: お届け先", 1)
				c.at, c.want = "^leter:", `scopes has no key "leter"; it may have address, letter`
			}
			_, _, err := incident.Parse("case.yaml", []byte(src))
			if err == nil {
				t.Fatal("the file loads")
			}
			list := faults(t, err)
			if c.at == "" {
				if len(list) == 0 || list[0].File != "case.yaml" || list[0].Line == 0 {
					t.Errorf("the fault has no place: %v", err)
				}
				return
			}
			if len(list) != 1 {
				t.Fatalf("%d faults, want one:\n%v", len(list), err)
			}
			line, column := place(t, src, c.at)
			got := list[0]
			if got.File != "case.yaml" || got.Line != line || got.Column != column {
				t.Errorf("the fault is at %s:%d:%d, want %d:%d:\n%v", got.File, got.Line, got.Column, line, column, err)
			}
			if !strings.Contains(got.Message, c.want) {
				t.Errorf("the message is %q, want %q in it", got.Message, c.want)
			}
			if !strings.Contains(got.Excerpt, "^") || !strings.HasPrefix(err.Error(), "case.yaml:") {
				t.Errorf("no excerpt or no place in the text:\n%v", err)
			}
		})
	}
}

func TestErrorTextShowsTheLine(t *testing.T) {
	src := "id: x\nzone: Asia/Tokyo\nlocales: [ja]\nsite: {name: {ja: 東玉, en: Shop}}\n"
	_, _, err := incident.Parse("f.yaml", []byte(src))
	want := `f.yaml:4:23: the site's name: "en" is not one of the incident's locales [ja]
     3 | locales: [ja]
>    4 | site: {name: {ja: 東玉, en: Shop}}
       |                         ^
`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error reads\n%v\nwant in it\n%s", err, want)
	}
}

func TestSeveralFaultsAtOnce(t *testing.T) {
	src := edit(t, "record: delivery", "record: parcel")
	src = strings.Replace(src, "sent_on: 2023-04-05", "sent_on: soon", 1)
	src = strings.Replace(src, "when: member.has_gender", "when: member.has_sex", 1)
	_, _, err := incident.Parse("case.yaml", []byte(src))
	if list := faults(t, err); len(list) != 3 {
		t.Errorf("%d faults, want 3:\n%v", len(list), err)
	}
	many := "id: x\n" + strings.Repeat("a", 1) + ": 1\n"
	for i := range 50 {
		many += strings.Repeat("b", i+1) + ": 1\n"
	}
	if _, _, err = incident.Parse("case.yaml", []byte(many)); len(faults(t, err)) != 20 {
		t.Errorf("%d faults are reported, want the first 20", len(faults(t, err)))
	}
}

func TestRefusesWhatIsNoFile(t *testing.T) {
	for name, src := range map[string]string{
		"nothing": "", "a comment": "# nothing\n", "a list": "- a\n", "a word": "hello", "not UTF-8": "id: \xff\n", "a NUL": "id: a\x00b\n",
		"depth": strings.Repeat("[", 5000), "depth of entries": strings.Repeat("- ", 5000) + "x", "too large": strings.Repeat("#", incident.MaxBytes+1),
		"closed twice": "a: ]]]", "a null": "null", "only a key": "id",
	} {
		if _, _, err := incident.Parse("x.yaml", []byte(src)); err == nil {
			t.Errorf("%s loads", name)
		}
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "incident.yaml")
	src, err := incident.Example("harbour-2024")
	if err != nil {
		t.Fatal(err)
	}
	// A byte order mark and Windows line ends are what some editors leave.
	src = []byte("\ufeff" + strings.ReplaceAll(string(src), "\n", "\r\n"))
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := incident.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if in.ID != "harbour-2024" {
		t.Errorf("id = %q", in.ID)
	}
	if _, err := incident.Load(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	if err := os.WriteFile(path, make([]byte, incident.MaxBytes+10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := incident.Load(path); err == nil {
		t.Error("a file over the limit loads")
	}
}

func FuzzParse(f *testing.F) {
	src, err := incident.Example("harbour-2024")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte(withRule("order", "order.web && !order.deleted")))
	f.Add([]byte("a: {b: [c, {d: e}]}\n? x\n: y\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 16<<10 {
			return // large inputs cost the fuzzer time and find nothing more
		}
		in, words, err := incident.Parse("fuzz.yaml", src)
		if (err == nil) != (in != nil && words != nil) {
			t.Fatalf("%v with %v", err, in)
		}
		if err != nil && len(faults(t, err)) == 0 {
			t.Fatalf("an error without a fault: %v", err)
		}
	})
}
