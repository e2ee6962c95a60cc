package mailer_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/mailer"
)

// TestOnTheWire: carrier addresses that break the grammar of dot-atoms travel quoted,
// in the envelope and in the header, and nothing about this machine travels at all.
func TestOnTheWire(t *testing.T) {
	for _, c := range []struct{ address, mailbox string }{
		{"foo..bar@docomo.ne.jp", `<"foo..bar"@docomo.ne.jp>`},
		{`"foo..bar"@docomo.ne.jp`, `<"foo..bar"@docomo.ne.jp>`},
		{"foo.@ezweb.ne.jp", `<"foo."@ezweb.ne.jp>`},
		{"-foo@softbank.ne.jp", "<-foo@softbank.ne.jp>"},
		{"ＦＯＯ＠Docomo.NE.JP", "<foo@docomo.ne.jp>"},
		{"a!#$%&'*+/=?^_`{|}~-b@example.jp", "<a!#$%&'*+/=?^_`{|}~-b@example.jp>"},
		{strings.Repeat("x", 230) + "@example.jp", "<" + strings.Repeat("x", 230) + "@example.jp>"},
	} {
		t.Run(c.address, func(t *testing.T) {
			server := startWire(t, nil)
			s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
			if err := s.Send(t.Context(), aMessage(t, c.address)); err != nil {
				t.Fatal(err)
			}
			s.Close()
			want := []string{"EHLO tougyoku.com", "MAIL FROM:<notice@tougyoku.com> BODY=8BITMIME", "RCPT TO:" + c.mailbox, "DATA", ".", "QUIT"}
			if diff := cmp.Diff(want, server.with("")); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			header, _, _ := strings.Cut(server.content(t), "\r\n\r\n")
			if to := headerLine(header, "To"); to != c.mailbox {
				t.Errorf("To: %s, want %s", to, c.mailbox)
			}
		})
	}
}

func headerLine(header, name string) string {
	unfolded := strings.ReplaceAll(header, "\r\n ", " ")
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestAnswers: what a server answers decides whether a mail is given up, and no error
// repeats what the server wrote.
func TestAnswers(t *testing.T) {
	const canary = "canary.person"
	for _, c := range []struct {
		name      string
		on, reply string
		permanent bool
		code      int
		enhanced  string
		step      mailer.Step
		maybe     bool
	}{
		{"unknown user", "RCPT", "550 5.1.1 <canary.person@example.jp> Unknown user", true, 550, "5.1.1", mailer.StepRecipient, false},
		{"mailbox full for good", "RCPT", "552 canary.person is full", true, 552, "", mailer.StepRecipient, false},
		{"greylisted", "RCPT", "451 4.7.1 canary.person@example.jp greylisted", false, 451, "4.7.1", mailer.StepRecipient, false},
		{"sends us away", "RCPT", "421 4.3.2 closing, canary.person", false, 421, "4.3.2", mailer.StepRecipient, false},
		{"our sender refused", "MAIL", "550 5.7.1 who are you", false, 550, "5.7.1", mailer.StepSender, false},
		{"refuses DATA", "DATA", "451 later", false, 451, "", mailer.StepContent, false},
		{"content refused", ".", "554 5.7.1 spam to canary.person", true, 554, "5.7.1", mailer.StepAccept, false},
		{"content later", ".", "452 4.3.1 disk full", false, 452, "4.3.1", mailer.StepAccept, false},
		{"nonsense", "RCPT", "999 canary.person what", false, 0, "", mailer.StepRecipient, false},
		{"no number", "RCPT", "canary.person what", false, 0, "", mailer.StepRecipient, false},
		{"hangs up at RCPT", "RCPT", hangUp, false, 0, "", mailer.StepRecipient, false},
		{"hangs at RCPT", "RCPT", hang, false, 0, "", mailer.StepRecipient, false},
		{"hangs up after the dot", ".", hangUp, false, 0, "", mailer.StepAccept, true},
		{"hangs after the dot", ".", hang, false, 0, "", mailer.StepAccept, true},
		{"greeting refuses", "(greeting)", "554 5.7.1 no", false, 554, "5.7.1", mailer.StepConnect, false},
		{"hangs before greeting", "(greeting)", hang, false, 0, "", mailer.StepConnect, false},
		{"EHLO refused", "EHLO", "550 no", false, 0, "", mailer.StepConnect, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := startWire(t, func(_ int, command string) string {
				if strings.HasPrefix(command, c.on) {
					return c.reply
				}
				if strings.HasPrefix(command, "HELO") {
					return "550 no"
				}
				return ""
			})
			s := newSMTP(t, mailer.SMTPConfig{URL: server.url(), Step: 200 * time.Millisecond, Dial: 400 * time.Millisecond})
			err := s.Send(t.Context(), aMessage(t, canary+"@example.jp"))
			var p *mailer.PermanentError
			var tmp *mailer.TemporaryError
			switch {
			case errors.As(err, &p):
				if !c.permanent || p.Code != c.code || p.Enhanced != c.enhanced || p.Step != c.step {
					t.Errorf("got %+v", p)
				}
			case errors.As(err, &tmp):
				if c.permanent || c.code != 0 && tmp.Code != c.code || tmp.Enhanced != c.enhanced || tmp.Step != c.step || tmp.MaybeAccepted != c.maybe {
					t.Errorf("got %+v", tmp)
				}
			default:
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error repeats the server: %v", err)
			}
		})
	}
}

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

