package lookup_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
)

// TestBeginAsksForNoMail: it charges the network alone, and neither the outbox nor any
// limit on mails is asked.
func TestBeginAsksForNoMail(t *testing.T) {
	w := &world{faults: map[string]error{"enqueue": otp.ErrOutboxFull, "borrow send-global": &ratelimit.Exceeded{RetryAfter: time.Hour}}}
	s := w.service(t)
	if _, err := s.Start(t.Context(), client, "hanako@example.com"); !errors.Is(err, lookup.ErrNoMail) {
		t.Fatalf("asking for a mail: %v", err)
	}
	w.calls = nil
	begun, err := s.Begin(t.Context(), client, "hanako@example.com")
	if err != nil || begun.ID == "" || begun.Secret == "" || begun.ResendAfter != 0 || begun.CodeDigits != 8 || time.Until(begun.ExpiresAt) < lookup.Life-time.Minute {
		t.Errorf("begun without a mail: %+v, %v", begun, err)
	}
	if want := []string{"take request-ip", "take request-net"}; !slices.Equal(w.calls, want) {
		t.Errorf("it cost %q, want %q", w.calls, want)
	}
	w.verdict = otp.Verdict{Accepted: true, Evaluated: true}
	confirmed, err := s.Confirm(t.Context(), client, begun.ID, begun.Secret, "12345678901234567890")
	if err != nil || confirmed.Token == "" {
		t.Errorf("a long code: %v", err)
	}
}

// TestBeginStopsWhereStartDoes: what is shut, malformed, too much or in doubt.
func TestBeginStopsWhereStartDoes(t *testing.T) {
	w := &world{faults: map[string]error{}}
	s := w.service(t)
	for _, address := range []string{"", "hanako", "hanako@example.com,taro@example.com"} {
		if _, err := s.Begin(t.Context(), client, address); !errors.Is(err, lookup.ErrMalformedAddress) || len(w.calls) != 0 {
			t.Errorf("%q: %v after %q", address, err, w.calls)
		}
	}
	for limit, fault := range map[string]error{"take request-ip": &ratelimit.Exceeded{RetryAfter: time.Hour}, "take request-net": errDown} {
		w.faults = map[string]error{limit: fault}
		_, err := s.Begin(t.Context(), client, "hanako@example.com")
		if fault == errDown && !errors.Is(err, lookup.ErrUnavailable) || fault != errDown && !errors.As(err, new(*ratelimit.Exceeded)) {
			t.Errorf("%s: %v", limit, err)
		}
	}
	w.faults = nil
	s.Incident.ClosesAt = time.Now().Add(-time.Minute)
	if _, err := s.Begin(t.Context(), client, "hanako@example.com"); !errors.Is(err, lookup.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
