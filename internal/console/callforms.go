package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/lookup"
)

// forms are what a call takes by what follows its path.
func forms() map[string]handler {
	return map[string]handler{
		"address": (*visit).takeAddress, "send": (*visit).sendCode, "code": (*visit).takeCode, "letter-number": (*visit).takeLetterNumber,
		"letter-request": (*visit).takeLetterRequest, "ticket": (*visit).takeTicket, "question": (*visit).takeQuestion,
		"check": (*visit).takeCheckNumber, "extend": (*visit).extend, "end": (*visit).end,
	}
}

// maxShown is the longest input that is shown back.
const maxShown = 1024

// shown is what of an input may be shown back: nothing that may be the number of a card,
// whatever stands between its digits.
func shown(s string) string {
	if len(s) > maxShown || isCardLike(s) {
		return ""
	}
	return s
}

func isCardLike(s string) bool {
	return len(breach.FindCardNumbers(s)) > 0 || len(breach.FindCardNumbers(digitsOf(s))) > 0
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, s)
}

func (v *visit) takeAddress() error {
	id, typed := v.Param("id"), v.field("address")
	if isCardLike(typed) {
		return v.addressPage(http.StatusUnprocessableEntity, "", cardText)
	}
	_, err := v.d.c.Calls.Address(v.ctx(), v.who, id, typed)
	if errors.Is(err, lookup.ErrMalformedAddress) {
		return v.addressPage(http.StatusUnprocessableEntity, shown(typed), "メールアドレスの形ではありません。@の前後と、最後まで入っているかを確かめてください。")
	}
	if err != nil {
		return err
	}
	return v.to(callPath(id) + "/spelled")
}

func (v *visit) sendCode() error {
	id := v.Param("id")
	if _, err := v.d.c.Proofs.SendCode(v.ctx(), v.who, id); err != nil {
		return err
	}
	v.say(id, note{"code", noteSent, ""})
	return v.to(callPath(id) + "/code")
}

func (v *visit) takeCode() error {
	typed := v.field("code")
	return v.proof("code", typed, func(id string) error {
		_, err := v.d.c.Proofs.Confirm(v.ctx(), v.who, id, typed)
		return err
	})
}

func (v *visit) takeLetterNumber() error {
	typed := v.field("number")
	return v.proof("letter-number", typed, func(id string) error {
		_, err := v.d.c.Proofs.ConfirmLetter(v.ctx(), v.who, id, typed)
		return err
	})
}

// proof leads to what to tell, or back to the step with why not. What was typed is not kept.
func (v *visit) proof(step, typed string, confirm func(id string) error) error {
	id := v.Param("id")
	err := error(lookup.ErrMalformedCode)
	card := isCardLike(typed)
	if !card {
		err = confirm(id)
	}
	rejected := new(lookup.Rejected)
	switch {
	case err == nil:
		return v.to(callPath(id))
	case card:
		v.say(id, note{step, noteCard, ""})
	case errors.As(err, &rejected):
		n := note{step, noteRefused, ""}
		if rejected.AttemptsLeft >= 0 {
			n.value = strconv.Itoa(rejected.AttemptsLeft)
		}
		v.say(id, n)
	case errors.Is(err, breach.ErrLetterSlip):
		v.say(id, note{step, noteSlip, ""})
	case errors.Is(err, lookup.ErrMalformedCode):
		v.say(id, note{step, noteShape, ""})
	default:
		return err
	}
	return v.to(callPath(id) + "/" + step)
}

func (v *visit) takeLetterRequest() error {
	id := v.Param("id")
	r := agent.LetterRequest{Name: v.field("name"), PostalCode: v.field("postal"), Address: v.field("address"), For: v.field("for"), Note: v.field("note")}
	number, err := v.d.c.Tickets.RequestLetter(v.ctx(), v.who, id, r)
	if errors.Is(err, agent.ErrText) {
		for _, field := range []*string{&r.Name, &r.PostalCode, &r.Address, &r.For, &r.Note} {
			*field = shown(*field)
		}
		return v.letterRequestPage(http.StatusUnprocessableEntity, r, "お名前、郵便番号、ご住所を入力してください。カード番号や、13けた以上の数字は入力できません。")
	}
	if err != nil {
		return err
	}
	v.say(id, note{"left", noteTicket, number})
	return v.to(callPath(id) + "/left")
}

func (v *visit) takeTicket() error {
	id, topic, typed := v.Param("id"), v.field("topic"), v.field("note")
	number, err := v.d.c.Tickets.Open(v.ctx(), v.who, id, agent.Topic(topic), typed)
	switch {
	case errors.Is(err, agent.ErrChoice):
		return v.ticketPage(http.StatusUnprocessableEntity, "", shown(typed), "何についてかを選んでください。")
	case errors.Is(err, agent.ErrText):
		return v.ticketPage(http.StatusUnprocessableEntity, topic, shown(typed), "この内容は書けません。カード番号や、13けた以上の数字、長すぎる文は入力できません。")
	case err != nil:
		return err
	}
	v.say(id, note{"left", noteTicket, number})
	return v.to(callPath(id) + "/left")
}

func (v *visit) extend() error {
	id := v.Param("id")
	_, err := v.d.c.Aids.Extend(v.ctx(), v.who, id)
	n := note{"result", noteExtended, ""}
	if errors.Is(err, agent.ErrExtended) || errors.Is(err, agent.ErrNotProven) {
		n.word, err = noteNotNow, nil
	}
	if err != nil {
		return err
	}
	v.say(id, n)
	return v.to(callPath(id))
}

func (v *visit) end() error {
	id := v.Param("id")
	c, err := v.get()
	if err != nil {
		return err
	}
	err = v.d.c.Calls.End(v.ctx(), v.who, id, agent.Outcome(v.field("outcome")))
	if errors.Is(err, agent.ErrChoice) {
		return v.endPage(http.StatusUnprocessableEntity, "どう終わったかを選んでください。")
	}
	if err != nil {
		return err
	}
	v.dropCookie(callCookie)
	n := note{"home", noteEnded, ""}
	if c.Training {
		n.word = noteTrained
	}
	v.say("", n)
	return v.to(pathHome)
}
