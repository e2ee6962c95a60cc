package sqlstore_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestGuessesAreReadAgainWhenAnybodyElseCommits: what was read once is added to by this
// process, costs no statement, and is not believed any more as soon as another program has
// written anything.
func TestGuessesAreReadAgainWhenAnybodyElseCommits(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	raw := s.raw(t)
	statements := sqlstore.CountStatements(s.DB, "file:"+s.path)
	standing := func() ([]otp.Past, int64, error) {
		before := statements.Load()
		past, err := s.roster.Standing(t.Context(), nameOf(1), otp.Web)
		return past, statements.Load() - before, err
	}
	for range 2 { // the first learns which version is published
		if past, _, err := standing(); len(past) != 0 || err != nil {
			t.Fatal(past, err)
		}
	}
	if past, n, err := standing(); len(past) != 0 || n != 0 || err != nil {
		t.Errorf("asked again: %v by %d statements, %v", past, n, err)
	}
	if err := s.Audit().Append(t.Context(), guess(1, otp.Web, audit.Refused), guess(1, otp.Phone, audit.Refused), guess(2, otp.Web, audit.Refused)); err != nil {
		t.Fatal(err)
	}
	past, n, err := standing()
	if len(past) != 1 || past[0].Attempt != guess(1, otp.Web, audit.Refused).Attempt || n != 0 || err != nil {
		t.Errorf("after a guess: %v by %d statements, %v", past, n, err)
	}
	if err := run(raw, `UPDATE audit_entries SET encoded = x'' WHERE weighs = 1`); err != nil {
		t.Fatal(err)
	}
	if past, _, err := standing(); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("after another program's commit: %v, %v, want ErrUnproven", past, err)
	}
}

// TestNoGuessIsMissed: whoever has a guess committed finds it among the address's guesses,
// and all that were committed before, whatever others write and ask meanwhile.
func TestNoGuessIsMissed(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	log, raw := s.Audit(), s.raw(t)
	var last atomic.Int64
	var guessers sync.WaitGroup
	for range 8 {
		guessers.Go(func() {
			for range 40 {
				n := int(last.Add(1))
				if n%5 == 0 { // another program
					if err := run(raw, fmt.Sprintf(`PRAGMA user_version = %d`, n)); err != nil {
						t.Error(err)
					}
				}
				e := guess(n, otp.Web, audit.Refused)
				tag := tagOf(n % 3)
				e.Tag = &tag
				if err := log.Append(t.Context(), e); err != nil {
					t.Error(err)
					return
				}
				past, err := s.roster.Standing(t.Context(), nameOf(n%3), otp.Web)
				mine := func(p otp.Past) bool { return p.Attempt == e.Attempt && p.At.Equal(e.At) }
				if err != nil || !slices.ContainsFunc(past, mine) {
					t.Errorf("guess %d is not among %d, %v", n, len(past), err)
				}
			}
		})
	}
	guessers.Wait()
	for n := range 3 {
		kept, err := s.roster.Standing(t.Context(), nameOf(n), otp.Web)
		if err2 := run(raw, `PRAGMA user_version = 7`); errors.Join(err, err2) != nil {
			t.Fatal(err, err2)
		}
		read, err := s.roster.Standing(t.Context(), nameOf(n), otp.Web)
		if err != nil || len(read) != 50 || !slices.Equal(kept, read) {
			t.Errorf("address %d: %d kept, %d read, or others; %v", n, len(kept), len(read), err)
		}
	}
}
