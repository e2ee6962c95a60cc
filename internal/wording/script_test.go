package wording_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// tell is the script of a report about one person.
func tell(in *breach.Incident, p breach.Person, s breach.ResetState, letter bool) []wording.Line {
	return wording.Script(in, breach.NewReport(breach.Facts{
		Incident: in, Version: 1, PublishedAt: in.PublishedAt, Answer: breach.Answer{Persons: []breach.Person{p}},
		Resets: map[int64]breach.ResetState{p.Ref: s}, ByLetter: letter, Now: in.PublishedAt,
	}))
}

// within is somebody in these cohorts, without what a condition decides, unless it is asked for.
func within(t *testing.T, in *breach.Incident, with breach.CategoryID, cohorts ...breach.CohortID) breach.Person {
	t.Helper()
	p := breach.Person{Ref: 1, Kind: breach.KindMember, Edge: breach.EdgeLogin}
	for _, id := range cohorts {
		c := in.Cohort(id)
		if c == nil {
			t.Fatalf("no cohort %s", id)
		}
		e := breach.Exposure{Cohort: id}
		for _, x := range c.Exposes {
			if x.When == nil && x.Flag == "" || x.Category == with {
				e.Categories = append(e.Categories, breach.Exposed{Category: x.Category, Certainty: breach.Possible})
			}
		}
		p.Exposures = append(p.Exposures, e)
	}
	return p
}

