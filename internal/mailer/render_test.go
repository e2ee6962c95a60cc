package mailer_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/mail"
	"strings"
	"testing"

	"exposure/internal/mailer"
)

// readMail checks what every mail must be and returns its header and decoded text.
func readMail(t *testing.T, raw string) (mail.Header, string) {
	t.Helper()
	header, body, found := strings.Cut(raw, "\r\n\r\n")
	if !found {
		t.Fatal("no empty line after the header")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		if len(line) > 76 || strings.ContainsFunc(line, func(r rune) bool { return r > 0x7e || r < ' ' }) {
			t.Errorf("line of %d octets or not plain ASCII: %q", len(line), line)
		}
		if strings.HasSuffix(line, ":") {
			t.Errorf("a header that starts with an empty line: %q", line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"Auto-Submitted": true, "Content-Transfer-Encoding": true, "Content-Type": true, "Date": true,
		"From": true, "Message-Id": true, "Mime-Version": true, "Subject": true, "To": true}
	for name, values := range m.Header {
		if !allowed[name] || len(values) != 1 {
			t.Errorf("header %s: %q", name, values)
		}
	}
	if len(m.Header) != len(allowed) {
		t.Errorf("%d headers, want %d:\n%s", len(m.Header), len(allowed), header)
	}
	for name, want := range map[string]string{"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "base64",
		"Auto-Submitted": "auto-generated", "Mime-Version": "1.0"} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(bytes.ReplaceAll(text, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("a bare line feed inside the text")
	}
	return m.Header, strings.ReplaceAll(string(text), "\r\n", "\n")
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	out, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMessage(t *testing.T) {
	m := aMessage(t, "foo..bar@docomo.ne.jp")
	raw, err := mailer.Render(m)
	if err != nil {
		t.Fatal(err)
	}
	header, text := readMail(t, string(raw))
	if text != m.Body {
		t.Errorf("text %q, want %q", text, m.Body)
	}
	if got := decoded(t, header.Get("Subject")); got != m.Subject {
		t.Errorf("Subject: %s, want %s", got, m.Subject)
	}
	from, err := header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != m.FromName || from[0].Address != "notice@tougyoku.com" {
		t.Errorf("From: %v %v", from, err)
	}
	to, err := header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Name != "" || to[0].Address != "foo..bar@docomo.ne.jp" {
		t.Errorf("To: %v %v", to, err)
	}
	if got, want := header.Get("Date"), "Tue, 25 Jul 2023 14:05:00 +0900"; got != want {
		t.Errorf("Date: %s, want %s", got, want)
	}
	if got, want := header.Get("Message-Id"), "<abc123@tougyoku.com>"; got != want {
		t.Errorf("Message-ID: %s, want %s", got, want)
	}
}

func TestNamesAndSubjects(t *testing.T) {
	for _, s := range []string{"", "Harbour Shop", "A, B & <C> \"D\"", "東玉", "a東b玉c", "=?utf-8?q?x?=", "東 玉  二 ", "髙﨑𠮷德～〜", strings.Repeat("長い店名", 20),
		"Shop " + strings.Repeat("東", 9) + " x"} {
		m := aMessage(t, "a@example.jp")
		m.FromName, m.Subject, m.Body = s, s, strings.Repeat("本文", 50)
		raw, err := mailer.Render(m)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if s == "" {
			continue // an empty subject is no case of ours; it must only not break
		}
		header, text := readMail(t, string(raw))
		if text != m.Body {
			t.Errorf("text %q, want %q", text, m.Body)
		}
		if got := decoded(t, header.Get("Subject")); got != s {
			t.Errorf("Subject: %q, want %q", got, s)
		}
		from, err := header.AddressList("From")
		if err != nil || from[0].Name != s {
			t.Errorf("From: %q %v, want the name %q", header.Get("From"), err, s)
		}
	}
}

// TestALongWordStaysBesideItsHeader: mail programs lose a header that starts with an empty line,
// and what fits on no line is long on any.
func TestALongWordStaysBesideItsHeader(t *testing.T) {
	long := strings.Repeat("x", 80)
	m := aMessage(t, long+"@example.jp")
	m.Subject = long + "  " + long
	raw, err := mailer.Render(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\r\nTo: <" + long + "@example.jp>\r\n", "\r\nSubject: " + long + " \r\n " + long + "\r\n"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
}

// TestNothingCanBeInjected: whoever writes an incident file or a shop's name cannot add
// headers or recipients, and nothing of such a mail reaches a server.
func TestNothingCanBeInjected(t *testing.T) {
	server := startWire(t, nil)
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	for _, evil := range []string{"x\r\nBcc: b@example.jp", "x\nBcc: b@example.jp", "x\rBcc: b", "x\x00", "x\u2028y", "x\u0085y", "\xff", "x\v"} {
		for name, change := range map[string]func(*mailer.Message){
			"subject":    func(m *mailer.Message) { m.Subject = evil },
			"name":       func(m *mailer.Message) { m.FromName = evil },
			"message id": func(m *mailer.Message) { m.MessageID = evil + "@example.jp" },
		} {
			m := aMessage(t, "a@example.jp")
			change(&m)
			var p *mailer.PermanentError
			if err := s.Send(t.Context(), m); !errors.As(err, &p) || p.Step != mailer.StepCompose {
				t.Errorf("%s %q: %v, want it refused before anything is sent", name, evil, err)
			}
		}
	}
	for _, id := range []string{"", "x", "@example.jp", "x@", "x y@example.jp", "x>@example.jp", "あ@example.jp"} {
		m := aMessage(t, "a@example.jp")
		m.MessageID = id
		if err := s.Send(t.Context(), m); err == nil {
			t.Errorf("message id %q was sent", id)
		}
	}
	for _, m := range []mailer.Message{{}, {To: address(t, "a@example.jp")}} {
		if err := s.Send(t.Context(), m); err == nil {
			t.Error("an empty message was sent")
		}
	}
	if got := server.with(""); len(got) != 0 {
		t.Errorf("the server saw %q", got)
	}
	m := aMessage(t, "a@example.jp")
	m.Body = ".\n..\nBcc: b@example.jp\n\n--boundary\n"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, text := readMail(t, server.content(t)); text != m.Body {
		t.Errorf("text %q, want %q", text, m.Body)
	}
}

func TestMessageDoesNotPrint(t *testing.T) {
	m := aMessage(t, "canary@example.jp")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "m", m, "s", []mailer.Message{m})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb, m)
		fmt.Fprintf(&log, verb, &m)
		fmt.Fprintf(&log, verb, []mailer.Message{m})
	}
	if s := log.String(); strings.Contains(s, "canary") || strings.Contains(s, "1234-5678") {
		t.Errorf("a message was printed: %s", s)
	}
}
