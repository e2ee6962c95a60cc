package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// TestDeskIsOneDay: what was done at the desk in a span of time, in order, and nothing else;
// rows of other days are not even read, and one of this day that was altered ends it.
func TestDeskIsOneDay(t *testing.T) {
	s := newStore(t)
	day, next := start, start.Add(24*time.Hour)
	tag := tagOf(1)
	at := func(at time.Time, a audit.Action, o audit.Outcome, purpose string) audit.Entry {
		e := deskEntry(a, at)
		e.Outcome, e.Purpose = o, purpose
		if e.Tag = &tag; a == audit.Publish {
			e.Version = 1
		}
		return e
	}
	first, last := at(day, audit.CallOpen, audit.Done, ""), at(next.Add(-time.Millisecond), audit.CallEnd, audit.Done, "")
	guess := at(day.Add(time.Hour), audit.Guess, audit.Accepted, "phone")
	guess.Attempt = [16]byte{1}
	web := guess
	web.Purpose, web.Actor = "web", audit.Actor{Kind: audit.Customer, ID: "0a"}
	canary := at(day.Add(2*time.Hour), audit.CanaryTouched, audit.Done, "")
	if err := s.Audit().Append(t.Context(),
		at(day.Add(-time.Millisecond), audit.CallOpen, audit.Done, ""), first, guess, web, canary,
		at(day.Add(3*time.Hour), audit.Publish, audit.Done, ""), last, at(next, audit.CallEnd, audit.Done, "")); err != nil {
		t.Fatal(err)
	}
	opened(t, s.Tickets(s.keys), false, day.Add(time.Hour)) // of the desk, and counted from its own table
	seen := func(from, to time.Time) (all []string, err error) {
		err = s.Audit().Desk(t.Context(), from, to, func(e audit.Entry) error {
			all = append(all, e.At.UTC().Format(time.TimeOnly)+" "+string(e.Action))
			return nil
		})
		return all, err
	}
	var want []string
	for _, e := range []audit.Entry{first, guess, canary, last} {
		want = append(want, e.At.UTC().Format(time.TimeOnly)+" "+string(e.Action))
	}
	is := func(when string) {
		t.Helper()
		if got, err := seen(day, next); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v %s", when, err, cmp.Diff(want, got))
		}
	}
	is("as written")
	enough := errors.New("enough")
	if err := s.Audit().Desk(t.Context(), day, next, func(audit.Entry) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("what the visitor said: %v", err)
	}
	if _, err := seen(next, day); err == nil {
		t.Error("a span that ends before it begins is read")
	}
	raw := s.raw(t)
	broken := func(a audit.Action, at time.Time) {
		t.Helper()
		if err := run(raw, `UPDATE audit_entries SET seal = zeroblob(length(seal)) WHERE action = ? AND at = ?`, string(a), at.UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
	broken(audit.CallOpen, day.Add(-time.Millisecond))
	broken(audit.CallEnd, next)
	broken(audit.Publish, day.Add(3*time.Hour))
	is("with rows of other days, and none of the desk's, altered")
	if _, err := seen(day.Add(-time.Hour), next); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("the day before as well: %v, want ErrUnproven", err)
	}
	if err := run(raw, `UPDATE audit_entries SET at = ? WHERE action = 'call_end' AND at = ?`, next.Add(-time.Hour).UnixMilli(), next.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if _, err := seen(day, next); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a row that was moved into the day: %v, want ErrUnproven", err)
	}
}

// TestAnAlteredRowOfTheDeskIsCountedNowhere: each column that tells of it.
func TestAnAlteredRowOfTheDeskIsCountedNowhere(t *testing.T) {
	for name, harm := range map[string]string{
		"its seal": `UPDATE audit_entries SET seal = zeroblob(length(seal)) WHERE seq = (SELECT max(seq) FROM audit_entries)`,
		"its text": `UPDATE audit_entries SET encoded = (SELECT encoded FROM audit_entries WHERE action = 'call_open') WHERE action = 'call_end'`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			if err := s.Audit().Append(t.Context(), deskEntry(audit.CallOpen, start), deskEntry(audit.CallEnd, start.Add(time.Minute))); err != nil {
				t.Fatal(err)
			}
			if err := run(s.raw(t), harm); err != nil {
				t.Fatal(err)
			}
			n := 0
			err := s.Audit().Desk(t.Context(), start, start.Add(time.Hour), func(audit.Entry) error { n++; return nil })
			if !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("%d rows were visited, %v; want ErrUnproven", n, err)
			}
		})
	}
}