func TestScript(t *testing.T) {
	in := example(t, "tougyoku-2023")
	if in.FirstNotice == nil {
		t.Fatal("the case has a first notice")
	}
	gone := within(t, in, "", "member")
	gone.Withdrawn = true
	other := within(t, in, "", "member")
	other.Edge = breach.EdgeOther
	doubtful := breach.Person{Review: []breach.Open{{Reason: breach.AbandonedCardAttempt, Cohorts: []breach.CohortID{"card"}}}}
	reused := "ほかのサイトでも同じパスワードをお使いでしたら、そちらも変更をお願いいたします。"
	never := "お電話でパスワードをお決めすることや、お聞きすることはございません。"
	where := "パソコンかスマートフォンで、当店の「お客様情報の確認」ページから、新しいパスワードをお決めいただけます。"
	for name, c := range map[string]struct {
		p      breach.Person
		reset  breach.ResetState
		letter bool
		want   []string // part: words
	}{
		"card": {p: within(t, in, "", "card"), want: []string{"card: 2023年3月1日～14日のカード払いが対象です。お願いが3つございます。一つ目は明細の確認、二つ目は、覚えのない請求があればカード会社へのご連絡、三つ目は、ご希望の場合の差し替えです。手数料はご負担がないよう、カード会社に依頼しております。当店では、どのカードかは分かりません。"}},
		"required": {p: within(t, in, "", "member"), reset: breach.ResetRequired,
			want: []string{"member: 会員登録の情報が対象です。これまでのパスワードは使えなくなっております。" + where + never + reused}},
		"another mailbox": {p: other, reset: breach.ResetTicketIssued,
			want: []string{"member: 会員登録の情報が対象です。これまでのパスワードは使えなくなっております。" + where + "この手続きは、MYページへのログインに使っているメールアドレスで確認したときだけできます。" + never + reused}},
		"planned": {p: within(t, in, "", "member"), reset: breach.ResetPlanned,
			want: []string{"member: 会員登録の情報が対象です。MYページでパスワードを変えてください。" + never + reused}},
		"completed": {p: within(t, in, "", "member"), reset: breach.ResetCompleted,
			want: []string{"member: 会員登録の情報が対象です。MYページのパスワードは、新しくなっております。手続きは必要ございません。" + never + reused}},
		"exempt": {p: within(t, in, "", "member"), reset: breach.ResetExempt,
			want: []string{"member: 会員登録の情報が対象です。MYページのパスワードは、新しくなっております。手続きは必要ございません。" + never + reused}},
		"changed by somebody": {p: within(t, in, "", "member"), reset: breach.ResetChangedUnverified,
			want: []string{"member: 会員登録の情報が対象です。MYページのパスワードが、この手続きによらずに変更されております。どなたが変更されたのか、こちらでは確認できておりません。" + where + never + reused}},
		"withdrawn":            {p: gone, reset: breach.ResetExempt, want: []string{"member: " + reused}},
		"purchaser":            {p: within(t, in, "", "purchaser"), want: []string{"purchaser: ご注文の情報が対象です。"}},
		"purchaser of a plate": {p: within(t, in, "engraved_name_and_birth_date", "purchaser"), want: []string{"purchaser: ご注文の情報が対象です。名前旗や名前木札に入れたお名前と生年月日も含まれます。ご家族にもお伝えください。"}},
		"recipient": {p: within(t, in, "", "recipient"), letter: true,
			want: []string{"recipient: 贈り物などのお届け先として、お名前、ご住所、お電話番号が対象です。お届け先の情報には、メールアドレスとカードの情報はございません。どなたからのお届け物かは、お答えできません。"}},
		"nobody":       {want: []string{"none: 〔読み上げ〕というアドレスでは、一覧に見当たりませんでした。対象ではないと申し上げることはできません。ほかのアドレスや、お届け先になられたことはございますか。"}},
		"first notice": {p: breach.Person{FirstNotice: true}, want: []string{"first_notice: 4月5日に、このメールアドレスに第一報をお送りしております。その後の調査の結果は、担当から改めてご説明いたします。受付番号をお出しします。"}},
		"undetermined": {p: doubtful, want: []string{"none: 〔読み上げ〕というアドレスでは、一覧に見当たりませんでした。対象ではないと申し上げることはできません。ほかのアドレスや、お届け先になられたことはございますか。",
			"undetermined: クレジットカード番号"}},
	} {
		got := tell(in, c.p, c.reset, c.letter)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d parts, want %d: %+v", name, len(got), len(c.want), got)
			continue
		}
		for i, l := range got {
			if said := l.Part + ": " + l.Ja; said != c.want[i] && !(l.Part == wording.PartUndetermined && strings.Contains(said, "クレジットカード番号")) {
				t.Errorf("%s:\n%s, want\n%s", name, said, c.want[i])
			}
			if l.En == "" || strings.Contains(l.En, "  ") || strings.ContainsAny(l.Ja+l.En, "{}") {
				t.Errorf("%s: in English %q", name, l.En)
			}
		}
	}
}

// promises are what nobody who is not listed may hear.
func promises() []string {
	return []string{"安全", "安心", "問題ありません", "問題ございません", "対象外", "safe", "do not worry", "not affected"}
}

// TestScriptsPromiseNothing: of no set of cohorts of any example, in no state, and least of
// all of somebody who is on no list.
func TestScriptsPromiseNothing(t *testing.T) {
	in := example(t, "tougyoku-2023")
	people := map[string]breach.Person{"nobody": {}, "first notice": {FirstNotice: true}}
	for set := range 1 << len(in.Cohorts) {
		var ids []breach.CohortID
		for i, c := range in.Cohorts {
			if set>>i&1 == 1 {
				ids = append(ids, c.ID)
			}
		}
		p := within(t, in, "engraved_name_and_birth_date", ids...)
		for i, c := range in.Cohorts {
			if set>>i&1 == 0 {
				p.Review = append(p.Review, breach.Open{Reason: breach.StaffKeyedOrder, Cohorts: []breach.CohortID{c.ID}})
			}
		}
		people[strings.Repeat("x", set+1)] = p
	}
	for name, p := range people {
		for _, letter := range []bool{false, true} {
			for _, s := range breach.ResetStates() {
				lines := tell(in, p, s, letter)
				if len(lines) == 0 {
					t.Errorf("%s: nothing is said", name)
				}
				for _, l := range lines {
					for _, no := range promises() {
						if strings.Contains(l.Ja+strings.ToLower(l.En), no) {
							t.Errorf("%s: %q in %+v", name, no, l)
						}
					}
				}
			}
		}
	}
	dropped := wording.Script(in, breach.NewReport(breach.Facts{Incident: in, Answer: breach.Answer{Dropped: true}, Now: time.Now()}))
	if len(dropped) != 2 || dropped[0].Part != wording.PartDropped || dropped[1].Part != wording.PartNone {
		t.Errorf("listed once: %+v", dropped)
	}
}

