package mailer_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// TestTrouble: what goes wrong before or while a mail is handed over costs time, never
// the mail, and every try uses the same slot.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrange func(r *rig, c *mailer.WorkerConfig)
	}{
		{"mail server says later", func(r *rig, c *mailer.WorkerConfig) {
			c.Sender = r.failing(3, &mailer.TemporaryError{Step: mailer.StepRecipient, Code: 451})
		}},
		{"mail server is down", func(r *rig, c *mailer.WorkerConfig) {
			c.Sender = r.failing(3, &mailer.TemporaryError{Step: mailer.StepConnect})
		}},
		{"sender fails in an unknown way", func(r *rig, c *mailer.WorkerConfig) {
			c.Sender = r.failing(3, errors.New("unknown"))
		}},
		{"code store is down", func(r *rig, c *mailer.WorkerConfig) { r.codes.fail = 3 }},
		{"history is down", func(r *rig, c *mailer.WorkerConfig) {
			var calls atomic.Int32
			c.History = func(context.Context, breach.Tags, otp.Purpose) ([]otp.Past, error) {
				if calls.Add(1) <= 3 {
					return nil, errors.New("database is down")
				}
				return nil, nil
			}
		}},
		{"the look-up is shut", func(r *rig, c *mailer.WorkerConfig) {
			var calls atomic.Int32
			c.Shut = func(context.Context) error {
				if calls.Add(1) <= 3 {
					return errors.New("paused")
				}
				return nil
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			config := r.config()
			c.arrange(r, &config)
			m := r.request("canary@example.jp")
			r.enqueue(m)
			w, _ := r.run(config)
			mail := r.messages(1)[0]
			r.awaitEmpty()
			if !r.accepts(m, codeIn(t, mail.Body)) {
				t.Error("the mailed code is not accepted")
			}
			if calls, distinct := r.codes.distinctSlots(); distinct != 1 {
				t.Errorf("%d slots in %d calls, want one slot", distinct, calls)
			}
			if s, _ := w.Stats(t.Context()); s.Retried != 3 || s.Mailed != 1 {
				t.Errorf("stats %+v, want 3 retries and 1 mail", s)
			}
			if strings.Contains(r.log.String(), "canary") {
				t.Errorf("the log names the address: %s", r.log)
			}
		})
	}
}

// TestMailThatMayHaveArrived: the connection broke after the final dot. The mail goes out
// again with the same code, so that both mails work, whichever arrives.
func TestMailThatMayHaveArrived(t *testing.T) {
	r := newRig(t)
	server := startWire(t, func(n int, command string) string {
		if n == 1 && command == "." {
			return hangUp
		}
		return ""
	})
	config := r.config()
	config.Sender = newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	m := r.request("a@example.jp")
	r.enqueue(m)
	r.run(config)
	r.awaitEmpty()
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.mails) != 2 {
		t.Fatalf("%d mails, want 2", len(server.mails))
	}
	first, text1 := readMail(t, server.mails[0])
	second, text2 := readMail(t, server.mails[1])
	if codeIn(t, text1) != codeIn(t, text2) {
		t.Error("the two mails carry different codes, and one of them cannot work")
	}
	if first.Get("Message-Id") == second.Get("Message-Id") {
		t.Error("the two mails have one message id, and mailboxes would hide the second")
	}
	if !r.accepts(m, codeIn(t, text1)) {
		t.Error("the code is not accepted")
	}
	if _, distinct := r.codes.distinctSlots(); distinct != 1 {
		t.Errorf("%d slots, want 1", distinct)
	}
}

func TestRefusedForGood(t *testing.T) {
	r := newRig(t)
	server := startWire(t, func(_ int, command string) string {
		if strings.HasPrefix(command, "RCPT") {
			return "550 5.1.1 <canary@example.jp>: unknown"
		}
		return ""
	})
	config := r.config()
	config.Sender = newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	r.enqueue(r.request("canary@example.jp"))
	w, _ := r.run(config)
	r.awaitEmpty()
	if s, _ := w.Stats(t.Context()); s.Refused != 1 || s.Mailed+s.Retried != 0 {
		t.Errorf("stats %+v, want 1 refused", s)
	}
	if log := r.log.String(); strings.Contains(log, "canary") || !strings.Contains(log, `"code":550`) {
		t.Errorf("log: %s", log)
	}
}

// forgetful is an outbox that cannot be told that an entry is done, so many times, and
// hands it out again at once.
type forgetful struct {
	box
	fails atomic.Int32
}

func (f *forgetful) Done(ctx context.Context, id string) error {
	if f.fails.Add(-1) >= 0 {
		_ = f.box.Retry(ctx, id, 0, mailer.NotMailed)
		return mailer.ErrUnavailable
	}
	return f.box.Done(ctx, id)
}

func TestOutboxThatForgetsIsNotMailedTwice(t *testing.T) {
	r := newRig(t)
	f := &forgetful{box: r.outbox}
	f.fails.Store(5)
	config := r.config()
	config.Outbox = f
	config.Parallel = 1
	r.enqueue(r.request("a@example.jp"))
	r.run(config)
	r.awaitEmpty()
	r.messages(1)
}
