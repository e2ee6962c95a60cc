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

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// eachOutbox runs a test on both kinds.
func eachOutbox(t *testing.T, c mailer.OutboxConfig, test func(t *testing.T, r *rig)) {
	t.Run("memory", func(t *testing.T) {
		r := newRig(t)
		r.outbox = mailer.NewMemoryOutbox(c)
		test(t, r)
	})
	t.Run("redis", func(t *testing.T) {
		r := newRig(t)
		r.outbox = redisOutbox(t, r, live.Redis(t), c)
		test(t, r)
	})
}

func redisOutbox(t testing.TB, r *rig, url string, c mailer.OutboxConfig) *mailer.RedisOutbox {
	t.Helper()
	c.Sealer, c.Prefix = r.keys, "test:"
	c.Wait, c.Sweep = 20*time.Millisecond, 5*time.Millisecond
	o, err := mailer.NewRedisOutbox(client(t, url), c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// take takes until something comes.
func take(t testing.TB, o box, max int) []mailer.Entry {
	t.Helper()
	var got []mailer.Entry
	await(t, "an entry", func() bool {
		var err error
		if got, err = o.Take(t.Context(), max, mailer.ShelfFirst); err != nil {
			t.Fatal(err)
		}
		return len(got) > 0
	})
	return got
}

func TestOutboxKeepsARequest(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		want := r.request("foo..bar@docomo.ne.jp")
		want.Long, want.Purpose = true, otp.Phone
		want.RequestedAt = want.RequestedAt.Truncate(time.Millisecond)
		r.enqueue(want)
		if got := r.waiting(); got != 1 {
			t.Errorf("%d waiting, want 1", got)
		}
		entries := take(t, r.outbox, 5)
		if len(entries) != 1 || entries[0].Damaged {
			t.Fatalf("took %+v", entries)
		}
		e := entries[0]
		sameTime := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
		sameAddress := cmp.Comparer(func(a, b email.Address) bool { return a == b })
		if diff := cmp.Diff(want, e.Mail, sameTime, sameAddress); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !e.Until.After(time.Now()) {
			t.Errorf("the lease is over at %v", e.Until)
		}
		if got := r.waiting(); got != 1 {
			t.Errorf("%d waiting while in work, want 1", got)
		}
		if err := r.outbox.Done(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if err := r.outbox.Done(t.Context(), e.ID); err != nil {
			t.Errorf("done twice: %v", err)
		}
		if err := r.outbox.Retry(t.Context(), e.ID, 0, mailer.NotMailed); err != nil {
			t.Errorf("retry of what is done: %v", err)
		}
		if got := r.waiting(); got != 0 {
			t.Errorf("%d waiting, want 0", got)
		}
	})
}

func TestOutboxRefusesWhatNobodyCanMail(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		noAddress, noPurpose := r.request("a@example.jp"), r.request("a@example.jp")
		noAddress.Address, noPurpose.Purpose = email.Address{}, "fax"
		for _, m := range []mailer.CodeMail{noAddress, noPurpose} {
			if err := r.outbox.Enqueue(t.Context(), m); err == nil || errors.Is(err, mailer.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestOutboxIsBounded(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{Max: 50}, func(t *testing.T, r *rig) {
		var taken, full atomic.Int32
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				switch err := r.outbox.Enqueue(t.Context(), r.request(fmt.Sprintf("a%d@example.jp", i))); {
				case err == nil:
					taken.Add(1)
				case errors.Is(err, mailer.ErrOutboxFull):
					full.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 50 || full.Load() != 150 {
			t.Fatalf("%d taken, %d refused, want 50 and 150", taken.Load(), full.Load())
		}
		// An entry in work or waiting for another try still counts.
		e := take(t, r.outbox, 1)[0]
		if err := r.outbox.Enqueue(t.Context(), r.request("b@example.jp")); !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("with one in work: %v, want ErrOutboxFull", err)
		}
		if err := r.outbox.Retry(t.Context(), e.ID, time.Minute, mailer.NotMailed); err != nil {
			t.Fatal(err)
		}
		if err := r.outbox.Enqueue(t.Context(), r.request("b@example.jp")); !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("got %v, want ErrOutboxFull", err)
		}
		e = take(t, r.outbox, 1)[0]
		if err := r.outbox.Done(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		r.enqueue(r.request("b@example.jp"))
	})
}

func TestRetryComesLaterAndHoldsUpNobody(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		r.enqueue(r.request("first@example.jp"))
		first := take(t, r.outbox, 1)[0]
		const pause = 150 * time.Millisecond
		back := time.Now()
		if err := r.outbox.Retry(t.Context(), first.ID, pause, mailer.NotMailed); err != nil {
			t.Fatal(err)
		}
		r.enqueue(r.request("second@example.jp"))
		if got := take(t, r.outbox, 1)[0]; got.Mail.Address.Reveal() != "second@example.jp" {
			t.Error("the entry put back came first")
		}
		again := take(t, r.outbox, 1)[0]
		if waited := time.Since(back); again.ID != first.ID || waited < pause-2*time.Millisecond {
			t.Errorf("%s after %v, want %s after %v", again.ID, waited, first.ID, pause)
		}
	})
}

func TestOldestWaiting(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		if d, err := r.outbox.Depth(t.Context()); err != nil || d.Max == 0 || d != (mailer.Depth{Max: d.Max}) {
			t.Errorf("empty: %+v %v", d, err)
		}
		r.enqueue(r.request("a@example.jp"))
		time.Sleep(30 * time.Millisecond)
		second := time.Now()
		r.enqueue(r.request("b@example.jp"))
		d, err := r.outbox.Depth(t.Context())
		if err != nil || d.Waiting != 2 || d.Oldest < 25*time.Millisecond || d.Oldest > 20*time.Second {
			t.Errorf("%+v %v", d, err)
		}
		first := take(t, r.outbox, 1)[0]
		if err := r.outbox.Done(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		const tick = 2 * time.Millisecond // of times that are kept in milliseconds
		if after, err := r.outbox.Depth(t.Context()); err != nil || after.Waiting != 1 || after.Oldest > time.Since(second)+tick {
			t.Errorf("%+v %v, after %+v", after, err, d)
		}
	})
}

