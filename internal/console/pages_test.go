package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/wording"
)

const atCall = "/console/calls/" + callID

// A page leads away by itself to one of these; seconds are until just after the time is over.
const (
	stays  = ""
	locks  = "901; url=/console/locked"
	fades  = "601; url=" + atCall + "/faded"
	locks5 = "301; url=/console/locked"
)

// state is one page as it may stand before an agent.
type state struct {
	what    string
	set     func(d *desk) // how things stand
	post    string        // the form that is sent first; none: get is opened
	form    url.Values
	get     string
	status  int
	is      string // name and state of the page
	title   string
	wrong   bool // what was sent is said to be wrong
	says    string
	refresh string
	free    bool // nobody need be signed in
}

func fault(err error) func(*desk) {
	return func(d *desk) { d.fault, d.lasts = err, true }
}

func fresh(d *desk)  { d.call.Address, d.call.CodeSent = email.Address{}, false }
func proven(d *desk) { d.call = d.told.Call }
func hasFaded(d *desk) {
	d.call.ProvenUntil = noon.Add(-time.Minute)
}

func byLetter(d *desk) {
	d.told.Call.ByLetter, d.told.Call.Address = true, email.Address{}
	d.call = d.told.Call
}

func field(key, v string) url.Values { return url.Values{key: {v}} }

// beforeProof are the pages of a call whose caller has proven nothing.
func beforeProof() []state {
	refused := func(left int) func(*desk) { return fault(&lookup.Rejected{AttemptsLeft: left}) }
	code, letter := atCall+"/code", atCall+"/letter-number"
	return []state{
		{what: "a new call", set: fresh, get: atCall, is: "call route", title: "どの方法で確認しますか"},
		{what: "ways again", get: atCall + "/again", is: "call route", title: "どの方法で確認しますか"},
		{what: "a report that faded", set: hasFaded, get: atCall, is: "call route", title: "どの方法で確認しますか", says: "確認の結果の表示は終わりました"},
		{what: "before an address", set: fresh, get: atCall + "/address", is: "call address", title: "メールアドレスをうかがう"},
		{what: "an address again", get: atCall + "/address", is: "call address", title: "メールアドレスをうかがう", says: `value="hanako@example.org"`},
		{what: "no address", set: fault(lookup.ErrMalformedAddress), post: atCall + "/address", form: field("address", "hanako"), status: 422, is: "call address", title: "メールアドレスをうかがう", wrong: true, says: `value="hanako"`},
		{what: "a card as an address", post: atCall + "/address", form: field("address", typedCard), status: 422, is: "call address", title: "メールアドレスをうかがう", wrong: true, says: "カード番号はうかがわないでください"},
		{what: "spelled", post: atCall + "/address", form: field("address", mailbox), is: "call spelled", title: "アドレスを復唱する", says: "hanako@example.org"},
		{what: "sent", post: atCall + "/send", is: "call code", title: "電話確認番号をうかがう", says: "送信を受け付けました。届くかどうかは、登録の有無とは関係ありません。"},
		{what: "a code", get: code, is: "call code", title: "電話確認番号をうかがう"},
		{what: "a code refused", set: refused(2), post: code, form: field("code", typedCode), is: "call code", title: "電話確認番号をうかがう", wrong: true, says: "あと2回入力できます"},
		{what: "the last code refused", set: refused(0), post: code, form: field("code", typedCode), is: "call code", title: "電話確認番号をうかがう", wrong: true, says: "もう入力できません"},
		{what: "no code", set: fault(lookup.ErrMalformedCode), post: code, form: field("code", "4815"), is: "call code", title: "電話確認番号をうかがう", wrong: true, says: "電話確認番号の形ではありません"},
		{what: "a card as a code", post: code, form: field("code", typedCard), is: "call code", title: "電話確認番号をうかがう", wrong: true, says: "カード番号はうかがわないでください"},
		{what: "lost", get: atCall + "/lost", is: "call lost", title: "メールが届かない"},
		{what: "hanging up", get: atCall + "/hang-up", is: "call hang-up", title: "電話を切って読む"},
		{what: "no mail", get: atCall + "/no-mail", is: "call no-mail", title: "メールを使わない"},
		{what: "a letter", get: letter, is: "call letter-number", title: "お手紙の番号をうかがう"},
		{what: "a slip", set: fault(breach.ErrLetterSlip), post: letter, form: field("number", typedLetter), is: "call letter-number", title: "お手紙の番号をうかがう", wrong: true, says: "写し間違いのようです"},
		{what: "no letter number", set: fault(lookup.ErrMalformedCode), post: letter, form: field("number", "31415"), is: "call letter-number", title: "お手紙の番号をうかがう", wrong: true, says: "14けたの数字ではありません"},
		{what: "a letter number refused", set: refused(-1), post: letter, form: field("number", typedLetter), is: "call letter-number", title: "お手紙の番号をうかがう", wrong: true, says: "番号が確認できませんでした"},
		{what: "a card as a letter number", post: letter, form: field("number", typedCard), is: "call letter-number", title: "お手紙の番号をうかがう", wrong: true, says: "カード番号はうかがわないでください"},
	}
}

