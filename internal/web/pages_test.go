package web_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"exposure/internal/breach"
)

// allPages are the states of all pages by locale.
func allPages(t *testing.T) map[breach.Locale]map[string]answer {
	t.Helper()
	all := map[breach.Locale]map[string]answer{}
	for _, l := range breach.Locales() {
		all[l] = visit(t, string(l))
	}
	return all
}

// TestPages shows every state of every page in every language once, and holds what is
// true of all of them and what tells them apart.
func TestPages(t *testing.T) {
	all := allPages(t)
	t.Run("every page", func(t *testing.T) { everyPage(t, all) })
	t.Run("three answers are apart", func(t *testing.T) { threeAnswers(t, all) })
	t.Run("letters are not mentioned early", func(t *testing.T) { noLettersEarly(t, all) })
}

func everyPage(t *testing.T, all map[breach.Locale]map[string]answer) {
	if n := len(all[breach.Japanese]); n < 55 {
		t.Fatalf("only %d states were shown", n)
	}
	for l, pages := range all {
		for name, a := range pages {
			t.Run(string(l)+"/"+name, func(t *testing.T) {
				checkMarkup(t, a.body)
				checkFrame(t, a, l)
				checkHeaders(t, a)
				checkWords(t, name, a)
				if diff := cmp.Diff(structure(all[breach.Japanese][name].doc), structure(a.doc)); diff != "" {
					t.Errorf("the structure is not that of the Japanese page:\n%s", diff)
				}
			})
		}
	}
}

// structure is a page without its words: elements with what identifies them.
func structure(doc *html.Node) []string {
	var list []string
	for _, n := range findAll(doc, func(n *html.Node) bool { return n.Data != "ruby" && n.Data != "rt" && n.Data != "rp" }) {
		line := n.Data
		for _, a := range n.Attr {
			switch {
			case a.Key == "data-words" || a.Key == "data-typos" || a.Key == "data-self" || a.Key == "data-wait":
			case a.Key == "id", a.Key == "class", a.Key == "role", a.Key == "type", a.Key == "name", strings.HasPrefix(a.Key, "data-"), strings.HasPrefix(a.Key, "aria-") && a.Key != "aria-label" && a.Key != "aria-current":
				line += fmt.Sprintf(" %s=%s", a.Key, a.Val)
			}
		}
		list = append(list, line)
	}
	return list
}

func checkFrame(t *testing.T, a answer, l breach.Locale) {
	t.Helper()
	want := map[breach.Locale]string{breach.Japanese: "ja", breach.English: "en", breach.EasyJapanese: "ja"}[l]
	if got := attr(find(a.doc, isTag("html")), "lang"); got != want {
		t.Errorf("lang=%q, want %q", got, want)
	}
	if n := len(findAll(a.doc, isTag("h1"))); n != 1 {
		t.Errorf("%d headings of the first level", n)
	}
	title := textOf(find(a.doc, isTag("title")))
	failed := a.byID("error") != nil || a.byID("typo") != nil
	if strings.HasPrefix(title, "エラー：") != (failed && want == "ja") || strings.HasPrefix(title, "Error: ") != (failed && want == "en") {
		t.Errorf("a form failed: %t, and the title is %q", failed, title)
	}
	help := a.byID("help")
	if help == nil || attr(a.byID("help-phone"), "href") != "tel:0120393501" || !strings.Contains(textOf(a.byID("help-mail")), "otoiawase@tougyoku.co.jp") ||
		help.Parent.Data != "footer" || textOf(a.byID("help-now")) == "" {
		t.Errorf("the help line is not where it always is: %s", textOf(help))
	}
	links := findAll(a.byID("languages"), isTag("a"))
	if len(links) != 3 {
		t.Fatalf("%d languages to choose from", len(links))
	}
	for _, link := range links {
		if !strings.HasPrefix(attr(link, "href"), "/") || !strings.Contains(attr(link, "href"), "lang=") {
			t.Errorf("a language leads to %q", attr(link, "href"))
		}
	}
	if ruby := find(find(a.doc, isTag("main")), isTag("ruby")); (ruby != nil) != (l == breach.EasyJapanese) && !strings.Contains(a.page(), "faq") {
		t.Errorf("readings are there: %t", ruby != nil)
	}
}

