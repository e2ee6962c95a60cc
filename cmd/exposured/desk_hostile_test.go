package main

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"exposure/internal/agent"
	"exposure/internal/live"
)

// lastRow is the number of the newest row in the audit log.
func (s site) lastRow(t *testing.T) (n int64) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT coalesce(max(seq), 0) FROM audit_entries`).Scan(&n))
	return n
}

// deskForms is every form of the desk, filled in so that it would do something. Signing out
// is the last.
func deskForms(t *testing.T, a *floorAgent, call, address string) (paths []string, values map[string]url.Values) {
	t.Helper()
	id := strings.TrimPrefix(call, "/v1/agent/calls/")
	values = map[string]url.Values{
		"/console/sign-in":  {"name": {a.name}, "password": {a.password}, "code": {a.papers[0]}},
		"/console/password": {"old": {a.password}, "new": {"korokoro-donguri-6"}},
		"/console/calls":    {"reason": {"am_i_listed"}},
		"/console/sign-out": {},
	}
	steps := map[string]url.Values{
		"address": {"address": {address}}, "send": {}, "code": {"code": {"12345678"}}, "letter-number": {"number": {letterNumbers(1)[0].Grouped()}},
		"letter-request": {"name": {"N"}, "postal": {"100-0001"}, "address": {"A"}}, "ticket": {"topic": {"other"}, "note": {"n"}},
		"question": {"number": {"7K2M-4"}}, "check": {"number": {"1"}}, "extend": {}, "end": {"outcome": {"dropped"}},
	}
	source, err := os.ReadFile("../../internal/console/callforms.go")
	must(t, err)
	found := regexp.MustCompile(`"([a-z-]+)": +\(\*visit\)`).FindAllSubmatch(source, -1)
	if len(found) != len(steps) {
		t.Fatalf("a call has %d forms, %d are tried", len(found), len(steps))
	}
	for _, m := range found {
		path := "/console/calls/" + id + "/" + string(m[1])
		if values[path] = steps[string(m[1])]; values[path] == nil {
			t.Fatalf("the form %s is not tried", m[1])
		}
		if string(m[1]) != "end" {
			paths = append(paths, path)
		}
	}
	return append(paths, "/console/calls/"+id+"/end", "/console/calls", "/console/sign-in", "/console/password", "/console/sign-out"), values
}

// TestOtherSitesCannotUseTheDesk: what a page of somebody else can make an agent's browser
// send does nothing, signing in as the attacker included; from our own pages each form works.
func TestOtherSitesCannotUseTheDesk(t *testing.T) {
	s, shop := smallSite(t)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, floorFlags()...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	call := a.takes(t)
	paths, values := deskForms(t, a, call, shop.Examples()[0].Email)
	cookie := "exposure-agent=" + a.token
	state := func() string { return string(a.want(t, http.StatusOK, http.MethodGet, call, nil).body) }
	before := changesPerCall.ReplaceAllString(state(), "")
	row := s.lastRow(t)
	const form = "application/x-www-form-urlencoded"
	for _, path := range paths {
		for _, foreign := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Sec-Fetch-Site", "cross-site", "Origin", server.private, "Referer", server.private + "/console"},
		} {
			r := a.sendRaw(t, http.MethodPost, path, values[path].Encode(), append(foreign, "Content-Type", form, "Cookie", cookie)...)
			if r.status != http.StatusForbidden || r.header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %q: %d, cookies %q", path, foreign, r.status, r.header.Values("Set-Cookie"))
			}
		}
		for _, media := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x", ""} {
			r := a.sendRaw(t, http.MethodPost, path, `{"reason":"am_i_listed"}`, "Sec-Fetch-Site", "same-origin", "Content-Type", media, "Cookie", cookie)
			if r.status != http.StatusUnsupportedMediaType || r.header.Get("Set-Cookie") != "" {
				t.Errorf("%s as %q: %d", path, media, r.status)
			}
		}
	}
	// The API knows no cookie, and takes no body of a form.
	if r := a.post(t, "/v1/agent/calls", `{"reason":"am_i_listed"}`, "Cookie", cookie); r.status != http.StatusUnauthorized {
		t.Errorf("the API by a cookie: %d", r.status)
	}
	credentials := `{"name":"sato","password":"` + a.password + `","code":"` + a.papers[0] + `"}`
	if r := a.sendRaw(t, http.MethodPost, "/v1/agent/sessions", credentials, "Content-Type", "text/plain", "Sec-Fetch-Site", "cross-site"); r.status != http.StatusUnsupportedMediaType {
		t.Errorf("signing in by text/plain: %d %s", r.status, r.body)
	}
	if now := s.lastRow(t); now != row {
		t.Errorf("%d rows were written", now-row)
	}
	if after := changesPerCall.ReplaceAllString(state(), ""); after != before {
		t.Errorf("the call is %s, was %s", after, before)
	}
	for _, path := range paths {
		r := a.form(t, path, values[path], "Sec-Fetch-Site", "same-origin", "Cookie", cookie)
		if r.status == http.StatusForbidden || r.status == http.StatusUnsupportedMediaType || r.status >= 500 {
			t.Errorf("%s from our own page: %d", path, r.status)
		}
		if path == "/console/sign-in" {
			in := setCookie(r, "exposure-agent")
			if in == nil {
				t.Fatalf("the paper code does not count any more: %d", r.status)
			}
			cookie = in.Name + "=" + in.Value
		}
	}
	if s.lastRow(t) == row {
		t.Error("our own forms did nothing either")
	}
}

// setCookie is the one cookie of that name that an answer sets, with its attributes.
func setCookie(r reply, name string) *http.Cookie {
	var found *http.Cookie
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == name && c.MaxAge >= 0 {
			found = c
		}
	}
	return found
}

// TestCookiesOfTheDesk: no script, no other site and no other host gets at a session.
func TestCookiesOfTheDesk(t *testing.T) {
	for console, name := range map[string]string{"https://desk.example.jp": "__Host-exposure-agent", "http://127.0.0.1": "exposure-agent"} {
		s, _ := smallSite(t)
		server := s.serve(t, live.Redis(t), openPostOffice(t).url, "--console-url", console, "--console-hours", "always")
		given := s.enrol(t, "sato", agent.RoleAgent)
		b := from(server.private, here)
		r := b.form(t, "/console/sign-in", url.Values{"name": {"sato"}, "password": {given.Password}, "code": {given.Papers[0]}}, "Origin", console)
		secure := strings.HasPrefix(console, "https")
		c := setCookie(r, name)
		if c == nil {
			t.Fatalf("%s: %d with cookies %q", console, r.status, r.header.Values("Set-Cookie"))
		}
		for _, c := range (&http.Response{Header: r.header}).Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || c.Path != "/" || c.Domain != "" {
				t.Errorf("%s: the cookie %s is %+v", console, c.Name, *c)
			}
		}
		if c.MaxAge != 0 || !c.Expires.IsZero() {
			t.Errorf("%s: the session outlives the browser", console)
		}
		if r := b.get(t, "/console", "Cookie", "exposure-agent="+c.Value); secure && r.status != http.StatusSeeOther {
			t.Errorf("the cookie without its prefix: %d", r.status)
		}
	}
}

// TestOneCodeManySignIns: a second factor that was looked at over somebody's shoulder signs
// in once, however many try it at the same moment.
func TestOneCodeManySignIns(t *testing.T) {
	s, _ := smallSite(t)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, floorFlags()...)
	for name, second := range map[string]func(c agent.Credentials) string{
		"sato": func(c agent.Credentials) string { return c.Papers[3] },
		"tanaka": func(c agent.Credentials) string {
			code, err := totp.GenerateCode(c.TOTP, time.Now())
			must(t, err)
			return code
		},
	} {
		given := s.enrol(t, name, agent.RoleAgent)
		body := map[string]string{"name": name, "password": given.Password, "code": second(given)}
		said := make([]reply, 20)
		var all sync.WaitGroup
		for i := range said {
			all.Go(func() {
				var err error
				if said[i], err = from(server.private, here).try(http.MethodPost, "/v1/agent/sessions", "", body); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		statuses := map[int]int{}
		for _, r := range said {
			statuses[r.status]++
		}
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusUnauthorized]+statuses[http.StatusTooManyRequests] != 19 {
			t.Errorf("%s: 20 sign-ins by one code were answered %v", name, statuses)
		}
		if r := from(server.private, here).do(t, http.MethodPost, "/v1/agent/sessions", "", body); r.status == http.StatusCreated {
			t.Errorf("%s: the code signs in again afterwards", name)
		}
	}
}

// TestNoDeskForTheShopsPrograms: the listener of the shop's programs has no desk, whoever asks.
func TestNoDeskForTheShopsPrograms(t *testing.T) {
	s, _ := smallSite(t)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, floorFlags("--mypage-addr", "127.0.0.1:0")...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	shop := from(server.mypage(t), here)
	for _, path := range []string{"/console", "/console/sign-in", "/console/static/desk.css", "/v1/agent/session", "/v1/agent/facts"} {
		if r := shop.do(t, http.MethodGet, path, a.token, nil); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
		if r := a.sendRaw(t, http.MethodGet, path, "", "Authorization", "Bearer "+a.token, "Cookie", "exposure-agent="+a.token); r.status == http.StatusNotFound && path != "/console/static/desk.css" {
			t.Errorf("%s is not at the private listener either", path)
		}
	}
	for _, path := range []string{"/console/sign-in", "/v1/agent/sessions", "/v1/agent/calls"} {
		if r := shop.do(t, http.MethodPost, path, a.token, map[string]string{"name": "sato"}); r.status != http.StatusNotFound {
			t.Errorf("posting to %s: %d", path, r.status)
		}
	}
}
