package mailer_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/mailer"
)

func TestConnectionsAreKept(t *testing.T) {
	var mails atomic.Int32
	server := startWire(t, func(_ int, command string) string {
		switch {
		case strings.Contains(command, "nobody"):
			return "550 5.1.1 no"
		case command == "." && mails.Add(1) == 2:
			return "452 4.3.1 later"
		}
		return ""
	})
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	send := func(to string) error { return s.Send(t.Context(), aMessage(t, to)) }
	for _, to := range []string{"a@example.jp", "nobody@example.jp", "later@example.jp", "b@example.jp"} {
		if err := send(to); (err != nil) != (to == "nobody@example.jp" || to == "later@example.jp") {
			t.Fatal(err)
		}
	}
	if all, _ := server.connections(); all != 1 {
		t.Errorf("%d connections for 4 mails, want 1: a refusal must not cost a connection", all)
	}
	server.dropAll() // as after the server's idle time
	if err := send("c@example.jp"); err != nil {
		t.Fatalf("the mail after a closed idle connection: %v", err)
	}
	if all, _ := server.connections(); all != 2 {
		t.Errorf("%d connections, want 2", all)
	}
	if got := len(server.with(".")); got != 4 {
		t.Errorf("%d mails sent, want 4", got)
	}
}

func TestServerThatClosesOldConnectionsPolitely(t *testing.T) {
	mails := 0
	server := startWire(t, func(n int, command string) string {
		if n == 1 && strings.HasPrefix(command, "MAIL") {
			if mails++; mails > 1 {
				return "421 4.4.2 idle too long"
			}
		}
		return ""
	})
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	for range 2 {
		if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(server.with(".")); got != 2 {
		t.Errorf("%d mails accepted, want 2", got)
	}
}

func TestIdleConnectionsAreNotUsedForLong(t *testing.T) {
	server := startWire(t, nil)
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url(), Idle: time.Nanosecond})
	for range 2 {
		if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); err != nil {
			t.Fatal(err)
		}
	}
	if all, _ := server.connections(); all != 2 {
		t.Errorf("%d connections, want 2", all)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	server := startWire(t, nil)
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url(), Connections: 3})
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, atOnce := server.connections()
	if atOnce > 3 || all > 3 {
		t.Errorf("%d connections, %d at once, want at most 3", all, atOnce)
	}
	if got := len(server.with("RCPT")); got != 60 || got != len(server.with(".")) {
		t.Errorf("%d recipients for 60 mails", got)
	}
}

// TestFailedConnectionsAreClosed: a server that refuses us for hours does not fill up
// with connections.
func TestFailedConnectionsAreClosed(t *testing.T) {
	for name, c := range map[string]struct{ url, on string }{
		"greeting":               {"smtp://HOST?starttls=none", "(greeting)"},
		"EHLO":                   {"smtp://HOST?starttls=none", "EHLO"},
		"STARTTLS not offered":   {"smtp://HOST?starttls=required", "-"},
		"no TLS where it should": {"smtps://HOST", "-"},
		"log-in not offered":     {"smtp://user:pass@HOST?starttls=none", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			server := startWire(t, func(_ int, command string) string {
				if strings.HasPrefix(command, c.on) || c.on == "EHLO" && strings.HasPrefix(command, "HELO") {
					return "550 no"
				}
				return ""
			})
			s := newSMTP(t, mailer.SMTPConfig{URL: strings.Replace(c.url, "HOST", server.ln.Addr().String(), 1)})
			if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); err == nil {
				t.Fatal("the mail was sent")
			}
			await(t, "the connection to be closed", func() bool {
				server.mu.Lock()
				defer server.mu.Unlock()
				return server.conns == 1 && server.open == 0
			})
		})
	}
}
