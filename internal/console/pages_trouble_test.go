package console_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// TestEveryTroubleHasItsPage: what a step runs into is said in words, leads on, and tells
// nothing that is not so; a caller's address or number is not in it.
func TestEveryTroubleHasItsPage(t *testing.T) {
	s := newScreen(t)
	over := &ratelimit.Exceeded{RetryAfter: 90 * time.Second}
	for _, c := range []struct {
		err             error
		status          int
		is, title, says string
		way             string
	}{
		{agent.ErrSignedOut, 401, "unauthenticated", "サインインしてください", "時間が切れました", "/console/sign-in"},
		{agent.ErrOutsideHours, 403, "outside-hours", "受付時間外です", "受付時間の前後だけ", "/console/sign-in"},
		{agent.ErrForeignCall, 403, "not-your-call", "ほかの担当者の通話です", "記録しました", "/console"},
		{agent.ErrNoCall, 404, "not-found", "見つかりません", "通話が終わっているか", "/console"},
		{agent.ErrNoAddress, 409, "no-address", "アドレスがまだありません", "先に", atCall + "/address"},
		{agent.ErrNotProven, 409, "not-proven", "確認が終わっていません", "確認できていないか", atCall},
		{lookup.ErrCouldNotCheck, 503, "could-not-check", "いまは確認できません", "「対象ではない」とは言わないでください", atCall},
		{agent.ErrUnavailable, 503, "temporarily-unavailable", "いまは確認できません", "まだ分かっていません", atCall},
		{lookup.ErrNoMail, 503, "temporarily-unavailable", "いまは電話確認番号を送れません", "20けたの番号のメールだけは、届くことがあります", atCall + "/code"},
		{&lookup.PausedError{}, 503, "temporarily-unavailable", "いまは確認できません", "まだ分かっていません", atCall},
		{over, 429, "quota-exceeded", "回数の上限です", "あと2分ほどで", atCall},
		{errors.New("hanako@example.org broke it"), 500, "unexpected", "うまくいきませんでした", "担当にこの番号を伝えてください", atCall},
	} {
		for _, step := range []string{"/send", "/code", "/letter-number", "/letter-request", "/ticket"} {
			t.Run(c.is+step, func(t *testing.T) {
				s.again(t, true)
				s.desk.fault, s.desk.lasts = c.err, true
				p := s.post(atCall+step, field("code", typedCode))
				state{status: c.status, is: c.is + " ", title: c.title, says: c.says}.check(t, p, c.way)
				if strings.Contains(p.Body, "hanako") || strings.Contains(p.text("main"), "見当たりません") {
					t.Errorf("it says %s", p.text("main"))
				}
			})
		}
	}
}

// TestTroubleOutsideOfCalls: what the server refuses before a step is asked, and what is
// for supervisors.
func TestTroubleOutsideOfCalls(t *testing.T) {
	s := newScreen(t)
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		what, method, path, body, media, site string
		fault, out                            error
		status                                int
		is, title, way                        string
		free                                  bool
	}{
		{what: "counts for supervisors", method: "GET", path: "/console/counts", fault: agent.ErrRole, status: 403, is: "role-missing", title: "このページは管理者用です", way: "/console", free: true},
		{what: "a day to come", method: "GET", path: "/console/counts/2023-07-27", status: 404, is: "not-found", title: "見つかりません", way: "/console", free: true},
		{what: "no page", method: "GET", path: "/console/nothing", status: 404, is: "not-found", title: "見つかりません", way: "/console", free: true},
		{what: "no method", method: "PUT", path: atCall + "/code", status: 405, is: "method-not-allowed", title: "見つかりません", way: "/console", free: true},
		{what: "another call", method: "GET", path: "/console/calls/other", status: 404, is: "not-found", title: "見つかりません", way: "/console"},
		{what: "closed", method: "GET", path: "/console", out: agent.ErrOutsideHours, status: 403, is: "outside-hours", title: "受付時間外です", way: "/console/sign-in", free: true},
		{what: "signing in too often", method: "POST", path: "/console/sign-in", media: form, site: "same-origin", fault: &ratelimit.Exceeded{RetryAfter: time.Minute}, status: 429, is: "quota-exceeded", title: "回数の上限です", way: "/console", free: true},
		{what: "no form", method: "POST", path: atCall + "/code", body: "{}", media: "application/json", site: "same-origin", status: 415, is: "unsupported-media-type", title: "受け付けられませんでした", way: atCall},
		{what: "a broken form", method: "POST", path: atCall + "/code", body: "code=%zz", media: form, site: "same-origin", status: 400, is: "malformed-request", title: "受け付けられませんでした", way: atCall},
		{what: "a large form", method: "POST", path: atCall + "/code", body: "code=" + strings.Repeat("1", 9<<10), media: form, site: "same-origin", status: 413, is: "body-too-large", title: "受け付けられませんでした", way: atCall},
		{what: "another site", method: "POST", path: atCall + "/code", body: "code=1", media: form, site: "cross-site", status: 403, is: "cross-site", title: "この操作は受け付けられません", way: "/console"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s.again(t, true)
			s.desk.fault, s.desk.out = c.fault, c.out
			_, r := s.send(c.method, c.path, c.body, "Content-Type", c.media, "Sec-Fetch-Site", c.site)
			state{status: c.status, is: c.is + " ", title: c.title, free: c.free}.check(t, s.read(r), c.way)
		})
	}
}

// TestNobodySignedIn: without a session every page leads to signing in, and every form to
// where an idle screen ends; with the first password, all leads to its change. The browser
// is told to forget.
func TestNobodySignedIn(t *testing.T) {
	s := newScreen(t)
	for _, x := range append(beforeProof(), leaving()...) {
		for _, lost := range []bool{false, true} {
			s.again(t, true)
			want := "/console/password"
			if s.desk.who.MustChange = !lost; lost {
				s.desk.out = agent.ErrSignedOut
				want = "/console/sign-in"
			}
			method, path := "GET", x.get
			if x.post != "" {
				method, path = "POST", x.post
			}
			if lost && method == "POST" {
				want = "/console/locked"
			}
			_, r := s.send(method, path, x.form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
			if r.Status != http.StatusSeeOther || r.Header.Get("Location") != want || r.Body != "" {
				t.Errorf("%s, lost %t: %d to %q: %s", x.what, lost, r.Status, r.Header.Get("Location"), r.Body)
			}
			if forgets := strings.Contains(strings.Join(r.Header.Values("Set-Cookie"), "\n"), "exposure-agent=; Path=/; Max-Age=0"); forgets != lost {
				t.Errorf("%s, lost %t: the browser is told to forget: %t", x.what, lost, forgets)
			}
		}
	}
}
