package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestOtherSitesCannotAct: what a page of somebody else can make the browser of a visitor
// send, without asking first, does nothing at all.
func TestOtherSitesCannotAct(t *testing.T) {
	g := aim(t, live.NewRedis(t), "--insecure-no-limits")
	b, address := from(g.public, here), g.somebody()
	v, code := g.ask(t, b, address, 1)
	body := fmt.Sprintf(`{"secret":%q,"code":%q}`, v.Secret, code)
	routes := map[string]string{
		"/v1/verifications": `{"email":"` + g.somebody() + `"}`, confirmation(v): body,
		"/v1/verifications/" + v.Id + "/codes": `{"secret":"` + v.Secret + `"}`,
		"/v1/letter-verifications":             `{"letter_number":"12345-67890-1244"}`,
	}
	foreign := []string{"Origin", "https://evil.example", "Referer", "https://evil.example/", "Sec-Fetch-Site", "cross-site", "Cookie", "session=x"}
	for path, body := range routes {
		for _, media := range []string{
			"text/plain", "text/plain;charset=UTF-8", // JSON of a form, and of sendBeacon
			"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/csp-report", "",
			"text/plain; application/json", "application/json, text/plain",
		} {
			r := b.sendRaw(t, http.MethodPost, path, body, append([]string{"Content-Type", media}, foreign...)...)
			if r.status != http.StatusUnsupportedMediaType || r.problem(t) != "unsupported-media-type" || r.header.Get("Set-Cookie") != "" {
				t.Errorf("%s as %q: %d %s", path, media, r.status, r.body)
			}
		}
		if r := b.sendRaw(t, http.MethodPost, path, "secret="+v.Secret+"&code="+code, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, foreign...)...); r.status != http.StatusUnsupportedMediaType {
			t.Errorf("%s as a form: %d %s", path, r.status, r.body)
		}
		if r := b.get(t, path+"?secret="+v.Secret+"&code="+code+"&email=a@example.jp", foreign...); r.status != http.StatusMethodNotAllowed && r.status != http.StatusNotFound {
			t.Errorf("%s as a picture: %d %s", path, r.status, r.body)
		}
		// Asking first is answered by nothing that would let it.
		r := b.sendRaw(t, http.MethodOptions, path, "", append([]string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}, foreign...)...)
		for name := range r.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: asking first is answered %d with %s", path, r.status, name)
			}
		}
	}
	if n := g.rows(t, address, "guess", "accepted") + g.rows(t, address, "guess", "refused"); n != 0 || g.sessions(t) != 0 {
		t.Errorf("%d guesses were judged, %d sessions issued", n, g.sessions(t))
	}
	if k, _ := g.kept(t, address); k.tries() != 0 || len(k.Short) != 1 {
		t.Errorf("Redis holds %+v", k)
	}
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("the visitor's own code after all: %d %s", r.status, r.body)
	}
	g.allMailed(t)
	if n := g.office.count(); n != 1 {
		t.Errorf("%d mails, want the visitor's alone", n)
	}
}

// TestTheCheckNumberOpensNothing: people read it out on the telephone to know each other
// by; whoever hears it has nothing.
func TestTheCheckNumberOpensNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, g *target) {
		b, address := from(g.public, here), g.somebody()
		check := *b.prove(t, g.office, address).Report.CheckNumber
		digits := check[strings.LastIndex(check, " ")+1:]
		v, _ := g.ask(t, b, address, 2)
		for _, try := range []string{check, digits, digits + digits, digits + "-" + digits, strings.Repeat(digits, 5)} {
			want := http.StatusBadRequest
			if len(strings.ReplaceAll(try, "-", "")) != len(digits) && try != check {
				want = http.StatusUnprocessableEntity // of the length of a code, and wrong
			}
			if r := b.confirm(t, v, try); r.status != want {
				t.Errorf("%d characters made of it as a code: %d %s, want %d", len(try), r.status, r.body, want)
			}
			r := b.post(t, "/v1/letter-verifications", `{"letter_number":"`+try+`"}`)
			if r.status == http.StatusOK || r.status >= 500 {
				t.Errorf("as a letter number: %d %s", r.status, r.body)
			}
			if r := b.get(t, "/v1/report", "Authorization", "Bearer "+try); r.status != http.StatusUnauthorized {
				t.Errorf("as a token: %d %s", r.status, r.body)
			}
		}
		g.office.mu.Lock()
		defer g.office.mu.Unlock()
		for _, letters := range g.office.boxes {
			for _, l := range letters {
				if strings.Contains(l.subject+l.body+l.raw, check) || strings.Contains(l.body, strings.ReplaceAll(check, " ", "")) {
					t.Error("a code mail holds the check number")
				}
			}
		}
	}, "--insecure-no-limits")
}

// TestLetterNumbersCannotBeTriedOut: numbers whose check digits hold are all refused alike,
// and soon not even that: of one address twenty an hour, of all together 500 a day.
func TestLetterNumbersCannotBeTriedOut(t *testing.T) {
	onBothStores(t, func(t *testing.T, g *target) {
		b := from(g.public, here)
		said := map[string]int{}
		for n, number := range letterNumbers(40) {
			r := b.post(t, "/v1/letter-verifications", fmt.Sprintf(`{"letter_number":%q}`, number.Grouped()), "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", n))
			r.header.Del("RateLimit")
			r.header.Del("Retry-After")
			said[head(r)[:4]+mask(r.body)]++
		}
		if len(said) != 2 {
			t.Errorf("40 letter numbers have %d different answers: %v", len(said), said)
		}
		for text, n := range said {
			if strings.HasPrefix(text, "422") && n != 20 || strings.HasPrefix(text, "429") && n != 20 {
				t.Errorf("%d times %s", n, text)
			}
		}
		statuses := map[int]int{}
		for n, number := range letterNumbers(500) {
			if n%20 == 0 {
				b = from(g.public, source(n/20))
			}
			statuses[b.post(t, "/v1/letter-verifications", fmt.Sprintf(`{"letter_number":%q}`, number.Grouped())).status]++
		}
		if statuses[422] != 480 || statuses[503] != 20 {
			t.Errorf("500 letter numbers from 25 networks, after the 20 refused before, were answered %v", statuses)
		}
	})
}
