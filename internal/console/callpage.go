package console

import (
	"errors"
	"net/http"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/wording"
)

// callBody is a page of a call; what a step does not need stays empty.
type callBody struct {
	Base, Reason, Since string
	Note                string
	Say                 []wording.Line
	Caller              *callerView
	Public              *publicView

	Email, Domain  string // the caller's address, and the one our mails come from
	Aid            []wording.Sign
	Faded, Focused bool
	ByLetter       bool
	Typed          string
	Form           agent.LetterRequest
	Topic, Outcome string
	Topics         []choice
	About          []topicView
	Outcomes       []choice
	Ticket         *ticketView
	Number         string
	Result         *resultView
	Compared       *compared
}

// topicView is what is said before a question about a topic is left.
type topicView struct {
	Label string
	Say   []wording.Line
}

// callerView is who calls in a training call.
type callerView struct{ StoryJa, StoryEn, Address, PhoneCode, LetterNumber string }

// publicView is what may be told before any proof.
type publicView struct {
	FAQ      []struct{ Ask, Answer, AnswerEn string }
	Timeline []struct{ On, Day, What string }
}

func publicOf(in *breach.Incident) *publicView {
	p := &publicView{}
	for _, q := range in.FAQ {
		p.FAQ = append(p.FAQ, struct{ Ask, Answer, AnswerEn string }{q.Ask.In(breach.Japanese), q.Answer.In(breach.Japanese), q.Answer.In(breach.English)})
	}
	for _, e := range in.Timeline {
		on := e.On.In(in.Zone)
		p.Timeline = append(p.Timeline, struct{ On, Day, What string }{on.Format(dayForm), on.Format("2006年1月2日"), e.What.In(breach.Japanese)})
	}
	return p
}

// steps are the pages of a call by what follows its path.
func steps() map[string]handler {
	return map[string]handler{
		"": (*visit).callHome, "/again": (*visit).askRoute, "/address": (*visit).askAddress, "/spelled": (*visit).askSpelled, "/code": (*visit).askCode,
		"/lost": (*visit).askLost, "/hang-up": (*visit).askHangUp, "/no-mail": (*visit).askNoMail, "/letter-number": (*visit).askLetterNumber,
		"/letter-request": (*visit).askLetterRequest, "/ticket": (*visit).askTicket, "/question": (*visit).askQuestion, "/left": (*visit).showLeft, "/end": (*visit).askEnd,
	}
}

// get is the call of this request.
func (v *visit) get() (agent.Call, error) { return v.d.c.Calls.Get(v.ctx(), v.who, v.Param("id")) }

// body is what every page of a call has.
func (v *visit) body(c agent.Call, step string) (callBody, error) {
	b := callBody{
		Base: callPath(c.ID), Reason: reasonLabels()[c.Reason], Since: v.d.clock(c.Opened), Say: v.script(step, c),
		Email: c.Address.Reveal(), Domain: v.d.c.Incident.Mail.AllowDomain, ByLetter: c.ByLetter,
	}
	if !c.Proven {
		b.Public = v.d.public
	}
	if !c.Training {
		return b, nil
	}
	who, err := v.d.c.Aids.TrainingCaller(v.ctx(), v.who, c.ID)
	if err != nil {
		return b, err
	}
	b.Caller = &callerView{who.Story[breach.Japanese], who.Story[breach.English], who.Address, who.PhoneCode, who.LetterNumber}
	return b, nil
}

// script is what is said at a step.
func (v *visit) script(step string, c agent.Call) []wording.Line {
	return wording.DeskStep(step, string(c.Reason), v.d.c.Incident, v.who.Name)
}

// step shows a step of a call; fill adds what it alone needs.
func (v *visit) step(status int, name, title, wrong string, fill func(c agent.Call, b *callBody) error) error {
	c, err := v.get()
	if err != nil {
		return err
	}
	b, err := v.body(c, name)
	if err != nil {
		return err
	}
	if fill != nil {
		if err := fill(c, &b); err != nil {
			return err
		}
	}
	return v.render(status, "do-"+name, page{Name: "call", State: name, Title: title, Wrong: wrong, Training: c.Training, Body: b})
}

// callHome shows what to tell while something is proven, else the ways to prove it.
func (v *visit) callHome() error {
	told, err := v.d.c.Proofs.Told(v.ctx(), v.who, v.Param("id"))
	if errors.Is(err, agent.ErrNotProven) {
		return v.askRoute()
	}
	if err != nil {
		return err
	}
	return v.result(told)
}

func (v *visit) askRoute() error {
	return v.step(http.StatusOK, "route", "どの方法で確認しますか", "", func(c agent.Call, b *callBody) error {
		b.Faded = !c.Proven && !c.ProvenUntil.IsZero()
		return nil
	})
}

func (v *visit) askAddress() error { return v.addressPage(http.StatusOK, "", "") }

func (v *visit) addressPage(status int, typed, wrong string) error {
	return v.step(status, "address", "メールアドレスをうかがう", wrong, func(c agent.Call, b *callBody) error {
		if b.Typed = typed; typed == "" && wrong == "" {
			b.Typed = c.Address.Reveal()
		}
		return nil
	})
}

