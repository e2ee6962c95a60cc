package mailer_test

import (
	"context"
	"errors"
	"net"
	"strings"
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
