package main

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"exposure/internal/email"
)

// postOffice is a real SMTP server on loopback that sorts what it gets by recipient.
type postOffice struct {
	url string

	mu    sync.Mutex
	boxes map[string][]letter
	wake  chan struct{} // closed and replaced at every delivery
	taken int
}

type letter struct{ subject, body, raw string }

func openPostOffice(t testing.TB) *postOffice {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &postOffice{url: "smtp://" + ln.Addr().String() + "?starttls=none", boxes: map[string][]letter{}, wake: make(chan struct{})}
	srv := smtp.NewServer(p)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxRecipients, srv.MaxMessageBytes = "localhost", true, 1, 64<<10
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return p
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{office: p}, nil }

type delivery struct {
	office *postOffice
	to     string
}

func (d *delivery) Reset()                                      { d.to = "" }
func (d *delivery) Logout() error                               { return nil }
func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	a, err := email.Parse(to)
	if err != nil {
		return err
	}
	d.to = a.Reveal()
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	var raw strings.Builder
	m, err := mail.ReadMessage(io.TeeReader(r, &raw))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, m.Body)
	case "quoted-printable":
		body = quotedprintable.NewReader(m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	p := d.office
	p.mu.Lock()
	defer p.mu.Unlock()
	p.boxes[d.to] = append(p.boxes[d.to], letter{subject, string(text), raw.String()})
	p.taken++
	close(p.wake)
	p.wake = make(chan struct{})
	return nil
}

// box returns the mails of an address, waiting until there are at least n.
func (p *postOffice) box(t testing.TB, address string, n int) []letter {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	deadline := time.After(30 * time.Second)
	for {
		p.mu.Lock()
		got, wake := p.boxes[a.Reveal()], p.wake
		p.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%d mails came, want %d", len(got), n)
		}
	}
}

func (p *postOffice) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

var codeLine = regexp.MustCompile(`(?m)^(?:確認コード|Your code): ([0-9-]+)`)

// code reads the code of the n-th mail (from 1) of an address.
func (p *postOffice) code(t testing.TB, address string, n int) string {
	t.Helper()
	m := codeLine.FindStringSubmatch(p.box(t, address, n)[n-1].body)
	if m == nil {
		t.Fatal("the mail holds no code on a line of its own")
	}
	return m[1]
}
