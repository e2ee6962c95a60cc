package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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
			config.Digits = 10
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

// forgetful is an outbox that cannot be told that an entry is done, so many times, and
// hands it out again at once.
type forgetful struct {
	box
	fails atomic.Int32
}

func (f *forgetful) Done(ctx context.Context, id string) error {
	if f.fails.Add(-1) >= 0 {
		_ = f.box.Retry(ctx, id, 0)
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

// TestDelay: while mails are accepted, what the latest had waited, even with one entry
// that hangs on; when none is accepted, the age of the oldest.
func TestDelay(t *testing.T) {
	r := newRig(t)
	var clock atomic.Int64
	clock.Store(time.Now().UnixNano())
	now := func() time.Time { return time.Unix(0, clock.Load()) }
	pass := func(d time.Duration) { clock.Add(int64(d)) }
	request := func(to string) mailer.CodeMail {
		m := r.request(to)
		m.RequestedAt = now()
		return m
	}
	r.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: now})
	config := r.config()
	config.Now = now
	config.Sender = senderFunc(func(ctx context.Context, m mailer.Message) error {
		if strings.HasPrefix(m.To.Reveal(), "later") {
			return &mailer.TemporaryError{Step: mailer.StepRecipient, Code: 451}
		}
		return r.inbox.Send(ctx, m)
	})
	w, err := mailer.NewWorker(config)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want time.Duration, waiting int) {
		t.Helper()
		s, err := w.Stats(t.Context())
		if err != nil || s.Delay != want || s.Waiting != waiting {
			t.Errorf("%s: delay %v, %d waiting, %v; want %v, %d", when, s.Delay, s.Waiting, err, want, waiting)
		}
	}
	check("before any mail", 0, 0)
	r.enqueue(request("later@example.jp"))
	pass(7 * time.Minute)
	check("nothing accepted yet", 7*time.Minute, 1)

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	m := request("a@example.jp")
	m.RequestedAt = now().Add(-3 * time.Second)
	r.enqueue(m)
	r.messages(1)
	await(t, "the first to be put back and the second done", func() bool {
		s, _ := w.Stats(t.Context())
		return s.Mailed == 1 && s.Retried >= 1 && s.Waiting == 1
	})
	stop()
	<-done
	check("others are accepted", 3*time.Second, 1)
	pass(2 * time.Minute)
	check("quiet since, with an old entry left", 3*time.Second, 1)
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
