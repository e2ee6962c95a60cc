package sqlstore_test

import (
	"errors"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestNoVersionThatIsTooLargeForCodes: a version of more people than codes keep apart from a
// guess is neither published nor answered from, whoever asks the store for it.
func TestNoVersionThatIsTooLargeForCodes(t *testing.T) {
	const most = 27_322_404
	s := newStore(t)
	s.publish(t, "a", 3, 1)
	id, err := commit(t.Context(), s.roster, "b", 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	publish := func() error {
		return s.roster.Publish(t.Context(), id, sqlstore.Publication{By: "A", ApprovedBy: "B", Override: "a test"}, entryFor(audit.Publish, start))
	}
	recount := func(people int64) {
		t.Helper()
		if err := sqlstore.Recount(t.Context(), s.roster, id, people); err != nil {
			t.Fatal(err)
		}
	}
	for people, tooMany := range map[int64]bool{most: false, most + 1: true, 1 << 40: true} {
		recount(people)
		dry := s.roster.Publishable(t.Context(), id, sqlstore.Publication{By: "A", ApprovedBy: "B"})
		if err := publish(); err == nil || dry == nil || errors.Is(err, otp.ErrTooManyPeople) != tooMany || errors.Is(dry, otp.ErrTooManyPeople) != tooMany {
			t.Errorf("%d people: %v, dry %v; too many: %v", people, err, dry, tooMany)
		}
	}
	recount(5)
	if err := errors.Join(publish(), s.roster.Check(t.Context())); err != nil {
		t.Fatalf("as it was: %v", err)
	}
	recount(most + 1)
	if err := s.roster.Check(t.Context()); !errors.Is(err, otp.ErrTooManyPeople) {
		t.Errorf("published, Check = %v, want ErrTooManyPeople", err)
	}
}
