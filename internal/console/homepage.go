package console

import (
	"errors"
	"net/http"

	"exposure/internal/agent"
)

type homeBody struct {
	Note    string
	Trained bool
	Open    *openCall
}

// openCall is the call that this browser left open.
type openCall struct {
	Base, Reason, Since string
	Training            bool
}

// openForm is one of the two ways to begin.
type openForm struct {
	ID, Button              string
	Training, Second, Focus bool
	Reasons                 []choice
}

// Form is called by the template. What comes first on the page has the focus and the
// stronger button.
func (b homeBody) Form(id, button string, training bool) openForm {
	first := training != b.Trained
	return openForm{id, button, training, !first, first && b.Open == nil, choices(agent.Reasons(), reasonLabels())}
}

func (v *visit) home() error { return v.homePage(http.StatusOK, "") }

func (v *visit) homePage(status int, wrong string) error {
	body := homeBody{Trained: v.who.Trained}
	switch n := v.said("", "home"); n.word {
	case noteEnded:
		body.Note = "通話を終わりました。"
	case noteTrained:
		body.Note = "訓練の通話を終わりました。"
	case noteChanged:
		body.Note = "パスワードを変えました。"
	case notePaper:
		body.Note = "紙のコードを1つ使いました。残りは" + n.value + "個です。"
	}
	c, err := v.left()
	if err != nil {
		return err
	}
	if c != nil {
		body.Open = &openCall{callPath(c.ID), reasonLabels()[c.Reason], v.d.clock(c.Opened), c.Training}
	}
	return v.render(status, "home", page{Name: "home", Title: "電話を受ける", Wrong: wrong, Body: body})
}

// left is the call that this browser left open, if it still is.
func (v *visit) left() (*agent.Call, error) {
	id := v.cookie(callCookie)
	if id == "" {
		return nil, nil
	}
	c, err := v.d.c.Calls.Get(v.ctx(), v.who, id)
	if errors.Is(err, agent.ErrNoCall) || errors.Is(err, agent.ErrForeignCall) {
		v.dropCookie(callCookie)
		return nil, nil
	}
	return &c, err
}

func (v *visit) open() error {
	c, err := v.d.c.Calls.Open(v.ctx(), v.who, agent.Reason(v.field("reason")), v.field("training") == "1")
	if errors.Is(err, agent.ErrChoice) {
		return v.homePage(http.StatusUnprocessableEntity, "ご用件を選んでください。")
	}
	if err != nil {
		return err
	}
	v.setCookie(callCookie, c.ID, 0)
	return v.to(callPath(c.ID))
}

func callPath(id string) string { return pathCalls + "/" + id }
