package mailer_test

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"exposure/internal/breaker"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// attacked is a day on which that many networks failed once each.
type attacked int

func (a attacked) FailedGuesses(_ context.Context, _ time.Time, each func([16]byte) bool) error {
	for i := range int(a) {
		var network [16]byte
		binary.LittleEndian.PutUint64(network[:], uint64(i)) // a block each
		each(network)
	}
	return nil
}

// TestCodesUnderAttack: web codes get longer, and none gets shorter by it; those of the
// telephone stay as they are, because nobody on the page can try them.
func TestCodesUnderAttack(t *testing.T) {
	for _, c := range []struct {
		failures, usual int
		web, phone      int
	}{
		{0, 8, 8, 8}, {2_000, 8, 10, 8}, {2_000, 9, 10, 8}, {2_000, 12, 12, 8}, {20_000, 8, 20, 8},
	} {
		r := newRig(t)
		config := r.config()
		config.Digits = func() int { return c.usual }
		var err error
		if config.Breaker, err = breaker.New(t.Context(), breaker.Config{Log: attacked(c.failures)}); err != nil {
			t.Fatal(err)
		}
		_, stop := r.run(config)
		for n, want := range []int{c.web, c.phone} {
			m := r.request([]string{"web@example.jp", "phone@example.jp"}[n])
			m.Purpose = []otp.Purpose{otp.Web, otp.Phone}[n]
			r.enqueue(m)
			var mail mailer.Message
			for _, mail = range r.messages(n + 1) {
				if mail.To == m.Address {
					break
				}
			}
			code := codeIn(t, mail.Body)
			if len(code) != want || !r.accepts(m, code) {
				t.Errorf("after %d failures a %s code has %d digits, want %d, or is not accepted", c.failures, m.Purpose, len(code), want)
			}
		}
		stop()
	}
}

// TestAMailThatWaitedCarriesALongCode: a short one would be over sooner than its mail says, with
// the hour of its verification.
func TestAMailThatWaitedCarriesALongCode(t *testing.T) {
	r := newRig(t)
	for n, c := range []struct {
		waited time.Duration
		digits int
	}{{29 * time.Minute, 8}, {31 * time.Minute, 20}} {
		m := r.request([]string{"soon@example.jp", "late@example.jp"}[n])
		m.RequestedAt = time.Now().Add(-c.waited)
		r.enqueue(m)
		_, stop := r.run(r.config())
		mail := r.messages(n + 1)[n]
		stop()
		if code := codeIn(t, mail.Body); len(code) != c.digits || !r.accepts(m, code) {
			t.Errorf("after %v the code has %d digits, want %d, or is not accepted", c.waited, len(code), c.digits)
		}
	}
}
