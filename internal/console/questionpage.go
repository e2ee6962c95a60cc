package console

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"exposure/internal/agent"
	"exposure/internal/breach"
)

// ticketView is a ticket as it is told.
type ticketView struct{ Number, Kind, Opened, State, Answer, AnswerEn string }

// numberForm is generous: whether it is a ticket's is agent's to say.
var numberForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,16}$`)

// takeQuestion keeps the number for the page that follows, which asks.
func (v *visit) takeQuestion() error {
	id := v.Param("id")
	n := note{"question", noteAsked, asciiOf(strings.TrimSpace(v.field("number")))}
	if !numberForm.MatchString(n.value) || isCardLike(n.value) {
		n.word, n.value = noteNoTicket, ""
	}
	v.say(id, n)
	return v.to(callPath(id) + "/question")
}

// asciiOf folds full width, as people's keyboards are.
func asciiOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　' || r == ' ':
			return -1
		case r == 'ー' || r == '－' || r == '‐' || r == '−':
			return '-'
		}
		return r
	}, s)
}

const noTicketText = "この受付番号は見つかりません。もう一度、1文字ずつ聞いてください。"

func (v *visit) askQuestion() error {
	id := v.Param("id")
	n := v.said(id, "question")
	if n.word == noteNoTicket {
		return v.questionPage(nil, noTicketText)
	}
	if n.word != noteAsked {
		return v.questionPage(nil, "")
	}
	t, err := v.d.c.Tickets.Ask(v.ctx(), v.who, id, n.value)
	if errors.Is(err, agent.ErrNoTicket) {
		return v.questionPage(nil, noTicketText)
	}
	if err != nil {
		return err
	}
	view := &ticketView{Number: t.Number, Kind: "担当への引き継ぎ", Opened: v.d.moment(t.Opened), State: stateLabels()[t.State]}
	if t.Letter {
		view.Kind = "書状の手配"
	}
	if text, ok := v.d.answer(t); ok {
		view.Answer, view.AnswerEn = text.In(breach.Japanese), text.In(breach.English)
	}
	return v.questionPage(view, "")
}

func (v *visit) questionPage(t *ticketView, wrong string) error {
	return v.step(http.StatusOK, "question", "受付番号をお持ちの方", wrong, func(_ agent.Call, b *callBody) error { b.Ticket = t; return nil })
}
