package otp_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/otp"
)

// TestMemoryOfVerificationsIsBounded: beyond the bound verifications that no code was mailed for
// are turned away, those that run are not forgotten, and whoever was mailed a code gets in.
func TestMemoryOfVerificationsIsBounded(t *testing.T) {
	now := time.UnixMilli(1_690_000_000_000)
	w := &world{tb: t, Store: otp.NewMemory(otp.Config{Now: func() time.Time { return now }}), now: now}
	p, first := w.person(), w.person().visit(otp.Web)
	mine := p.visit(otp.Web)
	m := mine.mail()
	a := first.attempt("12345678")
	for n := 0; ; n++ {
		got, err := w.Redeem(t.Context(), a)
		if errors.Is(err, otp.ErrUnavailable) {
			break
		}
		if err != nil || n > 1_000_000 {
			t.Fatalf("after %d: %+v, %v", n, got, err)
		}
		a.ID, a.Nonce = random16(), random16()
	}
	if got := first.want("12345678", otp.NoCode); got.AttemptsLeft != 3 {
		t.Errorf("a verification that runs has %d tries left, want 3", got.AttemptsLeft)
	}
	mine.want(m.digits, otp.Accepted)
	now = now.Add(90 * time.Minute)
	if got := first.want("12345678", otp.NoCode); got.AttemptsLeft != 4 {
		t.Errorf("%+v once it is forgotten", got)
	}
}