func TestServerDownAtFirst(t *testing.T) {
	var s *mailer.SMTP
	var ln net.Listener
	for range 10 { // somebody else may take the port while nobody listens on it
		down, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := down.Addr().String()
		down.Close()
		s = newSMTP(t, mailer.SMTPConfig{URL: "smtp://" + addr})
		var tmp *mailer.TemporaryError
		if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); !errors.As(err, &tmp) || tmp.Step != mailer.StepConnect || tmp.MaybeAccepted {
			t.Fatalf("got %v, want a temporary error of connecting", err)
		}
		if ln, err = net.Listen("tcp", addr); err == nil {
			break
		}
	}
	if ln == nil {
		t.Fatal("every port was taken by somebody else")
	}
	server := &wireServer{t: t, ln: ln, live: map[net.Conn]bool{}}
	server.wg.Go(server.accept)
	t.Cleanup(server.stop)
	if err := s.Send(t.Context(), aMessage(t, "a@example.jp")); err != nil {
		t.Fatal(err)
	}
}

// TestEndOfContextCuts: a hanging server holds nobody longer than the caller wants.
func TestEndOfContextCuts(t *testing.T) {
	for _, at := range []string{"(greeting)", "EHLO", "RCPT", "."} {
		t.Run(at, func(t *testing.T) {
			reached := make(chan struct{})
			server := startWire(t, func(_ int, command string) string {
				if strings.HasPrefix(command, at) {
					close(reached)
					return hang
				}
				return ""
			})
			s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-reached; cancel() }()
			start := time.Now()
			if err := s.Send(ctx, aMessage(t, "a@example.jp")); err == nil {
				t.Error("no error")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
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

func TestSMTPURL(t *testing.T) {
	for _, good := range []string{
		"smtp://mail.example.jp", "smtp://user:p%40ss@mail.example.jp:2525", "smtps://user:pass@mail.example.jp",
		"smtp://127.0.0.1:25?starttls=none", "smtp://user:pass@[::1]:25?starttls=none", "smtp://mail.example.jp/?starttls=opportunistic",
		"smtp://mail.example.jp?starttls=none",
	} {
		if _, err := mailer.NewSMTP(mailer.SMTPConfig{URL: good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "mail.example.jp:25", "http://mail.example.jp", "smtp://", "smtp://u:canary@/x", "smtp://u:canary@h:0", "smtp://u:canary@h:99999",
		"smtp://u:canary@h/path", "smtp://u:canary@h?starttls=maybe", "smtp://u:canary@h?tls=1", "smtp://u:canary@h?starttls=none&starttls=none",
		"smtps://u:canary@h?starttls=none", "smtp://u:canary@h#x", "smtp://u:canary@mail.example.jp?starttls=none", "smtp://u:canary@h:port",
		"smtp://u:can%ary@h", "smtp://u:canary@h?starttls=%zz",
	} {
		_, err := mailer.NewSMTP(mailer.SMTPConfig{URL: bad})
		if !errors.Is(err, mailer.ErrURL) || strings.Contains(err.Error(), "can") && !strings.Contains(err.Error(), "cannot") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v; want ErrURL without the password", bad, err)
		}
	}
}

// TestStartTLSIsRequired unless the server is this machine or the URL says otherwise.
func TestStartTLSIsRequired(t *testing.T) {
	for url, want := range map[string]string{
		"smtp://mail.example.jp":                        "TLSMandatory",
		"smtp://10.0.0.1":                               "TLSMandatory",
		"smtp://localhost.example.jp":                   "TLSMandatory",
		"smtp://mail.example.jp?starttls=opportunistic": "TLSOpportunistic",
		"smtp://mail.example.jp?starttls=none":          "NoTLS",
		"smtp://localhost":                              "TLSOpportunistic",
		"smtp://127.0.0.2":                              "TLSOpportunistic",
		"smtp://[::1]":                                  "TLSOpportunistic",
		"smtp://127.0.0.1?starttls=required":            "TLSMandatory",
	} {
		if got, err := mailer.StartTLS(url); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", url, got, err, want)
		}
	}
}

func TestInboxKeepsTheNewest(t *testing.T) {
	in := mailer.NewInbox(2)
	for _, to := range []string{"a@example.jp", "b@example.jp", "c@example.jp"} {
		if err := in.Send(t.Context(), aMessage(t, to)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range in.Messages() {
		got = append(got, m.To.Reveal())
	}
	if want := []string{"b@example.jp", "c@example.jp"}; !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}
