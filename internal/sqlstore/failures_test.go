package sqlstore_test

import (
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// TestFailedGuesses counts what the breaker counts: refused short codes of the page, by
// network, and nothing else.
func TestFailedGuesses(t *testing.T) {
	s := newStore(t)
	now := time.UnixMilli(1_690_000_000_000)
	row := func(network byte, age time.Duration, change func(*audit.Entry)) audit.Entry {
		e := audit.Entry{
			At: now.Add(-age), Actor: audit.Actor{Kind: audit.Customer, ID: "00ff"}, Action: audit.Guess, Outcome: audit.Refused,
			Purpose: "web", Tag: &breach.Tag{network}, Attempt: [16]byte{1}, Network: [16]byte{15: network}, Detail: audit.ShortCode,
		}
		if change != nil {
			change(&e)
		}
		return e
	}
	err := s.Audit().Append(t.Context(),
		row(1, 0, nil), row(1, time.Hour, nil), row(1, 24*time.Hour-time.Second, nil),
		row(1, 24*time.Hour, nil), row(2, 48*time.Hour, nil),
		row(2, 0, nil),
		row(6, 0, func(e *audit.Entry) { e.Purpose = "phone" }),
		row(3, 0, func(e *audit.Entry) { e.Detail = audit.LongCode }),
		row(4, 0, func(e *audit.Entry) { e.Outcome = audit.Accepted }),
		row(5, 0, func(e *audit.Entry) { e.Action, e.Outcome, e.Detail = audit.Disclosure, audit.Done, "" }),
	)
	if err != nil {
		t.Fatal(err)
	}
	got := map[[16]byte]int{}
	count := func(n [16]byte) bool { got[n]++; return true }
	if err := s.Audit().FailedGuesses(t.Context(), now.Add(-24*time.Hour), count); err != nil || len(got) != 2 || got[[16]byte{15: 1}] != 3 || got[[16]byte{15: 2}] != 1 {
		t.Errorf("%v, %v; want 3 of the first network and 1 of the second", got, err)
	}
	calls := 0
	enough := func([16]byte) bool { calls++; return calls < 2 }
	if err := s.Audit().FailedGuesses(t.Context(), now.Add(-24*time.Hour), enough); err != nil || calls != 2 {
		t.Errorf("it went on after it was told to stop: %d, %v", calls, err)
	}
}
