package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// grumpyOffice is a post office that wants a password and may refuse, telling in its
// answers all it knows.
type grumpyOffice struct {
	*postOffice
	url, password string

	mu      sync.Mutex
	mood    string
	refused map[string]int
	bodies  []string // of all mails, taken or not
	wake    chan struct{}
}

func openGrumpyOffice(t *testing.T, password string) *grumpyOffice {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	g := &grumpyOffice{
		postOffice: &postOffice{boxes: map[string][]letter{}, wake: make(chan struct{})}, password: password,
		refused: map[string]int{}, wake: make(chan struct{}),
		url: "smtp://canary:" + password + "@" + ln.Addr().String() + "?starttls=none",
	}
	srv := smtp.NewServer(g)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxRecipients = "localhost", true, 1
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return g
}

// be changes the mood.
func (g *grumpyOffice) be(mood string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mood = mood
}

func (g *grumpyOffice) feels(mood string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mood == mood
}

// await returns once something was refused in that mood.
func (g *grumpyOffice) await(t *testing.T, mood string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		g.mu.Lock()
		n, wake := g.refused[mood], g.wake
		g.mu.Unlock()
		if n > 0 {
			return
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("nothing was refused in the mood %q", mood)
		}
	}
}

// refuse answers in a mood, if it is that one.
func (g *grumpyOffice) refuse(mood string, code int, text string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mood != mood {
		return nil
	}
	g.refused[mood]++
	close(g.wake)
	g.wake = make(chan struct{})
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// NewSession implements smtp.Backend.
func (g *grumpyOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &grumpySession{delivery: &delivery{office: g.postOffice}, g: g, conn: c}, nil
}

type grumpySession struct {
	*delivery
	g    *grumpyOffice
	conn *smtp.Conn
}

func (s *grumpySession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *grumpySession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.g.password {
			return errors.New("not that password")
		}
		return s.g.refuse("login", 535, "no log-in for "+user+" with "+password)
	}), nil
}

func (s *grumpySession) Rcpt(to string, o *smtp.RcptOptions) error {
	if s.g.feels("login") {
		return s.conn.Close() // so that the next mail has to log in
	}
	for mood, code := range map[string]int{"unknown": 550, "later": 451} {
		if err := s.g.refuse(mood, code, "<"+to+"> unknown, asked as "+strings.ToUpper(to)); err != nil {
			return err
		}
	}
	return s.delivery.Rcpt(to, o)
}

func (s *grumpySession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	sent := letterOf(s.to, raw)
	s.g.mu.Lock()
	s.g.bodies = append(s.g.bodies, sent)
	s.g.mu.Unlock()
	if err := s.g.refuse("content", 554, "not for "+s.to+": "+strings.Join(strings.Fields(sent), " ")); err != nil {
		return err
	}
	return s.delivery.Data(bytes.NewReader(raw))
}

// letterOf is the readable part of a mail that is about to be refused.
func letterOf(to string, raw []byte) string {
	aside := &postOffice{boxes: map[string][]letter{}, wake: make(chan struct{})}
	if err := (&delivery{office: aside, to: to}).Data(bytes.NewReader(raw)); err != nil {
		return ""
	}
	return aside.boxes[to][0].body
}
