package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"exposure/internal/lookup"
	"exposure/internal/web"
)

// load adds up what a page and all it loads weigh on the wire.
func load(t *testing.T, b *browser, a answer) int {
	t.Helper()
	sum := len(a.body)
	for _, n := range findAll(a.doc, func(n *html.Node) bool { return n.Data == "link" || n.Data == "script" }) {
		req := must1(http.NewRequest(http.MethodGet, b.base+attr(n, "href")+attr(n, "src"), nil))
		req.Header.Set("Accept-Encoding", "gzip, br")
		f := b.do(req)
		if f.status != 200 || f.header.Get("Content-Encoding") != "gzip" || f.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || f.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d %v", f.path, f.status, f.header)
		}
		plain := b.get(f.path)
		if plain.header.Get("Content-Encoding") != "" || len(plain.body) < len(f.body)/2 {
			t.Errorf("%s is compressed for those who cannot read it", f.path)
		}
		sum += len(f.body)
	}
	return sum
}

func TestPagesAreLight(t *testing.T) {
	for _, lang := range []string{"ja", "en", "ja-easy"} {
		w := newWorld(t, example(t, "tougyoku-2023"))
		w.answers[w.tag(t, hanako)], w.right = people()["abdf"], true
		b := newBrowser(t, w.open(t, ""))
		b.client.Transport.(*http.Transport).DisableCompression = true
		if n := load(t, b, b.get("/?lang="+lang)); n > 40<<10 {
			t.Errorf("%s: the first page weighs %d bytes", lang, n)
		}
		result := b.submit(b.ask(hanako, "?lang="+lang), "code-form", "code", "12345678").want(t, 200, "result", "listed")
		if n := load(t, b, result); n > 60<<10 {
			t.Errorf("%s: the result weighs %d bytes", lang, n)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	for _, path := range []string{"/static/exposure.css", "/static/", "/static/../web.go", "/static/exposure.0000000000000000.css", "/static/%2e%2e%2fweb.go"} {
		if a := b.get(path); a.status != 404 || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s was answered %d, %s", path, a.status, a.header.Get("Cache-Control"))
		}
	}
}

func TestLanguages(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "ja"}, {"", "en-GB,en;q=0.9,ja;q=0.8", "en"}, {"", "fr, de", "ja"}, {"?lang=en", "ja", "en"},
		{"?lang=ja", "en", "ja"}, {"?lang=xx", "en", "en"}, {"?lang=EN", "ja", "ja"}, {"?lang=ja-easy", "en", "ja"},
	} {
		b.header.Set("Accept-Language", c.accept)
		a := b.get("/" + c.query)
		if got := attr(find(a.doc, isTag("html")), "lang"); got != c.want {
			t.Errorf("%q, Accept-Language %q: %s, want %s", c.query, c.accept, got, c.want)
		}
	}
	// A language once chosen is kept all the way, and changing it keeps the look-up.
	b.header.Del("Accept-Language")
	code := b.ask(hanako, "?lang=en")
	links := findAll(code.byID("languages"), isTag("a"))
	if got := b.get(attr(links[0], "href")).want(t, 200, "code", "ready"); attr(find(got.doc, isTag("html")), "lang") != "ja" || !strings.Contains(got.body, hanako) {
		t.Error("changing the language lost the look-up")
	}
}

// TestEnglishOnly: an incident without Japanese has pages, too, and offers no other language.
func TestEnglishOnly(t *testing.T) {
	in := example(t, "harbour-2024")
	in.ClosesAt = time.Time{}
	b := newBrowser(t, newWorld(t, in).open(t, ""))
	b.header.Set("Accept-Language", "ja")
	for _, path := range []string{"/", "/lookup", "/faq", "/finished", "/nothing"} {
		a := b.get(path)
		if attr(find(a.doc, isTag("html")), "lang") != "en" || len(findAll(a.byID("languages"), isTag("a"))) != 1 {
			t.Errorf("%s is not in English alone", path)
		}
		checkMarkup(t, a.body)
	}
	if lang := attr(b.get("/").byID("subjects"), "lang"); lang != "en" {
		t.Errorf("English subjects are marked as %q", lang)
	}
}