// leaving are the pages of what is left for the shop, and of the end.
func leaving() []state {
	letter := url.Values{"name": {"山田 花子"}, "postal": {"100-0001"}, "address": {"東京都千代田区1-2-3"}}
	card := url.Values{"name": {"山田 花子"}, "postal": {"100-0001"}, "address": {typedCard}}
	answered := func(d *desk) { d.ticket.State, d.ticket.Answer = agent.TicketAnswered, "letter_sent" }
	ticket := url.Values{"topic": {"date"}, "note": {"7月は旅行に行っていたとのこと"}}
	return []state{
		{what: "a letter request", get: atCall + "/letter-request", is: "call letter-request", title: "書状の手配"},
		{what: "a letter request refused", set: fault(agent.ErrText), post: atCall + "/letter-request", form: card, status: 422, is: "call letter-request", title: "書状の手配", wrong: true, says: `value="山田 花子"`},
		{what: "a letter request left", post: atCall + "/letter-request", form: letter, is: "call left", title: "受付番号をお伝えする", says: "7K2M-4"},
		{what: "a ticket", get: atCall + "/ticket", is: "call ticket", title: "担当に引き継ぐ", says: "メールを受け取れない方は、書面でのお手続きを"},
		{what: "a ticket about nothing", set: fault(agent.ErrChoice), post: atCall + "/ticket", form: ticket, status: 422, is: "call ticket", title: "担当に引き継ぐ", wrong: true, says: "7月は旅行に行っていたとのこと"},
		{what: "a ticket with a card", set: fault(agent.ErrText), post: atCall + "/ticket", form: url.Values{"topic": {"other"}, "note": {typedCard}}, status: 422, is: "call ticket", title: "担当に引き継ぐ", wrong: true, says: "この内容は書けません"},
		{what: "a ticket left", post: atCall + "/ticket", form: ticket, is: "call left", title: "受付番号をお伝えする", says: "7K2M-4"},
		{what: "a question", get: atCall + "/question", is: "call question", title: "受付番号をお持ちの方"},
		{what: "a ticket that waits", post: atCall + "/question", form: field("number", "7K2M-4"), is: "call question", title: "受付番号をお持ちの方", says: "担当が確認しています"},
		{what: "a ticket answered", set: answered, post: atCall + "/question", form: field("number", "７Ｋ２Ｍー４"), is: "call question", title: "受付番号をお持ちの方", says: "結果を書状でお送りしました"},
		{what: "a card as a ticket", post: atCall + "/question", form: field("number", typedCard), is: "call question", title: "受付番号をお持ちの方", wrong: true, says: "この受付番号は見つかりません"},
		{what: "the end", get: atCall + "/end", is: "call end", title: "通話を終わる"},
		{what: "no outcome", set: fault(agent.ErrChoice), post: atCall + "/end", status: 422, is: "call end", title: "通話を終わる", wrong: true, says: "どう終わったかを選んでください"},
	}
}

