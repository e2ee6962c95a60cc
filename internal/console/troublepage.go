package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"exposure/internal/lookup"
	"exposure/internal/wire"
)

// Problem shows an error that the server has decided how to answer: status and headers are
// the server's, the words are ours. It asks nobody who it is.
func (d *Console) Problem(c echo.Context, err error, p wire.Problem) error {
	setHeaders(c.Response().Header())
	c.Response().Header().Del("WWW-Authenticate") // a browser has no key to send: pages take a cookie
	v := &visit{Context: c, d: d}
	t := trouble(p, c.Response().Header())
	noMail := errors.Is(err, lookup.ErrNoMail)
	if noMail {
		t = unmailed()
	}
	back, word := pathHome, "ホームへ"
	if id := c.Param("id"); id != "" && t.inCall {
		back, word = callPath(id), "通話に戻る"
	}
	switch {
	case noMail:
		back, word = callPath(c.Param("id"))+"/code", "届いている番号をうかがう"
	case p.Type == wire.ProblemTypeUnauthenticated || p.Type == wire.ProblemTypeOutsideHours:
		back, word = pathSignIn, "サインイン"
	case p.Type == wire.ProblemTypeNoAddress:
		back, word = callPath(c.Param("id"))+"/address", "アドレスをうかがう"
	}
	return v.message(p.Status, strings.TrimPrefix(string(p.Type), "urn:exposure:problem:"), t.title, messageBody{Lines: t.lines, Link: back, Word: word})
}

// crossSite refuses a form that no page of ours sent.
func (d *Console) crossSite(c echo.Context) error {
	v := &visit{Context: c, d: d}
	return v.message(http.StatusForbidden, "cross-site", "この操作は受け付けられません", messageBody{
		Lines: []string{"ほかのサイトから送られた操作のようです。何もしていません。"}, Link: pathHome, Word: "ホームへ",
	})
}

// unmailed is what an agent says while no phone code is promised to anybody, though a long one
// may come.
func unmailed() troubled {
	return troubled{"いまは電話確認番号を送れません", []string{
		"いまは、メールが届くことを、どなたにもお約束できません。20けたの番号のメールだけは、届くことがあります。届いたら、この通話でも、おかけなおしのときでも、読んでいただけます。",
		"すでに届いている番号があれば、いま読んでいただけます。ないときは、書状の手配か、時間をおいたおかけなおしをご案内してください。",
	}, true}
}

type troubled struct {
	title  string
	lines  []string
	inCall bool // the call goes on
}

// trouble says a problem.
func trouble(p wire.Problem, h http.Header) troubled {
	if t, ok := troubles()[p.Type]; ok {
		return t
	}
	switch p.Type {
	case wire.ProblemTypeQuotaExceeded:
		return troubled{"回数の上限です", []string{"続けて行える回数を超えました。あと" + strconv.Itoa(wire.RetryMinutes(h)) + "分ほどで、また行えます。", "お急ぎのときは、書状の手配か、担当への引き継ぎをご案内してください。"}, true}
	case wire.ProblemTypeUnexpected:
		id := ""
		if p.RequestId != nil {
			id = *p.RequestId
		}
		return troubled{"うまくいきませんでした", []string{"こちらの問題です。担当にこの番号を伝えてください：" + id}, true}
	default:
		return troubled{"受け付けられませんでした", []string{"送られた内容を読み取れませんでした。"}, true}
	}
}

// troubles are the problems that are always said alike.
func troubles() map[wire.ProblemType]troubled {
	nothing := troubled{"見つかりません", []string{"通話が終わっているか、このページはありません。"}, false}
	return map[wire.ProblemType]troubled{
		wire.ProblemTypeUnauthenticated:        {"サインインしてください", []string{"サインインしていないか、時間が切れました。"}, false},
		wire.ProblemTypeOutsideHours:           {"受付時間外です", []string{"窓口の受付時間の前後だけ使えます。"}, false},
		wire.ProblemTypeRoleMissing:            {"このページは管理者用です", []string{"集計は管理者だけが見られます。"}, false},
		wire.ProblemTypeNotYourCall:            {"ほかの担当者の通話です", []string{"この通話は開けません。開こうとしたことは記録しました。"}, false},
		wire.ProblemTypeNotFound:               nothing,
		wire.ProblemTypeMethodNotAllowed:       nothing,
		wire.ProblemTypeNoAddress:              {"アドレスがまだありません", []string{"先に、お客様のメールアドレスをうかがってください。"}, true},
		wire.ProblemTypeNotProven:              {"確認が終わっていません", []string{"この通話では確認できていないか、表示の時間が過ぎました。"}, true},
		wire.ProblemTypeCouldNotCheck:          {"いまは確認できません", []string{"一覧を読めません。対象かどうかは、まだ分かっていません。「対象ではない」とは言わないでください。"}, true},
		wire.ProblemTypeTemporarilyUnavailable: {"いまは確認できません", []string{"しばらくして、もう一度試してください。対象かどうかは、まだ分かっていません。"}, true},
	}
}
