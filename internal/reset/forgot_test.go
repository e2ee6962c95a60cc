package reset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"exposure/internal/reset"
)

const (
	// The first page of EC-CUBE 2's procedure: what it asks for is what was stolen.
	forgotForm = `<!DOCTYPE html><html lang="ja"><head><title>パスワードを忘れた方</title></head><body>
<form action="?" method="post" name="form1"><input type="hidden" name="mode" value="mail_check" />
<input type="text" name="name01" /><input type="text" name="name02" /><input type="text" name="email" /></form></body></html>`
	// A closed page inside a theme that has a search form on every page.
	forgotClosed = `<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><meta content="Closed" name="Exposure-Forgot" /></head><body>
<form action="/products/list" method="get"><input name="name"></form><p>パスワードの再発行は、お客様情報の確認ページから行ってください。</p></body></html>`
)

func answer(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func TestLookAtForgot(t *testing.T) {
	other := httptest.NewServer(answer(200, forgotClosed))
	defer other.Close()
	huge := strings.Repeat("<p>a page without an end</p>", 100_000)
	for name, c := range map[string]struct {
		page   http.HandlerFunc
		closed bool
		saw    string
	}{
		"the form":                {answer(200, forgotForm), false, "still answers, with a form"},
		"a form without scripts":  {answer(200, "<html><body><noscript>"+forgotForm+"</noscript></body></html>"), false, "still answers, with a form"},
		"fields without a form":   {answer(200, `<p><input name="email"></p>`), false, "still answers, with a form"},
		"the marker":              {answer(200, forgotClosed), true, "says that it is closed"},
		"the marker said open":    {answer(200, `<meta name="exposure-forgot" content="open">`+forgotForm), false, "still answers, with a form"},
		"the marker in a comment": {answer(200, `<!-- <meta name="exposure-forgot" content="closed"> -->`+forgotForm), false, "still answers, with a form"},
		"the marker as text":      {answer(200, `<p>&lt;meta name="exposure-forgot" content="closed"&gt;</p>`+forgotForm), false, "still answers, with a form"},
		"404":                     {answer(404, forgotForm), true, "answers 404"},
		"410":                     {answer(410, ""), true, "answers 410"},
		"403":                     {answer(403, ""), true, "answers 403"},
		"503":                     {answer(503, "<p>メンテナンス中</p>"), false, "answers 503, so that nobody can tell"},
		"401":                     {answer(401, ""), false, "answers 401"},
		"an empty page":           {answer(200, ""), false, "a page without a form that does not say"},
		"words alone":             {answer(200, "<p>休止しています</p>"), false, "a page without a form that does not say"},
		"no page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "{}")
		}, false, "something that is no page"},
		"a page without an end":         {answer(200, huge+`<meta name="exposure-forgot" content="closed">`), false, "too large"},
		"the marker, then no end":       {answer(200, forgotClosed+huge), true, "says that it is closed"},
		"a form, then no end":           {answer(200, forgotForm+huge), false, "still answers, with a form"},
		"redirected to the login page":  {moveTo("/mypage/login.php", answer(200, forgotForm)), false, "leads to /mypage/login.php, which still answers, with a form"},
		"redirected to a closed page":   {moveTo("/closed/", answer(200, forgotClosed)), true, "leads to /closed/, which says that it is closed"},
		"redirected to what is missing": {moveTo("/gone/", answer(404, "")), true, "leads to /gone/, which answers 404"},
		"redirected in a circle":        {moveTo("/forgot/", nil), false, "leads from page to page"},
		"redirected once for a cookie":  {cookieFirst(answer(200, forgotClosed)), true, "says that it is closed"},
		"redirected to another site":    {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", http.StatusFound) }, false, "leads to another site, " + other.URL},
		"redirected nowhere":            {answer(302, ""), false, "without saying where"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, forgotClosed)
		}, false, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			shop := httptest.NewServer(c.page)
			defer shop.Close()
			got := reset.LookAtForgot(t.Context(), shop.URL+"/forgot/")
			if got.Closed != c.closed || !strings.Contains(got.Saw, c.saw) {
				t.Fatalf("closed %v, it %s; want %v, %q", got.Closed, got.Saw, c.closed, c.saw)
			}
			err := got.Err()
			if (err == nil) != c.closed || err != nil && (!errors.Is(err, reset.ErrForgotOpen) || !strings.Contains(err.Error(), shop.URL)) {
				t.Errorf("the error is %v", err)
			}
			marked := strings.HasSuffix(c.saw, "says that it is closed")
			if kitErr := got.KitErr(); got.Marked != marked || (kitErr == nil) != marked || kitErr != nil && !errors.Is(kitErr, reset.ErrForgotOpen) {
				t.Errorf("marked %v, and for a kit's page the error is %v", got.Marked, kitErr)
			}
		})
	}
}

// moveTo redirects everything but the path itself.
func moveTo(path string, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path && then != nil {
			then(w, r)
			return
		}
		http.Redirect(w, r, path, http.StatusFound)
	}
}

// cookieFirst answers who brings back the cookie it set.
func cookieFirst(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("ECSESSID"); err == nil {
			then(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "ECSESSID", Value: "x", Path: "/"})
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	}
}

// What cannot be reached is not closed: nobody knows what customers see.
func TestForgotPageOutOfReach(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if f := reset.LookAtForgot(ctx, silent.URL); f.Closed || !strings.Contains(f.Saw, "not answer in time") {
		t.Errorf("a page that never comes: %+v", f)
	}
	for page, want := range map[string]string{
		gone.URL:                     "cannot be reached",
		"https://shop.invalid/":      "no host of that name",
		"https://shop.example\x7f/x": "is no address",
	} {
		if f := reset.LookAtForgot(t.Context(), page); f.Closed || !strings.Contains(f.Saw, want) {
			t.Errorf("%q: %+v", page, f)
		}
	}
}
