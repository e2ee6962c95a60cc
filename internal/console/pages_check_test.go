package console_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// check holds a page against its state, and a problem's page with its own way on.
func (x state) check(t *testing.T, p shown, way string) {
	t.Helper()
	if p.Status != x.status {
		t.Errorf("status %d, want %d", p.Status, x.status)
	}
	body := p.all("body", "")[0]
	if is := value(body, "data-page") + " " + value(body, "data-state"); is != x.is {
		t.Errorf("it is the page %q, want %q", is, x.is)
	}
	if title := textOf(p.all("title", "")[0]); !startsWith(title, x.wrong, x.title) || p.text("h1") != x.title {
		t.Errorf("it is titled %q, headed %q; want %q, wrong: %t", title, p.text("h1"), x.title, x.wrong)
	}
	if (p.byID("error") != nil) != x.wrong {
		t.Errorf("a form is said to be wrong: %t", !x.wrong)
	}
	if !strings.Contains(p.Body, x.says) {
		t.Errorf("it does not say %q: %s", x.says, p.text("main"))
	}
	if got := p.Header.Get("Refresh"); got != x.refresh {
		t.Errorf("it leads away by %q, want %q", got, x.refresh)
	}
	if fixed := p.byID("fixed"); !x.free && (fixed == nil || textOf(fixed) != "折り返しでは、番号・カード・パスワードを一切お聞きしません") {
		t.Error("what is never asked does not stand there")
	}
	if on := p.byID("on"); way != "" && (on == nil || value(on, "href") != way) {
		t.Errorf("there is no way to %s: %s", way, p.text("main"))
	}
	p.checkFrame(t)
	p.checkAddresses(t)
	p.checkLanguages(t)
	p.checkKept(t, x.is == "result listed")
}

// checkKept: nothing that was typed is shown again, but a check number that is the caller's.
func (p shown) checkKept(t *testing.T, listed bool) {
	t.Helper()
	for _, kept := range []string{typedCode, typedLetter, strings.ReplaceAll(typedLetter, "-", ""), typedCard, typedCheck, token} {
		if strings.Contains(p.Body, kept) && !(kept == typedCheck && listed) {
			t.Errorf("it shows %q", kept)
		}
	}
}

func startsWith(title string, wrong bool, name string) bool {
	if wrong {
		name = "エラー：" + name
	}
	return strings.HasPrefix(title, name+"｜窓口デスク｜")
}

func (p shown) checkFrame(t *testing.T) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"Cache-Control":              "no-store",
		"Referrer-Policy":            "no-referrer",
		"X-Content-Type-Options":     "nosniff",
		"Cross-Origin-Opener-Policy": "same-origin",
		"X-Frame-Options":            "DENY",
		"Content-Type":               "text/html; charset=UTF-8",
		"Content-Language":           "ja",
	} {
		if got := p.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if p.Header.Get("WWW-Authenticate") != "" {
		t.Error("a browser is asked for a key")
	}
	if !strings.HasPrefix(p.Body, "<!doctype html>\n<html lang=\"ja\">\n") {
		t.Errorf("it begins %.60q", p.Body)
	}
	if strings.Contains(p.Body, "<script") || len(p.all("", "style")) > 0 || len(p.all("style", "")) > 0 {
		t.Error("it holds a script or a style of its own")
	}
	if len(p.all("h1", "")) != 1 {
		t.Error("it has no one heading")
	}
	ids := map[string]bool{}
	for _, n := range p.all("", "id") {
		if ids[value(n, "id")] {
			t.Errorf("the id %s is there twice", value(n, "id"))
		}
		ids[value(n, "id")] = true
	}
}

// checkAddresses: no address leads elsewhere, or holds anything of a caller.
func (p shown) checkAddresses(t *testing.T) {
	t.Helper()
	for _, key := range []string{"href", "action", "src", "formaction", "ping", "cite"} {
		for _, n := range p.all("", key) {
			if v := value(n, key); v != "#main" {
				wantOwn(t, "a "+n.Data+" leads", v)
			}
		}
	}
	for _, n := range p.all("form", "") {
		if value(n, "method") != "post" {
			t.Errorf("the form %s puts what is typed into the address", value(n, "id"))
		}
	}
}

var (
	english  = regexp.MustCompile(`[A-Za-z']{2,} [A-Za-z']{2,}`)
	japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)
)

// checkLanguages: what is English is marked so, and nothing else is.
func (p shown) checkLanguages(t *testing.T) {
	t.Helper()
	for n := range p.doc.Descendants() {
		if n.Type != html.TextNode || strings.TrimSpace(n.Data) == "" {
			continue
		}
		in := "ja"
		for up := n.Parent; up != nil; up = up.Parent {
			if lang := value(up, "lang"); lang != "" {
				in = lang
				break
			}
		}
		if in == "ja" && english.MatchString(n.Data) || in != "ja" && (in != "en" || japanese.MatchString(n.Data)) {
			t.Errorf("marked as %s: %s", in, n.Data)
		}
	}
}
