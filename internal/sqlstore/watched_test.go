package sqlstore_test

import (
	"errors"
	"testing"

	"exposure/internal/sqlstore"
)

// TestAListWithoutItsSentinel: a list that is authentic row by row and as a whole, but for the row
// that every list has, as one that was read of another version would be, answers nobody.
func TestAListWithoutItsSentinel(t *testing.T) {
	s := newStore(t)
	version := s.publish(t, "a", 5, 1)
	if err := sqlstore.Unwatch(t.Context(), s.roster, version); err != nil {
		t.Fatal(err)
	}
	r := s.DB.Roster(s.keys, digest)
	_, _, err := r.Answer(t.Context(), nameOf(99))
	for does, err := range map[string]error{"Answer": err, "Ready": r.Ready(t.Context()), "Check": r.Check(t.Context())} {
		if !errors.Is(err, sqlstore.ErrAltered) {
			t.Errorf("%s = %v, want ErrAltered", does, err)
		}
	}
	next, err := commit(t.Context(), s.roster, "b", 9, 2)
	if err := errors.Join(err, sqlstore.Unwatch(t.Context(), s.roster, next)); err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Publishable(t.Context(), next, twoNames()); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("Publishable = %v, want ErrAltered", err)
	}
}

// TestPublishedWhileItIsRead: a version is published between the look at which one answers, which
// was proven before, and the answer. The answer is of the new one.
func TestPublishedWhileItIsRead(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	if _, _, err := s.roster.Answer(t.Context(), nameOf(8)); err != nil {
		t.Fatal(err)
	}
	var second int64
	got, err := sqlstore.AnswerMeanwhile(t.Context(), s.roster, nameOf(8), func() {
		if second == 0 {
			second = s.publish(t, "b", 9, 2)
		}
	})
	if err != nil || got != second {
		t.Errorf("read of version %d, %v; want %d", got, err, second)
	}
}
