package web_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// nasty is what strangers type; none of it may come back as markup or as a header.
func nasty() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' autofocus onfocus=alert(1) x='`, `{{.}}`, `javascript:alert(1)`,
		"a@b.jp\r\nSet-Cookie: evil=1", "a@b.jp\x00", "\xff\xfe", "\u202eab@c.jp", strings.Repeat("<", 1000), strings.Repeat("a", 1000), "../../etc/passwd", "%s%n%d",
		"//evil.example/", `\\evil.example\`, "０", "1234567\u0661", strings.Repeat("9", 400),
	}
}

// safe fails if what a stranger typed has become part of a page.
func safe(t *testing.T, a answer, typed string) {
	t.Helper()
	if a.doc == nil {
		t.Fatalf("%s: %d is no page", a.path, a.status)
	}
	checkMarkup(t, a.body)
	if a.status >= 500 || a.header.Get("Set-Cookie") != "" && strings.Contains(a.header.Get("Set-Cookie"), "evil=1") {
		t.Errorf("%q was answered %d", typed, a.status)
	}
	if n := len(findAll(a.doc, isTag("script"))); n != 1 {
		t.Errorf("%q: %d scripts", typed, n)
	}
	if find(a.doc, func(n *html.Node) bool { return attr(n, "onerror")+attr(n, "onfocus") != "" }) != nil {
		t.Errorf("%q became markup", typed)
	}
}

func TestHostileInput(t *testing.T) {
	in := example(t, "tougyoku-2023")
	sent := noon.Add(-time.Hour)
	in.Notices.LettersFrom = &sent
	w := newWorld(t, in)
	b := newBrowser(t, w.open(t, ""))
	code := b.ask(hanako, "")
	for _, typed := range nasty() {
		safe(t, b.post("/lookup", "address", typed), typed)
		safe(t, b.post("/lookup", "address", hanako, "use", typed), typed)
		safe(t, b.post("/letter", "number", typed), typed)
		safe(t, b.submit(code, "code-form", "code", typed), typed)
		escaped := url.QueryEscape(typed)
		for _, path := range []string{"/", "/lookup", "/code", "/code/help", "/result", "/faq", "/finished", "/letter"} {
			a := b.get(path + "?lang=" + escaped + "&n=" + escaped)
			for a.status == http.StatusSeeOther {
				a = b.get(a.header.Get("Location"))
			}
			safe(t, a, typed)
			if len(typed) > 5 && strings.Contains(a.body, html.EscapeString(typed)) && !strings.Contains(a.body, `id="address-form"`) {
				t.Errorf("%s repeats %q", a.path, typed)
			}
		}
	}
	if w.redeemed != 0 {
		t.Errorf("%d guesses were judged", w.redeemed)
	}
}

// TestCardNumbers are refused in every field, not kept and not shown back.
func TestCardNumbers(t *testing.T) {
	in := example(t, "tougyoku-2023")
	sent := noon.Add(-time.Hour)
	in.Notices.LettersFrom = &sent
	w := newWorld(t, in)
	b := newBrowser(t, w.open(t, ""))
	code := b.ask(hanako, "")
	const digits = "4111111111111111"
	for _, card := range []string{digits, "4111 1111 1111 1111", "４１１１－１１１１－１１１１－１１１１", "my card: 4111-1111-1111-1111.", "12345678 card: " + digits, digits + "@example.jp"} {
		for _, a := range []answer{
			b.post("/lookup", "address", card).want(t, 200, "address", "card"),
			b.submit(code, "code-form", "code", card).want(t, 200, "code", "card"),
			b.post("/letter", "number", card).want(t, 200, "letter", "card"),
		} {
			for _, n := range findAll(a.doc, isTag("input")) {
				if attr(n, "value") != "" {
					t.Errorf("%q is shown back", card)
				}
			}
			if strings.Contains(a.body, digits) {
				t.Errorf("%q is shown back", card)
			}
		}
		for _, c := range b.client.Jar.Cookies(must1(url.Parse(b.base))) {
			for _, part := range strings.Split(c.Value, ".") {
				plain, _ := base64.RawURLEncoding.DecodeString(part)
				if strings.Contains(string(plain), "1111") {
					t.Errorf("%q is kept in %s", card, c.Name)
				}
			}
		}
	}
	if w.redeemed != 0 || w.mails != 1 {
		t.Fatalf("%d guesses, %d mails", w.redeemed, w.mails)
	}
	// A long code is a code, also when a part of it looks like a card.
	b.submit(code, "code-form", "code", "4111-1111-1111-1111-0000").want(t, 200, "code", "refused4")
}

func TestFormsOfOtherSites(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	ts := w.open(t, "")
	for _, c := range []struct {
		name   string
		header http.Header
		want   int
	}{
		{"our own", http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusSeeOther},
		{"our own, an old browser", http.Header{"Origin": {ts.URL}}, http.StatusSeeOther},
		{"a program", http.Header{}, http.StatusSeeOther},
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"a subdomain", http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		{"another site, an old browser", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"a file", http.Header{"Origin": {"null"}}, http.StatusForbidden},
	} {
		b := newBrowser(t, ts)
		b.header = c.header
		for _, path := range []string{"/lookup", "/code", "/code/resend", "/code/restart", "/result/password", "/result/finish"} {
			a := b.send(http.MethodPost, path, form("address", hanako))
			want := c.want
			if path == "/result/password" && want == http.StatusSeeOther {
				want = http.StatusUnauthorized // let in, and there is no result yet
			}
			if a.status != want {
				t.Errorf("%s: %s was answered %d, want %d", c.name, path, a.status, want)
			}
			if c.want == http.StatusForbidden && len(a.header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s: %s set a cookie", c.name, path)
			}
		}
	}
	if w.mails != 6 { // the first and a new one, of each of our own
		t.Errorf("%d mails, want those of our own forms", w.mails)
	}
	b := newBrowser(t, ts)
	for _, media := range []string{"", "text/plain", "application/json", "multipart/form-data; boundary=x"} {
		req := must1(http.NewRequest(http.MethodPost, b.base+"/lookup", strings.NewReader("address=hanako%40example.jp")))
		req.Header.Set("Content-Type", media)
		if a := b.do(req); a.status != http.StatusUnsupportedMediaType || a.page() != "trouble" {
			t.Errorf("a form sent as %q was answered %d", media, a.status)
		}
	}
}

// TestOddAddress: an address may hold what means something in markup.
func TestOddAddress(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	code := b.ask("o'hara&amp@example.jp", "")
	if !strings.Contains(code.body, "o&#39;hara&amp;amp@example.jp") || strings.Contains(code.body, "o'hara") {
		t.Errorf("the address is not escaped: %s", textOf(code.byID("sent")))
	}
}

// TestKnownAndUnknownLookTheSame: asking for a code tells nobody who is listed.
func TestKnownAndUnknownLookTheSame(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.answers[w.tag(t, hanako)] = guest()
	ts := w.open(t, "")
	shape := func(address string) string {
		b := newBrowser(t, ts)
		a := b.send(http.MethodPost, "/lookup", form("address", address))
		var s strings.Builder
		for _, name := range []string{"Location", "Set-Cookie", "Content-Length"} {
			for _, v := range a.header.Values(name) {
				s.WriteString(name + strings.Repeat("x", len(v)))
			}
		}
		page := b.get(a.header.Get("Location"))
		return s.String() + strings.Repeat("y", len(page.body)) + page.state()
	}
	if known, unknown := shape(hanako), shape("hanaka@example.jp"); known != unknown {
		t.Errorf("they differ: %d and %d", len(known), len(unknown))
	}
}
