package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Who presses twice has been answered once: the second press spends no try, and never
// turns the answer into a refusal.
func TestPressedTwice(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	b := newBrowser(t, w.open(t, ""))
	code := b.ask(hanako, "")
	b.submit(code, "code-form", "code", "12345678").want(t, 200, "result", "not_listed")
	w.right, w.left = false, 1
	tries := w.redeemed
	b.submit(code, "code-form", "code", "12345678").want(t, 200, "result", "not_listed")
	if w.redeemed != tries {
		t.Error("the second press was a try")
	}
	// Both were under way at once: the answer to the second overwrote what the first had kept.
	site := must1(url.Parse(b.base))
	for _, c := range b.client.Jar.Cookies(site) {
		if strings.Contains(c.Name, "exposure-code") {
			c.Value = strings.Replace(c.Value, ".used.", ".over.", 1)
			if !strings.Contains(c.Value, ".over.") {
				t.Fatal("the cookie is not as this test knows it")
			}
			c.Path, c.Secure = "/", strings.HasPrefix(c.Name, "__Host-")
			b.client.Jar.SetCookies(site, []*http.Cookie{c})
		}
	}
	b.get(code.path).want(t, 200, "used", "")
}

// A card's digits are not kept however they are written, also where nothing but a
// mistyped address was seen in them.
func TestCardNumbersInDisguise(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	for _, card := range []string{"4111.1111.1111.1111", "4111_1111_1111_1111", "4111  1111  1111  1111", "４１１１・１１１１・１１１１・１１１１", "4111/1111/1111/1111 @"} {
		a := b.post("/lookup", "address", card).want(t, 200, "address", "card")
		if strings.Contains(a.body, "1111") || strings.Contains(a.body, "１１１１") {
			t.Errorf("%q is shown back", card)
		}
	}
}