func checkHeaders(t *testing.T, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"Cache-Control":                "no-store",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Frame-Options":              "DENY",
		"Content-Type":                 "text/html; charset=UTF-8",
	} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.header.Get("Content-Encoding") != "" {
		t.Error("a page is compressed: its length would tell what is in it")
	}
	if n := len(a.body); n > 40<<10 {
		t.Errorf("the page has %d bytes", n)
	}
}

var (
	// Words that promise what nobody knows, blame a code, or are not the notice's.
	never = regexp.MustCompile(`安全です|安心|問題ありません|対象外|大丈夫|が違います|漏洩|無料|ハッシュ|解読|念のため|受贈者|[〔〕\[\]{}]|ZgotmplZ|%!|(?i)\bsafe\b|not affected|wrong code`)
	// Of these a guest must not read, for a guest has none.
	passwords = regexp.MustCompile(`(?i)パスワード|MYページ|password|MY page`)
	// What an answer begins with when it is not the whole answer.
	stillOpen = regexp.MustCompile(`確認中|being checked|まだ わからない`)
	// What is only said where it was proven.
	onNoList = regexp.MustCompile(`一覧にありません|not on the list|見つかりません`)
)

func checkWords(t *testing.T, name string, a answer) {
	t.Helper()
	read := textOf(find(a.doc, isTag("body")))
	if found := never.FindString(read); found != "" {
		t.Errorf("the page says %q", found)
	}
	group, _, _ := strings.Cut(strings.TrimPrefix(name, "result-"), "-")
	guests := []string{"b", "bf", "bd", "bdf", "d", "none", "notice"}
	if found := passwords.FindString(read); strings.HasPrefix(name, "result-") && slices.Contains(guests, group) && found != "" {
		t.Errorf("a guest reads of %q", found)
	}
	proven := group == "none"
	answered := strings.HasPrefix(name, "result-")
	tag := textOf(a.byID("answer-tag"))
	if answered && onNoList.MatchString(tag) != proven {
		t.Errorf("the answer begins with %q", tag)
	}
	if open := a.byID("undetermined") != nil; proven && open != stillOpen.MatchString(tag) {
		t.Errorf("something is still being checked: %t; the answer begins with %q", open, tag)
	}
	if h1 := textOf(find(a.doc, isTag("h1"))); !answered && a.status >= 500 && onNoList.MatchString(h1+tag) {
		t.Errorf("trouble reads like an answer: %q", h1+tag)
	}
}

// Listed, not on the list and could not check never look or read alike.
func threeAnswers(t *testing.T, all map[breach.Locale]map[string]answer) {
	for l, pages := range all {
		seen := map[string]string{}
		for _, name := range []string{"result-b", "result-none", "could-not-check"} {
			a := pages[name]
			box := find(a.doc, func(n *html.Node) bool { return strings.HasPrefix(attr(n, "class"), "answer ") })
			for _, mark := range []string{attr(box, "class"), textOf(a.byID("answer-tag")), textOf(find(a.doc, isTag("h1"))), a.state()} {
				if other, twice := seen[mark]; mark == "" || twice {
					t.Errorf("%s: %s and %s share %q", l, name, other, mark)
				}
				seen[mark] = name
			}
		}
	}
}

// Before letters are sent nobody is asked for the number of one.
func noLettersEarly(t *testing.T, all map[breach.Locale]map[string]answer) {
	number := regexp.MustCompile(`お手紙の番号|手紙の 番号|number of (my|the|your) letter|number printed in our letter`)
	for l, pages := range all {
		for name, a := range pages {
			said := number.MatchString(textOf(find(a.doc, isTag("body"))))
			if open := strings.Contains(name, "letter"); said != open {
				t.Errorf("%s %s speaks of the number of a letter: %t", l, name, said)
			}
		}
	}
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	b.get("/letter").want(t, 404, "trouble", "not-found")
	b.post("/letter", "number", "12345-67890-1234").want(t, 404, "trouble", "not-found")
}