// results are the pages of what is told.
func results(in *breach.Incident, t testing.TB) []state {
	lists := func(d *desk) { proven(d); d.told = listed(t, in, d.told.Call) }
	listsByLetter := func(d *desk) { byLetter(d); d.told = listed(t, in, d.told.Call) }
	with := func(do func(*desk)) func(*desk) { return func(d *desk) { lists(d); do(d) } }
	soon := with(func(d *desk) { d.who.Ends = noon.Add(5 * time.Minute) })
	check := atCall + "/check"
	return []state{
		{what: "not listed", set: proven, get: atCall, is: "result not-listed", title: "一覧に見当たりません", refresh: fades, says: "「対象ではない」とは言えません"},
		{what: "not listed, by letter", set: byLetter, get: atCall, is: "result not-listed", title: "一覧に見当たりません", refresh: fades, says: "番号で確認"},
		{what: "listed by a code", set: lists, post: atCall + "/code", form: field("code", typedCode), is: "result listed", title: "対象です", refresh: fades, says: "hanako@example.org"},
		{what: "listed by a letter", set: listsByLetter, post: atCall + "/letter-number", form: field("number", typedLetter), is: "result listed", title: "対象です", refresh: fades, says: "番号で確認"},
		{what: "listed, the session ends first", set: soon, get: atCall, is: "result listed", title: "対象です", refresh: locks5},
		{what: "extended", set: lists, post: atCall + "/extend", is: "result listed", title: "対象です", refresh: fades, says: "表示を10分のばしました"},
		{what: "not to be extended", set: with(fault(agent.ErrExtended)), post: atCall + "/extend", is: "result listed", title: "対象です", refresh: fades, says: "これ以上はのばせません"},
		{what: "a genuine notice", set: lists, post: check, form: field("number", typedCheck), is: "result listed", title: "対象です", refresh: fades, says: "一致しました"},
		{what: "no genuine notice", set: with(func(d *desk) { d.strange = true }), post: check, form: field("number", typedCheck), is: "result listed", title: "対象です", refresh: fades, says: "一致しません"},
		{what: "no check number", set: with(fault(lookup.ErrMalformedCode)), post: check, form: field("number", "0417"), is: "result listed", title: "対象です", wrong: true, refresh: fades, says: "照合番号の形ではありません"},
		{what: "a card as a check number", set: lists, post: check, form: field("number", typedCard), is: "result listed", title: "対象です", wrong: true, refresh: fades, says: "カード番号はうかがわないでください"},
	}
}

