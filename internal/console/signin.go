package console

import (
	"errors"
	"net/http"
	"strconv"

	"exposure/internal/agent"
)

type signInBody struct{ Note string }

func (v *visit) askSignIn() error {
	body := signInBody{}
	if v.said("", "sign-in").word == noteSignedOut {
		body.Note = "サインアウトしました。"
	}
	return v.show("sign-in", page{Name: "sign-in", Title: "サインイン", Body: body})
}

// signIn says one thing whatever was wrong. What the browser held of an earlier session ends.
func (v *visit) signIn() error {
	in, err := v.d.c.Accounts.SignIn(v.ctx(), v.from(), v.field("name"), v.field("password"), v.field("code"))
	if errors.Is(err, agent.ErrSignIn) {
		return v.render(http.StatusUnauthorized, "sign-in", page{
			Name: "sign-in", State: "refused", Title: "サインイン", Body: signInBody{},
			Wrong: "サインインできませんでした。名前、パスワード、コードを確かめて、もう一度入力してください。コードは毎回新しいものが必要です。",
		})
	}
	if err != nil {
		return err
	}
	if old := v.cookie(agentCookie); old != "" {
		if who, err := v.d.c.Accounts.Who(v.ctx(), old); err == nil {
			if err := v.d.c.Accounts.SignOut(v.ctx(), who); err != nil {
				return err
			}
		}
	}
	v.begin(in)
	if in.PaperCodesLeft >= 0 {
		v.say("", note{"home", notePaper, strconv.Itoa(in.PaperCodesLeft)})
	}
	if in.Agent.MustChange {
		return v.to(pathPassword)
	}
	return v.to(pathHome)
}

func (v *visit) signOut() error {
	if err := v.d.c.Accounts.SignOut(v.ctx(), v.who); err != nil {
		return err
	}
	v.forget()
	v.say("", note{"sign-in", noteSignedOut, ""})
	return v.to(pathSignIn)
}

// locked needs no session and holds nothing: it is where an idle screen ends.
func (v *visit) locked() error {
	v.forget()
	return v.message(http.StatusOK, "locked", "画面を閉じました", messageBody{
		Lines: []string{"しばらく操作がなかったため、画面を閉じました。お客様の情報は表示していません。", "もう一度サインインすると、続けられます。"},
		Link:  pathSignIn, Word: "サインイン",
	})
}

type passwordBody struct {
	First, Paper bool
	PaperLeft    string
}

func (v *visit) passwordPage(status int, state, wrong string) error {
	body := passwordBody{First: v.who.MustChange}
	if n := v.said("", "home"); n.word == notePaper && v.who.MustChange {
		body.Paper, body.PaperLeft = true, n.value
	}
	title := "パスワードの変更"
	if body.First {
		title = "最初のパスワードを変えてください"
	}
	return v.render(status, "password", page{Name: "password", State: state, Title: title, Wrong: wrong, Body: body})
}

func (v *visit) askPassword() error { return v.passwordPage(http.StatusOK, "", "") }

func (v *visit) changePassword() error {
	err := v.d.c.Accounts.ChangePassword(v.ctx(), v.who, v.field("old"), v.field("new"))
	switch {
	case errors.Is(err, agent.ErrSignIn):
		return v.passwordPage(http.StatusUnprocessableEntity, "old", "いまのパスワードを確かめて、もう一度入力してください。")
	case errors.Is(err, agent.ErrPassword):
		return v.passwordPage(http.StatusUnprocessableEntity, "new", "このパスワードは使えません。12文字以上で、よく使われるもの、名前を含むもの、いまと同じものは避けてください。")
	case err != nil:
		return err
	}
	v.say("", note{"home", noteChanged, ""})
	return v.to(pathHome)
}
