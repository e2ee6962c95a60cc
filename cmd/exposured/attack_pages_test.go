package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"exposure/internal/wire"
)

// form sends a form as a browser does, and does not follow where it leads.
func (b *browser) form(t *testing.T, path string, values url.Values, header ...string) reply {
	t.Helper()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b.sendRaw(t, http.MethodPost, path, values.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

// codeCookie is the cookie in which the pages keep a verification.
func codeCookie(tab string, v wire.Verification) string {
	return "exposure-code-" + tab + "=" + v.Id + "." + v.Secret + ".."
}

// TestPlantedCookiesOnThePages: a verification that an attacker began for the victim's own
// address, and a session of the attacker's, are in the victim's browser before the victim
// proves the mailbox. What the victim proves is the victim's alone.
func TestPlantedCookiesOnThePages(t *testing.T) {
	onBothStores(t, func(t *testing.T, g *target) {
		attacker, victim, address := from(g.public, elsewhere), from(g.public, here), g.somebody()
		theirs := attacker.prove(t, g.office, g.somebody())
		planted, code := g.ask(t, attacker, address, 1)
		const tab = "abcdefgh"
		jar := codeCookie(tab, planted) + "; exposure-result-" + tab + "=" + theirs.Token
		own := []string{"Sec-Fetch-Site", "same-origin", "Cookie"}

		// Two of the same name are none, whichever is first.
		for _, two := range []string{codeCookie(tab, planted) + "; " + codeCookie(tab, planted), codeCookie(tab, wire.Verification{Id: "x", Secret: "y"}) + "; " + jar} {
			if r := victim.form(t, "/code?n="+tab, url.Values{"code": {code}}, append(own, two)...); r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), "/code") {
				t.Errorf("two cookies of one name: %d to %q", r.status, r.header.Get("Location"))
			}
		}
		if n := g.rows(t, address, "guess", "accepted") + g.rows(t, address, "guess", "refused"); n != 0 {
			t.Errorf("two cookies of one name: %d guesses were judged", n)
		}
		r := victim.form(t, "/code?n="+tab, url.Values{"code": {code}}, append(own, jar)...)
		if r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), "/result") {
			t.Fatalf("the victim's code: %d to %q", r.status, r.header.Get("Location"))
		}
		token := ""
		for _, c := range (&http.Response{Header: r.header}).Cookies() {
			if strings.HasPrefix(c.Name, "exposure-result-") {
				token = c.Value
				if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
					t.Errorf("the cookie of the answer: %v", c)
				}
			}
		}
		if len(token) != 43 || token == theirs.Token {
			t.Errorf("after a success the victim's session is the planted one, or none")
		}
		// Who planted the verification knows its id and secret, and has nothing by it.
		refused(t, attacker.confirm(t, planted, code), 0)
		if a, v := report(t, attacker, theirs.Token), report(t, victim, token); *a.CheckNumber == *v.CheckNumber {
			t.Error("the session of the attacker tells the victim's report")
		}
		if n := g.rows(t, address, "guess", "accepted"); n != 1 {
			t.Errorf("%d got in, want the victim alone", n)
		}
	}, "--insecure-no-limits")
}

// TestFormsOfOtherSites: no form or script of another site reaches a page that does
// anything, with the visitor's cookies or without.
func TestFormsOfOtherSites(t *testing.T) {
	g := aim(t, nil, "--insecure-no-limits")
	b, address := from(g.public, here), g.somebody()
	v, code := g.ask(t, b, address, 1)
	const tab = "abcdefgh"
	session := b.prove(t, g.office, g.somebody())
	jar := codeCookie(tab, v) + "; exposure-result-" + tab + "=" + session.Token
	mails := g.office.count()
	for path, values := range map[string]url.Values{
		"/lookup": {"address": {g.somebody()}}, "/long-code": {"address": {g.somebody()}}, "/code?n=" + tab: {"code": {code}}, "/code/resend?n=" + tab: {}, "/code/restart?n=" + tab: {},
		"/result/finish?n=" + tab: {}, "/letter": {"number": {"12345-67890-1244"}},
	} {
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Origin", "http://shop.127.0.0.1"}, {"Sec-Fetch-Site", "cross-site", "Origin", g.public},
		} {
			r := b.form(t, path, values, append(header, "Cookie", jar)...)
			if r.status != http.StatusForbidden || r.header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %v: %d, cookies %q", path, header, r.status, r.header.Get("Set-Cookie"))
			}
		}
		for _, media := range []string{"text/plain", "text/plain;charset=UTF-8", "application/json", "multipart/form-data; boundary=x", ""} {
			r := b.sendRaw(t, http.MethodPost, path, values.Encode(), "Content-Type", media, "Sec-Fetch-Site", "same-origin", "Cookie", jar)
			if r.status != http.StatusUnsupportedMediaType {
				t.Errorf("%s as %q: %d", path, media, r.status)
			}
		}
		if r := b.get(t, path, "Cookie", jar, "Sec-Fetch-Site", "cross-site"); r.status >= 500 {
			t.Errorf("%s as a picture: %d", path, r.status)
		}
	}
	if n := g.rows(t, address, "guess", "accepted") + g.rows(t, address, "guess", "refused"); n != 0 || g.office.count() != mails {
		t.Errorf("%d guesses were judged, %d mails sent", n, g.office.count()-mails)
	}
	report(t, b, session.Token) // has not been ended
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("the visitor's own code after all: %d %s", r.status, r.body)
	}
}
