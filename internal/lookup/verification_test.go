package lookup_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/lookup"
	"exposure/internal/otp"
)

// TestAnIDOpensOnlyInItsTime: for its hour, and as long before it was made, where another node's
// clock is slow. An id of a clock that was wrong by more would live on for as long, and reaches
// no store.
func TestAnIDOpensOnlyInItsTime(t *testing.T) {
	made := time.Now()
	for _, c := range []struct {
		age   time.Duration
		opens bool
	}{
		{0, true},
		{lookup.Life - time.Millisecond, true},
		{lookup.Life, false},
		{100 * 24 * time.Hour, false},
		{-lookup.Life + time.Second, true},
		{-lookup.Life - time.Second, false},
		{-100 * 24 * time.Hour, false},
	} {
		w := &world{verdict: otp.Verdict{Evaluated: true}}
		s := w.service(t)
		s.Now = func() time.Time { return made }
		v, err := s.Start(t.Context(), client, "hanako@example.jp")
		if err != nil {
			t.Fatal(err)
		}
		s.Now = func() time.Time { return made.Truncate(time.Millisecond).Add(c.age) }
		w.calls = nil
		_, err = s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
		if errors.Is(err, lookup.ErrNotFound) == c.opens || w.did("redeem") != c.opens || !c.opens && len(w.calls) > 0 {
			t.Errorf("at an age of %v: %v, it did %v; opens: %t", c.age, err, w.calls, c.opens)
		}
		w.calls = nil
		_, err = s.Resend(t.Context(), client, v.ID, v.Secret)
		if errors.Is(err, lookup.ErrNotFound) == c.opens || w.did("enqueue") != c.opens {
			t.Errorf("one more code at an age of %v: %v, it did %v; opens: %t", c.age, err, w.calls, c.opens)
		}
	}
}