func TestOfficeHours(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	for _, c := range []struct{ at, open, ja, en string }{
		{"2023-07-25T09:59:59+09:00", "no", "7月25日（火）10:00", "Tue 25 Jul, 10:00 (JST)"},
		{"2023-07-25T10:00:00+09:00", "yes", "", ""},
		{"2023-07-25T16:59:59+09:00", "yes", "", ""},
		{"2023-08-10T17:00:00+09:00", "no", "8月14日（月）10:00", "Mon 14 Aug, 10:00 (JST)"}, // 11 August is a holiday
	} {
		w.now = must1(time.Parse(time.RFC3339, c.at))
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en, "ja-easy": c.ja} {
			now := b.get("/?lang=" + lang).byID("help-now")
			if attr(now, "data-open") != c.open || !strings.Contains(textOf(now), want) {
				t.Errorf("%s at %s: %s", lang, c.at, textOf(now))
			}
		}
	}
}

func TestHeadIsAnswered(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	for _, path := range []string{"/", "/lookup", "/faq"} {
		if a := b.send(http.MethodHead, path, nil); a.status != 200 || a.body != "" {
			t.Errorf("HEAD %s: %d, %d bytes", path, a.status, len(a.body))
		}
	}
}

// TestHostsAreNotRepeated: whatever a request calls us, no page and no redirect repeats it.
func TestHostsAreNotRepeated(t *testing.T) {
	b := newBrowser(t, newWorld(t, example(t, "tougyoku-2023")).open(t, ""))
	for _, path := range []string{"/", "/lookup", "/code", "/nothing", "/result"} {
		req := must1(http.NewRequest(http.MethodGet, b.base+path, nil))
		req.Host = "evil.example"
		req.Header.Set("X-Forwarded-Host", "evil.example")
		a := b.do(req)
		if strings.Contains(a.body, "evil.example") || strings.Contains(a.header.Get("Location"), "evil") {
			t.Errorf("%s repeats the host", path)
		}
	}
}

// TestPlainHTTP: for trials on one machine cookies are plain, for not every browser keeps
// Secure ones there.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	service := w.service(t, "")
	for scheme, want := range map[string]bool{"http": false, "https": true} {
		handler := serve(t, service, nil, &url.URL{Scheme: scheme, Host: "127.0.0.1:8080"}, w.clock)
		a := record(t, handler, http.MethodPost, "/lookup", "address=hanako%40example.jp")
		cookies := a.Header().Values("Set-Cookie")
		if a.Code != http.StatusSeeOther || len(cookies) != 1 || strings.HasPrefix(cookies[0], "__Host-") != want || strings.Contains(cookies[0], "; Secure") != want {
			t.Errorf("%s: %d %v", scheme, a.Code, cookies)
		}
		if hsts := a.Header().Get("Strict-Transport-Security"); (hsts != "") != want {
			t.Errorf("%s: HSTS %q", scheme, hsts)
		}
	}
}

func TestNewWantsEverything(t *testing.T) {
	service := newWorld(t, example(t, "tougyoku-2023")).service(t, "")
	public := &url.URL{Scheme: "https", Host: "check.example.jp"}
	for i, c := range []web.Config{
		{Reporter: service, PublicURL: public}, {Verifier: service, PublicURL: public}, {Verifier: service, Reporter: service},
		{Verifier: service, Reporter: service, PublicURL: &url.URL{Scheme: "https"}},
	} {
		if _, err := web.New(c); err == nil {
			t.Errorf("%d: nothing was missed", i)
		}
	}
}

// TestRecallSaysOnlyWhatItsHolderSaid: the address comes back to who began the look-up.
func TestRecallSaysOnlyWhatItsHolderSaid(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	service := w.service(t, "")
	started, err := service.Start(context.Background(), lookup.Client{}, hanako)
	must(t, err)
	begun, err := service.Recall(started.ID, started.Secret)
	if err != nil || begun.Address.Reveal() != hanako || !begun.ExpiresAt.Equal(started.ExpiresAt) {
		t.Errorf("%v, %v", begun, err)
	}
	w.now = w.now.Add(24 * time.Hour) // also after its time
	if _, err := service.Recall(started.ID, started.Secret); err != nil {
		t.Error(err)
	}
	for _, pair := range [][2]string{{started.ID, ""}, {started.ID, started.Secret[1:] + "A"}, {"", started.Secret}, {started.ID[1:], started.Secret}} {
		if _, err := service.Recall(pair[0], pair[1]); err == nil {
			t.Error("a stranger was told the address")
		}
	}
}
