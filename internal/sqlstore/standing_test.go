package sqlstore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/otp"
)

// TestStandingCountsWhatWeighs: the budget of one address and one purpose, and nothing
// that anybody else can fill it with.
func TestStandingCountsWhatWeighs(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	log := s.Audit()
	var entries []audit.Entry
	add := func(n int, purpose otp.Purpose, outcome audit.Outcome, form string) audit.Entry {
		e := guess(n, purpose, outcome)
		tag := tagOf(1)
		e.Tag, e.Detail = &tag, form
		entries = append(entries, e)
		return e
	}
	first := add(1, otp.Web, audit.Refused, audit.ShortCode)
	second := add(2, otp.Web, audit.Accepted, audit.LongCode)
	add(3, otp.Phone, audit.Refused, audit.ShortCode)
	for n := range 100 { // an attacker who sends long codes crowds nothing out
		add(100+n, otp.Web, audit.Refused, audit.LongCode)
	}
	entries = append(entries, guess(2, otp.Web, audit.Refused)) // somebody else's
	told := second
	told.Action, told.Outcome = audit.Disclosure, audit.Done
	entries = append(entries, told)
	if err := log.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	want := []otp.Past{{Attempt: second.Attempt, At: second.At, Accepted: true}, {Attempt: first.Attempt, At: first.At}}
	standing, err := s.roster.Standing(t.Context(), nameOf(1), otp.Web)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, standing); diff != "" {
		t.Error(diff)
	}
	past, err := log.Past(t.Context(), nameOf(1), otp.Web)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, past); diff != "" {
		t.Error(diff)
	}
}

// TestSuccessesPushNoFailureOut: however often somebody got in since, their failures are read,
// the newest fifty of each, newest first; by a process that has read them before, by one that
// has not, and for an address nobody knows, which has its budget all the same.
func TestSuccessesPushNoFailureOut(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	attempts := 0
	add := func(n int, outcomes ...audit.Outcome) (written []otp.Past) {
		t.Helper()
		var entries []audit.Entry
		for range n {
			for _, o := range outcomes {
				e := guess(attempts, otp.Web, o)
				tag := tagOf(99)
				e.Tag = &tag
				entries = append(entries, e)
				written = append(written, otp.Past{Attempt: e.Attempt, At: e.At, Accepted: o == audit.Accepted})
				attempts++
			}
		}
		if err := s.Audit().Append(t.Context(), entries...); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(written)
		return written
	}
	check := func(want []otp.Past) {
		t.Helper()
		standing, err := s.roster.Standing(t.Context(), nameOf(99), otp.Web)
		past, err2 := s.Audit().Past(t.Context(), nameOf(99), otp.Web)
		if errors.Join(err, err2) != nil || !slices.Equal(standing, want) || !slices.Equal(past, want) {
			t.Fatalf("%d and %d guesses, or others, want %d; %v, %v", len(standing), len(past), len(want), err, err2)
		}
	}
	failures := add(10, audit.Refused)
	check(failures)
	accepted := add(120, audit.Accepted)
	check(slices.Concat(accepted[:otp.PastKept], failures))
	s.reopen(t)
	check(slices.Concat(accepted[:otp.PastKept], failures))
	mixed := add(120, audit.Refused, audit.Accepted)
	check(mixed[:2*otp.PastKept])
	s.reopen(t)
	check(mixed[:2*otp.PastKept])
}
