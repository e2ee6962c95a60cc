package lookup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"exposure/internal/breaker"
	"exposure/internal/lookup"
	"exposure/internal/otp"
)

// noFailures is an audit log without wrong codes.
type noFailures struct{}

func (noFailures) FailedGuesses(context.Context, time.Time, func([16]byte) bool) error { return nil }

// TestWhatTheBreakerCounts: a guess counts if it was compared and wrong, and if nobody knows
// whether it was compared: whoever could have replies of Redis lost would guess on unseen.
func TestWhatTheBreakerCounts(t *testing.T) {
	lost := map[string]error{"redeem": errDown}
	for _, c := range []struct {
		name    string
		verdict otp.Verdict
		faults  map[string]error
		code    string
		counts  int
	}{
		{"a wrong code", otp.Verdict{Evaluated: true}, nil, "12345678", 1},
		{"a right code", otp.Verdict{Accepted: true, Evaluated: true}, nil, "12345678", 0},
		{"a guess that was not compared", otp.Verdict{}, nil, "12345678", 0},
		{"a verdict that was lost", otp.Verdict{}, lost, "12345678", 1},
		{"a right code whose verdict was lost", otp.Verdict{Accepted: true, Evaluated: true}, lost, "12345678", 1},
		{"a long code whose verdict was lost", otp.Verdict{}, lost, "12345678901234567890", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{verdict: c.verdict}
			s := w.service(t)
			var err error
			if s.Breaker, err = breaker.New(t.Context(), breaker.Config{Log: noFailures{}}); err != nil {
				t.Fatal(err)
			}
			v, err := s.Start(t.Context(), client, "hanako@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			w.faults = c.faults
			_, err = s.Confirm(t.Context(), client, v.ID, v.Secret, c.code)
			if errors.Is(err, lookup.ErrUnavailable) != (c.faults != nil) {
				t.Errorf("it was answered: %v", err)
			}
			if got := s.Breaker.Failures(); got != c.counts {
				t.Errorf("it counts %d times, want %d", got, c.counts)
			}
		})
	}
}
