package mailer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/wording"
)

// TestCodeMail follows one request from the outbox through a mail server to the person
// who types the code.
func TestCodeMail(t *testing.T) {
	r := newRig(t)
	server := startWire(t, nil)
	c := r.config()
	c.Sender = newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	m := r.request("foo..bar@docomo.ne.jp")
	r.enqueue(m)
	before := time.Now()
	w, stop := r.run(c)
	r.awaitEmpty()
	stop()

	if got, want := server.with("RCPT"), []string{`RCPT TO:<"foo..bar"@docomo.ne.jp>`}; !cmp.Equal(got, want) {
		t.Errorf("recipients %q, want %q", got, want)
	}
	header, text := readMail(t, server.content(t))
	code := codeIn(t, text)
	if got, want := decoded(t, header.Get("Subject")), "【東玉オンラインショップ】確認コードのお知らせ / Your code"; got != want {
		t.Errorf("Subject: %s, want %s", got, want)
	}
	date, err := header.Date()
	if err != nil || !strings.HasSuffix(header.Get("Date"), "+0900") || date.Before(before.Truncate(time.Second)) {
		t.Errorf("Date: %s %v", header.Get("Date"), err)
	}
	if id := header.Get("Message-Id"); !strings.HasSuffix(id, "@tougyoku.com>") {
		t.Errorf("Message-ID: %s", id)
	}
	// The life of the code counts from now; its end may have fallen into the next minute.
	var diff string
	for _, until := range []time.Time{date.Add(30 * time.Minute), date.Add(29*time.Minute + 59*time.Second)} {
		if diff = cmp.Diff(wording.WebCodeMail(r.in, code, false, until).Body, text); diff == "" {
			break
		}
	}
	if diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if len(code) != 8 || !r.accepts(m, code) {
		t.Error("the mailed code is not accepted")
	}
	s, err := w.Stats(t.Context())
	if err != nil || s.Mailed != 1 || s.Waiting != 0 || s.Refused+s.Retried+s.Expired+s.Withheld+s.Damaged != 0 {
		t.Errorf("stats %+v %v", s, err)
	}
}

func TestPhoneAndLongCodes(t *testing.T) {
	for _, c := range []struct {
		name    string
		purpose otp.Purpose
		long    bool
		digits  int
		subject string
	}{
		{"web, 10 digits", otp.Web, false, 10, "確認コード"},
		{"web, long", otp.Web, true, 20, "確認コード"},
		{"phone", otp.Phone, false, 8, "電話確認番号"},
		{"phone, long", otp.Phone, true, 20, "電話確認番号"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			m := r.request("a@example.jp")
			m.Purpose, m.Long = c.purpose, c.long
			r.enqueue(m)
			config := r.config()
			config.Digits = func() int { return 10 }
			r.run(config)
			mail := r.messages(1)[0]
			code := codeIn(t, mail.Body)
			if len(code) != c.digits || !strings.Contains(mail.Subject, c.subject) {
				t.Errorf("%d digits in %q", len(code), mail.Subject)
			}
			if !r.accepts(m, code) {
				t.Error("the mailed code is not accepted")
			}
		})
	}
}

func TestOldRequestsAreDropped(t *testing.T) {
	r := newRig(t)
	old, fresh := r.request("old@example.jp"), r.request("fresh@example.jp")
	old.RequestedAt = time.Now().Add(-mailer.MaxAge - time.Second)
	fresh.RequestedAt = time.Now().Add(-mailer.MaxAge + time.Minute)
	r.enqueue(old)
	r.enqueue(fresh)
	w, _ := r.run(r.config())
	r.awaitEmpty()
	if got := r.messages(1)[0].To.Reveal(); got != "fresh@example.jp" {
		t.Errorf("mailed to %s", got)
	}
	s, _ := w.Stats(t.Context())
	if s.Expired != 1 || s.Delay < 58*time.Minute {
		t.Errorf("stats %+v, want 1 expired and a delay of 59 minutes", s)
	}
}

