package console

import (
	"errors"
	"net/http"
	"time"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wire"
	"exposure/internal/wording"
)

// resultView is a report in the words of the API, so that every door tells the same.
type resultView struct {
	Listed         bool
	Tag            string
	Check, CheckEn string
	Changed        string
	Minutes, More  int
	Until          string
	Actions        []actionView
	Sources        []sourceView
	Doubts         []wire.UndeterminedCategory
	Scope          string
	NotExposed     []string
	CannotTell     []string
}

type actionView struct{ ID, Title, Body, TitleEn, BodyEn string }

type sourceView struct {
	Cohort, Label, Reason, Period string
	Categories                    []struct {
		ID, Label string
		IfEntered bool
	}
}

// compared is how a check number compared.
type compared struct {
	Word, Class string
	Say         []wording.Line
}

// result shows what to tell. It leads away by itself when its time is over.
func (v *visit) result(told agent.Told) error {
	c := told.Call
	b, err := v.body(c, "result")
	if err != nil {
		return err
	}
	b.Say, b.Result = told.Script, v.d.resultView(told)
	wrong := ""
	switch n := v.said(c.ID, "result"); n.word {
	case noteExtended:
		b.Note = "表示を10分のばしました。"
	case noteNotNow:
		b.Note = "これ以上はのばせません。"
	case noteMatch:
		b.Compared = &compared{"一致しました", "compared-yes", v.script("genuine", c)}
	case noteNoMatch:
		b.Compared = &compared{"一致しません", "compared-no", v.script("not-genuine", c)}
	case noteShape:
		wrong = "照合番号の形ではありません。ことばと4けたの数字を、もう一度聞いてください。"
	case noteCard:
		wrong = cardText
	}
	title, state := "一覧に見当たりません", "not-listed"
	if b.Result.Listed {
		title, state = "対象です", "listed"
	}
	return v.render(http.StatusOK, "result", page{Name: "result", State: state, Title: title, Wrong: wrong, Training: c.Training, Body: b},
		refresh{c.ProvenUntil, callPath(c.ID) + "/faded"})
}

func (d *Console) resultView(told agent.Told) *resultView {
	ja, en := wire.FromReport(told.Report, breach.Japanese), wire.FromReport(told.Report, breach.English)
	r := &resultView{
		Listed: told.Report.Status == breach.StatusListed, Tag: "この人の情報は、漏えいした可能性があります",
		Until: d.clock(told.Call.ProvenUntil), More: agent.Extensions - told.Call.Extended, Doubts: ja.Undetermined, Scope: told.Report.Scope.In(breach.Japanese),
	}
	r.Minutes = max(1, int((told.Call.ProvenUntil.Sub(d.c.Now())+time.Minute-1)/time.Minute))
	switch {
	case !r.Listed && len(ja.Undetermined) > 0:
		r.Tag = "確認中の情報があります。「対象ではない」とは言えません"
	case !r.Listed:
		r.Tag = "「対象ではない」とは言えません"
	}
	if ja.CheckNumber != nil && en.CheckNumber != nil {
		r.Check, r.CheckEn = *ja.CheckNumber, *en.CheckNumber
	}
	if ja.ChangeNote != nil {
		r.Changed = *ja.ChangeNote
	}
	for i, a := range ja.Actions {
		r.Actions = append(r.Actions, actionView{a.Id, a.Title, a.Body, en.Actions[i].Title, en.Actions[i].Body})
	}
	for _, e := range ja.Exposures {
		r.Sources = append(r.Sources, source(e))
	}
	for _, c := range ja.NotExposed {
		r.NotExposed = append(r.NotExposed, c.Label)
	}
	for _, s := range ja.CannotTell {
		r.CannotTell = append(r.CannotTell, s.Text)
	}
	return r
}

func source(e wire.Exposure) sourceView {
	s := sourceView{Cohort: e.Cohort, Label: e.Label, Reason: e.Reason, Period: e.Period.Label}
	for _, c := range e.Categories {
		s.Categories = append(s.Categories, struct {
			ID, Label string
			IfEntered bool
		}{c.Id, c.Label, c.Certainty == wire.CertaintyPossibleIfEntered})
	}
	return s
}

// takeCheckNumber compares what the caller reads, and keeps only whether it is theirs. What
// is no check number says nothing about the notice.
func (v *visit) takeCheckNumber() error {
	id, typed := v.Param("id"), v.field("number")
	n := note{"result", noteCard, ""}
	if !isCardLike(typed) {
		same, err := v.d.c.Aids.CheckNumber(v.ctx(), v.who, id, typed)
		switch {
		case errors.Is(err, agent.ErrNotProven):
			return v.to(callPath(id))
		case errors.Is(err, lookup.ErrMalformedCode):
			n.word = noteShape
		case err != nil:
			return err
		case same:
			n.word = noteMatch
		default:
			n.word = noteNoMatch
		}
	}
	v.say(id, n)
	return v.to(callPath(id))
}