// TestScriptOfAnotherIncident: kinds of data decide, not the names of cohorts.
func TestScriptOfAnotherIncident(t *testing.T) {
	in := *example(t, "tougyoku-2023")
	in.Cohorts = slices.Clone(in.Cohorts)
	parts := map[string]string{"card": "card", "member": "member", "purchaser": "purchaser", "recipient": "recipient"}
	for i := range in.Cohorts {
		in.Cohorts[i].ID = "group-" + in.Cohorts[i].ID
	}
	in.Cohorts = append(in.Cohorts, breach.Cohort{
		ID: "none", Record: breach.MemberRecord, Label: breach.Text{breach.Japanese: "アンケートの情報", breach.English: "Survey data"},
		Exposes: []breach.Exposes{{Category: "email"}},
	})
	for _, id := range slices.Sorted(maps.Keys(parts)) {
		if got := tell(&in, within(t, &in, "", breach.CohortID("group-"+id)), breach.ResetRequired, false); len(got) != 1 || got[0].Part != parts[id] {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if got := tell(&in, within(t, &in, "", "none"), "", false); len(got) != 1 || got[0].Part != wording.PartOther || got[0].Ja != "アンケートの情報が対象です。" {
		t.Errorf("a cohort without words of its own: %+v", got)
	}
}

func TestParseCheckNumber(t *testing.T) {
	for said, want := range map[string]string{
		"さくら 4821": "さくら 4821", "サクラ４８２１": "さくら 4821", "SAKURA 4821": "さくら 4821", "sakura-4821": "さくら 4821", "「さくら　4821」": "さくら 4821",
		"照合番号 さくら 4821": "", "さくら": "", "4821": "", "4821 さくら": "", "さくら 48211": "", "さくら 482": "", "さくらさくら 4821": "", "さく 4821": "", "": "",
		"さくら 48２1x": "", strings.Repeat(" ", 500) + "さくら 4821": "",
	} {
		n, ok := wording.ParseCheckNumber(said)
		if ok != (want != "") || ok && wording.CheckNumber(n, breach.Japanese) != want {
			t.Errorf("%q: %+v, %t; want %q", said, n, ok, want)
		}
	}
}

// FuzzParseCheckNumber: whatever is read is one of the 64 words with four digits, and reads
// the same again.
func FuzzParseCheckNumber(f *testing.F) {
	for i := range wording.CheckWords() {
		n := breach.CheckNumber{Word: i, Digits: "0427"}
		f.Add(wording.CheckNumber(n, breach.Japanese))
		f.Add(wording.CheckNumber(n, breach.English))
		for _, l := range []breach.Locale{breach.Japanese, breach.English} {
			if got, ok := wording.ParseCheckNumber(wording.CheckNumber(n, l)); !ok || got != n {
				f.Fatalf("word %d in %s reads as %+v, %t", i, l, got, ok)
			}
		}
	}
	f.Add("\xff さくら 4821")
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := wording.ParseCheckNumber(s)
		if !ok {
			return
		}
		again, ok := wording.ParseCheckNumber(wording.CheckNumber(n, breach.English))
		if !ok || again != n || n.Word < 0 || n.Word > 63 || len(n.Digits) != 4 || strings.Trim(n.Digits, "0123456789") != "" {
			t.Errorf("%q reads as %+v and then as %+v", s, n, again)
		}
	})
}
