package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
)

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