// around are the pages around the calls.
func around() []state {
	first := func(d *desk) { d.who.MustChange = true }
	counted := func(d *desk) {
		oldest := noon.Add(-time.Hour)
		d.day = agent.Counts{Day: noon, Oldest: &oldest, Agents: map[string]agent.Effort{"sato": {Calls: 3}}, Calls: map[agent.Reason]int{agent.ReasonListed: 3}}
	}
	ordinary := func(d *desk) { d.who.Role, d.who.Trained = agent.RoleAgent, false }
	passwords := url.Values{"old": {"korokoro-donguri-5"}, "new": {"donguri-korokoro-7"}}
	return []state{
		{what: "signing in", get: "/console/sign-in", is: "sign-in ", title: "サインイン", refresh: stays, free: true},
		{what: "not signed in", set: fault(agent.ErrSignIn), post: "/console/sign-in", form: passwords, status: 401, is: "sign-in refused", title: "サインイン", wrong: true, refresh: stays, free: true, says: "コードは毎回新しいものが必要です"},
		{what: "signed in", post: "/console/sign-in", form: passwords, is: "home ", title: "電話を受ける", says: "残りは3個です"},
		{what: "signed out", post: "/console/sign-out", is: "sign-in ", title: "サインイン", refresh: stays, free: true, says: "サインアウトしました"},
		{what: "locked", get: "/console/locked", is: "locked ", title: "画面を閉じました", refresh: stays, free: true},
		{what: "faded", get: atCall + "/faded", is: "faded ", title: "表示を終わりました", refresh: stays},
		{what: "the first password", set: first, get: "/console/password", is: "password ", title: "最初のパスワードを変えてください", says: "変えるまで、ほかのことはできません"},
		{what: "a password", get: "/console/password", is: "password ", title: "パスワードの変更"},
		{what: "a wrong old password", set: fault(agent.ErrSignIn), post: "/console/password", form: passwords, status: 422, is: "password old", title: "パスワードの変更", wrong: true, says: "いまのパスワードを確かめて"},
		{what: "a bad password", set: fault(agent.ErrPassword), post: "/console/password", form: passwords, status: 422, is: "password new", title: "パスワードの変更", wrong: true, says: "このパスワードは使えません"},
		{what: "a password changed", post: "/console/password", form: passwords, is: "home ", title: "電話を受ける", says: "パスワードを変えました"},
		{what: "home", get: "/console", is: "home ", title: "電話を受ける"},
		{what: "home, untrained", set: ordinary, get: "/console", is: "home ", title: "電話を受ける", says: "はじめに訓練の通話を"},
		{what: "no reason", set: fault(agent.ErrChoice), post: "/console/calls", status: 422, is: "home ", title: "電話を受ける", wrong: true, says: "ご用件を選んでください"},
		{what: "a call opened", post: "/console/calls", form: field("reason", "am_i_listed"), is: "call route", title: "どの方法で確認しますか"},
		{what: "a call ended", post: atCall + "/end", form: field("outcome", "told"), is: "home ", title: "電話を受ける", says: "通話を終わりました"},
		{what: "counts", set: counted, get: "/console/counts", is: "counts ", title: "2023年7月26日の集計", says: ">3</td>"},
		{what: "counts of the day before", get: "/console/counts/2023-07-25", is: "counts ", title: "2023年7月25日の集計", says: "電話を受けた担当者はいません"},
	}
}

// show brings one state about.
func (x state) show(t *testing.T, s *screen, set ...func(*desk)) shown {
	t.Helper()
	s.again(t, !x.free || x.post == "/console/sign-out")
	for _, do := range append([]func(*desk){x.set}, set...) {
		if do != nil {
			do(s.desk)
		}
	}
	if x.post != "" {
		return s.post(x.post, x.form)
	}
	return s.get(x.get)
}

// TestEveryPageStandsAsItShould, in every state of it.
func TestEveryPageStandsAsItShould(t *testing.T) {
	s := newScreen(t)
	for _, x := range append(append(append(beforeProof(), leaving()...), results(example(t), t)...), around()...) {
		t.Run(x.what, func(t *testing.T) {
			if x.refresh == stays && !x.free && x.what != "faded" {
				x.refresh = locks
			}
			if x.status == 0 {
				x.status = http.StatusOK
			}
			x.check(t, x.show(t, s), "")
		})
	}
}

// TestTrainingIsMarked on every page of a call, in its title as well.
func TestTrainingIsMarked(t *testing.T) {
	s := newScreen(t)
	train := func(d *desk) { d.call.Training, d.told.Call.Training = true, true }
	for _, x := range append(append(beforeProof(), leaving()...), results(example(t), t)...) {
		t.Run(x.what, func(t *testing.T) {
			p := x.show(t, s, train)
			if !startsWith(textOf(p.all("title", "")[0]), x.wrong, "【訓練】"+x.title) || p.byID("training") == nil {
				t.Errorf("it is not marked as training: %s", p.text("title"))
			}
		})
	}
}

// TestTopicsFindTheirWords: what is said about a topic is found by the topic's name.
func TestTopicsFindTheirWords(t *testing.T) {
	in := example(t)
	in.Notices.LettersFrom = &in.PublishedAt
	var found []agent.Topic
	for _, topic := range agent.Topics() {
		if wording.DeskTopic(string(topic), in) != nil {
			found = append(found, topic)
		}
	}
	if want := []agent.Topic{agent.TopicCardTyped, agent.TopicMailboxGone, agent.TopicNoLetter}; !slices.Equal(found, want) {
		t.Errorf("words for %v, want %v", found, want)
	}
}
