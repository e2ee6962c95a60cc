package web_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"exposure/internal/breach"
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

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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

func (b *browser) cookies() []*http.Cookie { return b.client.Jar.Cookies(must1(url.Parse(b.base))) }

// TestCookies: of this host alone, unreadable to scripts, and gone after the end.
func TestCookies(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	ts := w.open(t, "")
	b := newBrowser(t, ts)
	var set []string
	note := func(a answer) answer { set = append(set, a.header.Values("Set-Cookie")...); return a }
	note(b.send(http.MethodPost, "/lookup", form("address", "hanako")))
	code := b.get(note(b.send(http.MethodPost, "/lookup", form("address", hanako))).header.Get("Location"))
	result := b.get(note(b.send(http.MethodPost, attr(code.byID("code-form"), "action"), form("code", "12345678"))).header.Get("Location"))
	for _, c := range set {
		for _, want := range []string{"__Host-exposure-", "; Path=/;", "; Secure", "; HttpOnly", "; SameSite="} {
			if !strings.Contains(c, want) {
				t.Errorf("a cookie lacks %q: %s", want, c)
			}
		}
		if strings.Contains(c, "Domain") || strings.Contains(c, "-result-") != strings.Contains(c, "SameSite=Strict") {
			t.Errorf("a cookie goes too far: %s", c)
		}
		if strings.Contains(c, "hanako") {
			t.Errorf("a cookie says who: %s", c)
		}
	}
	if len(set) < 4 {
		t.Fatalf("only %d cookies were set", len(set))
	}
	b.submit(result, "finish-form").want(t, 200, "finished", "")
	if left := b.cookies(); len(left) != 0 {
		t.Errorf("after the end there is still %v", left)
	}
	// Whoever copied the cookies before has nothing either: the session has ended.
	copied := newBrowser(t, ts)
	for _, c := range set {
		pair, _, _ := strings.Cut(c, ";")
		copied.header.Add("Cookie", pair)
	}
	copied.header.Set("Cookie", strings.Join(copied.header.Values("Cookie"), "; "))
	copied.get(result.path).want(t, 401, "trouble", "unauthenticated")
}

// TestForeignCookies: what somebody else planted, kept from yesterday or mixed up opens nothing.
func TestForeignCookies(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.answers[w.tag(t, hanako)], w.right = guest(), true
	ts := w.open(t, "")
	owner := newBrowser(t, ts)
	owner.ask(hanako, "")
	var mine string
	for _, c := range owner.cookies() {
		mine = c.Value
	}
	id, secret, _ := strings.Cut(mine, ".")
	secret, _, _ = strings.Cut(secret, ".")
	other := newWorld(t, example(t, "tougyoku-2023")) // other keys: yesterday's
	stranger := newBrowser(t, other.open(t, ""))
	stranger.ask(hanako, "")
	for name, cookie := range map[string]string{
		"empty": "", "rubbish": "....", "no secret": id + "...", "a wrong secret": id + "." + strings.Repeat("A", len(secret)) + "..",
		"cut": mine[:len(mine)/2], "swapped": secret + "." + id + "..", "yesterday's": stranger.cookies()[0].Value, "huge": strings.Repeat("a", 3000) + ".b..",
	} {
		b := newBrowser(t, ts)
		b.header.Set("Cookie", "__Host-exposure-code-aaaaaaaa="+cookie)
		if a := b.get("/code?n=aaaaaaaa").want(t, 200, "gone", ""); strings.Contains(a.body, hanako) {
			t.Errorf("%s: the address is shown", name)
		}
		before := w.redeemed
		a := b.send(http.MethodPost, "/code?n=aaaaaaaa", form("code", "12345678"))
		if to := a.header.Get("Location"); strings.HasPrefix(to, "/result") || a.status != http.StatusSeeOther || w.redeemed != before {
			t.Errorf("%s: a code led to %d %q", name, a.status, to)
		}
	}
	for name, header := range map[string]string{
		"planted":        "__Host-exposure-result-aaaaaaaa=" + strings.Repeat("A", 43),
		"not ours":       "exposure-result-aaaaaaaa=" + strings.Repeat("A", 43),
		"two of a name":  "__Host-exposure-result-aaaaaaaa=x; __Host-exposure-result-aaaaaaaa=y",
		"a verification": "__Host-exposure-result-aaaaaaaa=" + id,
	} {
		b := newBrowser(t, ts)
		b.header.Set("Cookie", header)
		if a := b.get("/result?n=aaaaaaaa"); a.status != http.StatusUnauthorized {
			t.Errorf("%s: a session was found: %d", name, a.status)
		}
	}
}

// TestTwoCookiesOfAName: browsers send one; two were put together by somebody else.
func TestTwoCookiesOfAName(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	ts := w.open(t, "")
	owner := newBrowser(t, ts)
	owner.submit(owner.ask(hanako, ""), "code-form", "code", "12345678").want(t, 200, "result", "not_listed")
	for _, c := range owner.cookies() {
		if !strings.Contains(c.Name, "-result-") {
			continue
		}
		pair, n := c.Name+"="+c.Value, c.Name[len(c.Name)-8:]
		for header, want := range map[string]int{pair: 200, pair + "; " + c.Name + "=x": 401, c.Name + "=x; " + pair: 401} {
			b := newBrowser(t, ts)
			b.header.Set("Cookie", header)
			if a := b.get("/result?n=" + n); a.status != want {
				t.Errorf("%d cookies were answered %d", strings.Count(header, "=x")+1, a.status)
			}
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

// TestManyTabs: a browser keeps a few look-ups; what is dropped is ended, too.
func TestManyTabs(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	b := newBrowser(t, w.open(t, ""))
	var first answer
	for i := range 8 {
		w.now = w.now.Add(time.Second)
		code := b.ask(hanako, "")
		if result := b.submit(code, "code-form", "code", "12345678").want(t, 200, "result", "not_listed"); i == 0 {
			first = result
		}
		if n := len(b.cookies()); n > 9 {
			t.Fatalf("%d cookies", n)
		}
	}
	b.get(first.path).want(t, 401, "trouble", "unauthenticated")
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

// TestFinishWhileTheStoreIsAway: nothing is left in the browser whatever happens.
func TestFinishWhileTheStoreIsAway(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	b := newBrowser(t, w.open(t, ""))
	result := b.submit(b.ask(hanako, ""), "code-form", "code", "12345678").want(t, 200, "result", "not_listed")
	w.faults["append"] = errDown
	b.submit(result, "finish-form").want(t, 503, "trouble", "could-not-check")
	if left := b.cookies(); len(left) != 0 {
		t.Errorf("there is still %v", left)
	}
	delete(w.faults, "append")
	w.pause = &breach.Pause{Since: noon}
	b.get(result.path).want(t, 503, "trouble", "paused")
}
