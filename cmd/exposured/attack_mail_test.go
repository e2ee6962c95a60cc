package main

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// link is what a mail program would make a link of, or what could become one.
var link = regexp.MustCompile(`(?i)https?:|www\.|mailto:|href|<[a-z/!]|://|\b[a-z0-9-]+\.(example|evil|test)\b`)

// TestNothingOfTheRequestIsInTheMail: whoever asks for a code in somebody's name writes
// nothing into that person's mailbox.
func TestNothingOfTheRequestIsInTheMail(t *testing.T) {
	onBothStores(t, func(t *testing.T, g *target) {
		b := from(g.public, here)
		const canary = `CANARY"><a href="https://evil.example/x">x</a><script>alert(1)</script>`
		headers := []string{"Host", "canary.evil.example", "Accept-Language", "CANARY"}
		for _, name := range []string{
			"User-Agent", "Referer", "Origin", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL", "X-User-ID",
			"X-Request-Id", "From", "Via", "X-Real-IP", "True-Client-IP", "Sec-Ch-Ua", "Cookie", "Traceparent",
		} {
			headers = append(headers, name, canary)
		}
		for _, locale := range []string{"", `,"locale":"en"`, `,"locale":"ja-easy"`} {
			address := g.somebody()
			r := b.post(t, "/v1/verifications?CANARY="+"evil.example", fmt.Sprintf(`{"email":%q%s}`, address, locale), headers...)
			if r.status != http.StatusAccepted {
				t.Fatalf("asking: %d %s", r.status, r.body)
			}
			g.plain(t, address, 1)
			if strings.Contains(string(r.body)+head(r), "CANARY") || strings.Contains(string(r.body), "evil") {
				t.Errorf("the answer repeats what was sent: %v %s", r.header, r.body)
			}
		}
		// No name can be given along, whatever it is called.
		for _, key := range []string{"name", "subject", "message", "reply_to", "return_url", "from"} {
			r := b.post(t, "/v1/verifications", fmt.Sprintf(`{"email":%q,%q:"CANARY"}`, g.somebody(), key), headers...)
			if r.status != http.StatusBadRequest || strings.Contains(string(r.body), "CANARY") {
				t.Errorf("with %s: %d %s", key, r.status, r.body)
			}
		}
		if strings.Contains(g.log.String(), "CANARY") || strings.Contains(g.log.String(), "evil.example") {
			t.Error("the log repeats what was sent")
		}
		if n := g.office.count(); n != 3 {
			t.Errorf("%d mails, want 3", n)
		}
	}, "--insecure-no-limits")
}

// plain checks the n-th mail of an address: no header but those of ours, one recipient,
// no link, and nothing of who asked.
func (g *target) plain(t *testing.T, address string, n int) {
	t.Helper()
	l := g.office.box(t, address, n)[n-1]
	for _, text := range []string{l.subject, l.body, l.raw} {
		for _, bad := range []string{"CANARY", "evil", "127.0.0.", "\x00"} {
			if strings.Contains(text, bad) {
				t.Errorf("a mail holds %q:\n%s", bad, text)
			}
		}
	}
	if found := link.FindString(l.body + l.subject); found != "" {
		t.Errorf("a mail holds what looks like a link, %q:\n%s", found, l.body)
	}
	m, err := mail.ReadMessage(strings.NewReader(l.raw))
	must(t, err)
	known := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	for name, values := range m.Header {
		if !slices.Contains(known, name) || len(values) != 1 {
			t.Errorf("a mail has the header %s, %d times", name, len(values))
		}
	}
	to, err := m.Header.AddressList("To")
	must(t, err)
	if len(to) != 1 || to[0].Name != "" {
		t.Errorf("a mail is to %d people, or to a name", len(to))
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("a mail is %s", m.Header.Get("Content-Type"))
	}
}

// TestNoMailHasALink: neither mails with short codes nor those with long ones.
func TestNoMailHasALink(t *testing.T) {
	g := aim(t, nil, "--insecure-no-limits")
	b, address := from(g.public, here), g.somebody()
	for n := range 5 {
		g.ask(t, b, address, n+1)
		g.plain(t, address, n+1)
	}
}