// TestNoRoomNoMail: eight long codes live; nothing is evicted for a ninth.
func TestNoRoomNoMail(t *testing.T) {
	r := newRig(t)
	for range 9 {
		m := r.request("a@example.jp")
		m.Long = true
		r.enqueue(m)
	}
	w, _ := r.run(r.config())
	r.awaitEmpty()
	if got := len(r.inbox.Messages()); got != 8 {
		t.Errorf("%d mails, want 8", got)
	}
	if s, _ := w.Stats(t.Context()); s.Withheld != 1 || s.Mailed != 8 {
		t.Errorf("stats %+v, want 1 withheld", s)
	}
}

// TestPastGuessesReachTheStore: somebody with failed guesses in the audit table gets a
// long code from a code store that knows of none.
func TestPastGuessesReachTheStore(t *testing.T) {
	r := newRig(t)
	m := r.request("a@example.jp")
	config := r.config()
	config.History = func(_ context.Context, tags breach.Tags, p otp.Purpose) ([]otp.Past, error) {
		if tags != r.keys.Tags(m.Address) || p != otp.Web {
			t.Errorf("asked for %v %v", tags, p)
		}
		var past []otp.Past
		for i := range 5 {
			past = append(past, otp.Past{Attempt: [16]byte{byte(i + 1)}, At: time.Now().Add(-time.Hour)})
		}
		return past, nil
	}
	r.enqueue(m)
	r.run(config)
	if code := codeIn(t, r.messages(1)[0].Body); len(code) != 20 {
		t.Errorf("a code of %d digits, want 20", len(code))
	}
}

// TestSlowMailHoldsUpNobody: one mail hangs, the others go out.
func TestSlowMailHoldsUpNobody(t *testing.T) {
	r := newRig(t)
	release := make(chan struct{})
	config := r.config()
	config.Sender = senderFunc(func(ctx context.Context, m mailer.Message) error {
		if strings.HasPrefix(m.To.Reveal(), "slow") {
			select {
			case <-release:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return r.inbox.Send(ctx, m)
	})
	r.enqueue(r.request("slow@example.jp"))
	for i := range 20 {
		r.enqueue(r.request(fmt.Sprintf("a%d@example.jp", i)))
	}
	r.run(config)
	r.messages(20)
	close(release)
	r.awaitEmpty()
	r.messages(21)
}

// TestStopping: a mail that can be finished is; one that cannot stays in the outbox.
func TestStopping(t *testing.T) {
	for _, hanging := range []bool{false, true} {
		t.Run(fmt.Sprintf("hanging=%v", hanging), func(t *testing.T) {
			r := newRig(t)
			begun, stopping := make(chan struct{}), make(chan struct{})
			config := r.config()
			config.Drain = 5 * time.Second
			if hanging {
				config.Drain = 20 * time.Millisecond
			}
			var once sync.Once
			config.Sender = senderFunc(func(ctx context.Context, m mailer.Message) error {
				once.Do(func() { close(begun) })
				if hanging {
					<-ctx.Done()
					return ctx.Err()
				}
				select {
				case <-stopping:
					return r.inbox.Send(ctx, m)
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			r.enqueue(r.request("a@example.jp"))
			_, stop := r.run(config)
			<-begun
			go func() { time.Sleep(10 * time.Millisecond); close(stopping) }()
			stop()
			if left := r.waiting(); (left == 1) != hanging {
				t.Errorf("%d left in the outbox", left)
			}
			if mails := len(r.inbox.Messages()); (mails == 0) != hanging {
				t.Errorf("%d mails", mails)
			}
		})
	}
}

func TestWorkerConfigIsChecked(t *testing.T) {
	r := newRig(t)
	for name, drop := range map[string]func(*mailer.WorkerConfig){
		"Incident": func(c *mailer.WorkerConfig) { c.Incident = nil }, "Outbox": func(c *mailer.WorkerConfig) { c.Outbox = nil },
		"Keys": func(c *mailer.WorkerConfig) { c.Keys = nil }, "Issuer": func(c *mailer.WorkerConfig) { c.Issuer = nil },
		"History": func(c *mailer.WorkerConfig) { c.History = nil }, "Sender": func(c *mailer.WorkerConfig) { c.Sender = nil },
		"sender address": func(c *mailer.WorkerConfig) { c.From = "nobody" },
	} {
		c := r.config()
		drop(&c)
		if _, err := mailer.NewWorker(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
