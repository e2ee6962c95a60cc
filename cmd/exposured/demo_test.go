package main

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/wire"
)

// demonstration is a running "exposured demo".
type demonstration struct {
	public, private, shop string
	client                *http.Client // keeps the shop's cookies
}

func startDemo(t *testing.T) *demonstration {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, up, done := &syncBuffer{}, make(chan [2]net.Addr, 1), make(chan int, 1)
	p := program{out: out, err: out, listening: func(a, b net.Addr) { up <- [2]net.Addr{a, b} }}
	go func() {
		done <- p.run(ctx, []string{"demo", "--public", "127.0.0.1:0", "--private", "127.0.0.1:0", "--shop", "127.0.0.1:0", "--seed", "7"})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the demo ended with %d: %s", code, out.String())
		}
	})
	addrs := <-up
	d := &demonstration{public: "http://" + addrs[0].String(), private: "http://" + addrs[1].String()}
	for deadline := time.Now().Add(time.Minute); d.shop == ""; time.Sleep(20 * time.Millisecond) {
		if m := regexp.MustCompile(`MY page is (http://[0-9.:]+)/mypage/`).FindStringSubmatch(out.String()); m != nil {
			d.shop = m[1]
		} else if time.Now().After(deadline) {
			t.Fatalf("the shop did not open: %s", out.String())
		}
	}
	jar, err := cookiejar.New(nil)
	must(t, err)
	d.client = &http.Client{Jar: jar}
	return d
}

// page is what an address answers after all redirects, and the name of that page.
func (d *demonstration) page(t *testing.T, address string, form url.Values) (name, body string) {
	t.Helper()
	resp, err := d.client.Get(address)
	if form != nil {
		resp, err = d.client.PostForm(address, form)
	}
	must(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(t, err)
	if m := regexp.MustCompile(`data-page="([a-z_]+)"`).FindSubmatch(raw); m != nil {
		name = string(m[1])
	}
	return name, string(raw)
}

func (d *demonstration) logIn(t *testing.T, address, password string) string {
	t.Helper()
	d.page(t, d.shop+"/mypage/logout", url.Values{})
	name, _ := d.page(t, d.shop+"/mypage/login", url.Values{"address": {address}, "password": {password}})
	return name
}

// TestDemoTellsTheWholeStory: one command is enough to go from an old password to a new
// one, and every way around is shut.
func TestDemoTellsTheWholeStory(t *testing.T) {
	const address, fresh = "member.only@example.com", "momo no hana ga saku"
	var old string
	for _, l := range demo.NewShop(7).Logins() {
		if l.Address == address {
			old = l.Password
		}
	}
	d := startDemo(t)
	if page := d.logIn(t, address, old); page != "home" {
		t.Fatalf("before the order the old password leads to %q", page)
	}
	if _, body := d.page(t, d.private+"/inbox/order", url.Values{}); !strings.Contains(body, "required") {
		t.Fatalf("after the order the page is %s", body)
	}
	if page := d.logIn(t, address, old); page != "login" {
		t.Errorf("after the order the old password leads to %q", page)
	}
	b := from(d.public, here)
	v := b.start(t, address)
	var told wire.Confirmation
	code := d.code(t)
	b.confirm(t, v, code).decode(t, &told)
	var ticket wire.PasswordReset
	b.do(t, http.MethodPost, "/v1/password-reset", told.Token, nil).decode(t, &ticket)
	if !strings.HasPrefix(ticket.Url, d.shop+"/mypage/new-password?ticket=") {
		t.Fatal("the ticket is for another shop")
	}
	taking := d.shop + "/mypage/new-password"
	for range 2 { // a program that looks at addresses was there before
		if page, body := d.page(t, ticket.Url, nil); page != "ticket" {
			t.Fatalf("the ticket leads to %q: %s", page, body)
		}
	}
	if page, body := d.page(t, taking, url.Values{"ticket": {ticket.Url[strings.Index(ticket.Url, "=")+1:]}}); page != "new" {
		t.Fatalf("the button leads to %q: %s", page, body)
	}
	if page, body := d.page(t, taking, url.Values{"password": {fresh}, "again": {fresh}}); page != "done" {
		t.Fatalf("the new password leads to %q: %s", page, body)
	}
	var report wire.Report
	b.do(t, http.MethodGet, "/v1/report?locale=en", told.Token, nil).decode(t, &report)
	if report.PasswordReset == nil || report.PasswordReset.State != "completed" || report.CheckNumber == nil {
		t.Fatalf("the report says %+v", report.PasswordReset)
	}
	for password, want := range map[string]string{old: "login", code: "login", *report.CheckNumber: "login", fresh: "home"} {
		if page := d.logIn(t, address, password); page != want {
			t.Errorf("at the end a password leads to %q, want %q", page, want)
		}
	}
}

// code waits for the newest captured mail's code.
func (d *demonstration) code(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		_, body := d.page(t, d.private+"/inbox", nil)
		if m := regexp.MustCompile(`確認コード: ([0-9-]+)`).FindStringSubmatch(html.UnescapeString(body)); m != nil {
			return m[1]
		}
	}
	t.Fatal("no code was captured")
	return ""
}
