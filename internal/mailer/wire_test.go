package mailer_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/mailer"
)

// wireServer speaks just enough SMTP to record every byte and to misbehave. answer may
// give the reply to a command ("" for the usual one): hang and hangUp are no replies.
type wireServer struct {
	t      testing.TB
	ln     net.Listener
	answer func(connection int, command string) string

	mu       sync.Mutex
	commands []string // as received, without CRLF; "." after each mail
	mails    []string // raw content
	conns    int
	open     int
	maxOpen  int
	live     map[net.Conn]bool
	wg       sync.WaitGroup
}

const (
	hang   = "(hang)"
	hangUp = "(hang up)"
)

func startWire(t testing.TB, answer func(connection int, command string) string) *wireServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &wireServer{t: t, ln: ln, answer: answer, live: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

func (s *wireServer) url() string { return "smtp://" + s.ln.Addr().String() + "?starttls=none" }

func (s *wireServer) stop() {
	s.ln.Close()
	s.dropAll()
	s.wg.Wait()
}

// dropAll closes every connection, as a server does with idle ones.
func (s *wireServer) dropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.live {
		c.Close()
	}
}

func (s *wireServer) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns++
		n := s.conns
		s.live[c] = true
		s.open++
		s.maxOpen = max(s.maxOpen, s.open)
		s.mu.Unlock()
		s.wg.Go(func() {
			s.serve(n, c)
			c.Close()
			s.mu.Lock()
			delete(s.live, c)
			s.open--
			s.mu.Unlock()
		})
	}
}

func (s *wireServer) serve(n int, c net.Conn) {
	r := bufio.NewReader(c)
	if !s.reply(n, c, "(greeting)", "220 mx ESMTP") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		s.record(line)
		usual := "250 ok"
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			usual = "250-mx\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES"
		case "DATA":
			if !s.reply(n, c, line, "354 go on") {
				return
			}
			content, err := readContent(r)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.mails = append(s.mails, content)
			s.mu.Unlock()
			line = "."
			s.record(line)
		case "QUIT":
			s.reply(n, c, line, "221 bye")
			return
		}
		if !s.reply(n, c, line, usual) {
			return
		}
	}
}

func (s *wireServer) record(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, line)
}

func (s *wireServer) reply(n int, c net.Conn, command, usual string) bool {
	if s.answer != nil {
		if a := s.answer(n, command); a != "" {
			usual = a
		}
	}
	switch usual {
	case hang:
		_, _ = c.Read(make([]byte, 1)) // until the client gives up
		return false
	case hangUp:
		return false
	}
	_, err := fmt.Fprintf(c, "%s\r\n", usual)
	return err == nil
}

func readContent(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// with returns the recorded commands that start so.
func (s *wireServer) with(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.commands {
		if strings.HasPrefix(c, prefix) {
			out = append(out, c)
		}
	}
	return out
}

func (s *wireServer) connections() (all, atOnce int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns, s.maxOpen
}

func (s *wireServer) content(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 1 {
		t.Fatalf("server received %d mails, want 1", len(s.mails))
	}
	return s.mails[0]
}

func address(t testing.TB, s string) email.Address {
	t.Helper()
	a, err := email.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var tokyo = time.FixedZone("JST", 9*60*60)

func aMessage(t testing.TB, to string) mailer.Message {
	return mailer.Message{
		From: address(t, "notice@tougyoku.com"), FromName: "東玉オンラインショップ", To: address(t, to),
		Subject: "【東玉オンラインショップ】確認コードのお知らせ / Your code", Body: "確認コード: 1234-5678\n\n.\nおわり\n",
		Date: time.Date(2023, 7, 25, 14, 5, 0, 0, tokyo), MessageID: "abc123@tougyoku.com",
	}
}

func newSMTP(t testing.TB, c mailer.SMTPConfig) *mailer.SMTP {
	t.Helper()
	s, err := mailer.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
