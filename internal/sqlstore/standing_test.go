package sqlstore_test

import (
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

// TestStandingIsBounded: of many guesses the newest fifty are read, newest first.
func TestStandingIsBounded(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	var entries []audit.Entry
	for n := range 120 {
		e := guess(n, otp.Web, audit.Refused)
		tag := tagOf(99) // an address nobody knows has its budget all the same
		e.Tag = &tag
		entries = append(entries, e)
	}
	if err := s.Audit().Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	past, err := s.roster.Standing(t.Context(), nameOf(99), otp.Web)
	if err != nil || len(past) != 50 || past[0].Attempt != entries[119].Attempt || past[49].Attempt != entries[70].Attempt {
		t.Errorf("%d guesses, %v; want the newest 50", len(past), err)
	}
}