// TestManyWorkersMailOnce: no entry is mailed twice in ordinary operation.
func TestManyWorkersMailOnce(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const mails = 400
		r.run(r.config())
		r.run(r.config())
		var wg sync.WaitGroup
		for i := range mails {
			wg.Go(func() { r.enqueue(r.request(fmt.Sprintf("a%d@example.jp", i))) })
		}
		wg.Wait()
		r.awaitEmpty()
		seen := map[string]int{}
		for _, m := range r.messages(mails) {
			seen[m.To.Reveal()]++
		}
		if len(seen) != mails {
			t.Errorf("%d people got %d mails", len(seen), mails)
		}
	})
}

func TestTakeEndsWithItsContext(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := r.outbox.Take(ctx, 1, mailer.ShelfFirst); len(got) != 0 || err != nil && !errors.Is(err, mailer.ErrUnavailable) {
			t.Errorf("%v %v", got, err)
		}
	})
}

func TestDecodeMailRefuses(t *testing.T) {
	good := mailer.EncodeMail(mailer.CodeMail{Address: address(t, "a@example.jp"), Purpose: otp.Web})
	if _, err := mailer.DecodeMail(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"cut off":             func(b []byte) []byte { return b[:len(b)-1] },
		"longer":              func(b []byte) []byte { return append(b, 0) },
		"another version":     func(b []byte) []byte { b[0]++; return b },
		"an unknown purpose":  func(b []byte) []byte { b[1] = 9; return b },
		"an unknown flag":     func(b []byte) []byte { b[2] = 8; return b },
		"an address too long": func(b []byte) []byte { b[35] = 255; return b },
		"no address":          func(b []byte) []byte { b[35] = 0; clear(b[36:]); return b },
		"capital letters":     func(b []byte) []byte { b[36] = 'A'; return b },
		"something after it":  func(b []byte) []byte { b[len(b)-1] = 1; return b },
	} {
		_, err := mailer.DecodeMail(change(append([]byte(nil), good...)))
		if err == nil || strings.Contains(err.Error(), "example") {
			t.Errorf("%s: %v, want an error without the address", name, err)
		}
	}
}

func FuzzDecodeMail(f *testing.F) {
	a, err := email.Parse("foo..bar@docomo.ne.jp")
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range []mailer.CodeMail{
		{Address: a, Purpose: otp.Web, RequestedAt: time.UnixMilli(1690261500000)},
		{Address: a, Purpose: otp.Web, ListedOnly: true, RequestedAt: time.UnixMilli(1690261500000)},
		{Address: a, Purpose: otp.Phone, Long: true, ListedOnly: true, Owed: true, Nonce: [16]byte{1, 2, 3}, RequestedAt: time.UnixMilli(-1)},
	} {
		f.Add(mailer.EncodeMail(m))
	}
	f.Add([]byte{})
	f.Add(make([]byte, 282))
	f.Add(mailer.EncodeMailV1(mailer.CodeMail{Address: a, Purpose: otp.Web}))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := mailer.DecodeMail(b)
		if err != nil {
			return
		}
		if m.Address.IsZero() {
			t.Fatal("an entry without an address was read")
		}
		if diff := cmp.Diff(b, mailer.EncodeMail(m)); b[0] != 1 && diff != "" {
			t.Fatalf("read something that is written differently:\n%s", diff)
		}
	})
}