// spelled are pages that stand on an address.
func (v *visit) spelled(name, title, wrong string, fill func(c agent.Call, b *callBody)) error {
	return v.step(http.StatusOK, name, title, wrong, func(c agent.Call, b *callBody) error {
		if c.Address.IsZero() {
			return agent.ErrNoAddress
		}
		if fill != nil {
			fill(c, b)
		}
		return nil
	})
}

func (v *visit) askSpelled() error {
	return v.spelled("spelled", "アドレスを復唱する", "", func(c agent.Call, b *callBody) { b.Aid = wording.SpellingAid(c.Address.Reveal()) })
}

func (v *visit) askCode() error {
	n, wrong := v.said(v.Param("id"), "code"), ""
	switch n.word {
	case noteRefused:
		wrong = refusedText(n.value)
	case noteShape:
		wrong = "電話確認番号の形ではありません。もう一度、2けたずつ聞いてください。（回数には数えていません）"
	case noteCard:
		wrong = cardText
	}
	return v.spelled("code", "電話確認番号をうかがう", wrong, func(c agent.Call, b *callBody) {
		if n.word == noteSent {
			b.Note = "送信を受け付けました。届くかどうかは、登録の有無とは関係ありません。"
		}
		if n.word == noteRefused {
			b.Say = v.script("refused", c)
		}
	})
}

// cardText is what is said when a card's number was typed; it is never shown back.
const cardText = "カード番号のような数字は入力できません。カード番号はうかがわないでください。"

// refusedText never says "wrong": a right code over its budget is refused alike.
func refusedText(left string) string {
	switch left {
	case "":
		return "受け付けられませんでした。"
	case "0":
		return "受け付けられませんでした。この通話では、もう入力できません。書状の手配をご案内してください。"
	default:
		return "受け付けられませんでした。この通話では、あと" + left + "回入力できます。"
	}
}

func (v *visit) askLost() error   { return v.spelled("lost", "メールが届かない", "", nil) }
func (v *visit) askHangUp() error { return v.spelled("hang-up", "電話を切って読む", "", nil) }
func (v *visit) askNoMail() error {
	return v.step(http.StatusOK, "no-mail", "メールを使わない", "", nil)
}

func (v *visit) askLetterNumber() error {
	n, wrong := v.said(v.Param("id"), "letter-number"), ""
	switch n.word {
	case noteSlip:
		wrong = "番号の写し間違いのようです。お手紙の番号を、もう一度確認してください。（回数には数えていません）"
	case noteShape:
		wrong = "14けたの数字ではありません。もう一度、5けた、5けた、4けたに分けて聞いてください。（回数には数えていません）"
	case noteRefused:
		wrong = "番号が確認できませんでした。お手紙の番号を確認していただくか、書状の手配をご案内してください。"
	case noteCard:
		wrong = cardText
	}
	return v.step(http.StatusOK, "letter-number", "お手紙の番号をうかがう", wrong, nil)
}

func (v *visit) askLetterRequest() error {
	return v.letterRequestPage(http.StatusOK, agent.LetterRequest{}, "")
}

func (v *visit) letterRequestPage(status int, r agent.LetterRequest, wrong string) error {
	return v.step(status, "letter-request", "書状の手配", wrong, func(_ agent.Call, b *callBody) error { b.Form = r; return nil })
}

func (v *visit) askTicket() error { return v.ticketPage(http.StatusOK, "", "", "") }

func (v *visit) ticketPage(status int, topic, typed, wrong string) error {
	return v.step(status, "ticket", "担当に引き継ぐ", wrong, func(_ agent.Call, b *callBody) error {
		b.Topics, b.Topic, b.Typed = choices(agent.Topics(), topicLabels()), topic, typed
		for _, t := range b.Topics {
			if said := wording.DeskTopic(t.Value, v.d.c.Incident); said != nil {
				b.About = append(b.About, topicView{t.Label, said})
			}
		}
		return nil
	})
}

// showLeft shows the number of what was just left for the shop.
func (v *visit) showLeft() error {
	n := v.said(v.Param("id"), "left")
	if n.word != noteTicket {
		return v.to(callPath(v.Param("id")))
	}
	return v.step(http.StatusOK, "left", "受付番号をお伝えする", "", func(c agent.Call, b *callBody) error {
		if b.Number = n.value; c.Training || n.value == "" {
			b.Number = "訓練"
		}
		return nil
	})
}

func (v *visit) askEnd() error { return v.endPage(http.StatusOK, "") }

func (v *visit) endPage(status int, wrong string) error {
	return v.step(status, "end", "通話を終わる", wrong, func(c agent.Call, b *callBody) error {
		b.Outcomes, b.Outcome = choices(agent.Outcomes(), outcomeLabels()), string(likely(c, v.said(c.ID, "left").word == noteTicket))
		return nil
	})
}

// likely is how a call seems to end.
func likely(c agent.Call, left bool) agent.Outcome {
	switch {
	case left:
		return agent.OutcomeTicket
	case !c.ProvenUntil.IsZero():
		return agent.OutcomeTold
	case c.CodeSent:
		return agent.OutcomeCallsBack
	default:
		return agent.OutcomeFacts
	}
}

// faded needs no session and holds nothing: it is where a report ends whose time is over.
func (v *visit) faded() error {
	return v.message(http.StatusOK, "faded", "表示を終わりました", messageBody{
		Lines: []string{"確認の結果は、10分で表示を終わります。お客様の情報は表示していません。"},
		Link:  callPath(v.Param("id")), Word: "通話に戻る",
	})
}
