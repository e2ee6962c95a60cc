package sqlstore_test

import (
	"errors"
	"testing"

	"exposure/internal/sqlstore"
)

// TestRowsOfOthers: rows of this program are not those of others, and a count that is gone is
// not none.
func TestRowsOfOthers(t *testing.T) {
	s := newStore(t)
	s.guesses(t, 0, 3)
	if n, err := s.Audit().RowsOfOthers(t.Context()); n != 0 || err != nil {
		t.Errorf("of our own: %d, %v", n, err)
	}
	other := s.in(t, s.path)
	other.guesses(t, 3, 2)
	if n, err := s.Audit().RowsOfOthers(t.Context()); n != 2 || err != nil {
		t.Errorf("of another: %d, %v", n, err)
	}
	s.harm(t, []string{`CREATE TABLE kept AS SELECT * FROM audit_tree`, `DELETE FROM audit_tree`})
	defer s.harm(t, []string{`INSERT INTO audit_tree SELECT * FROM kept`})
	if n, err := s.Audit().RowsOfOthers(t.Context()); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("without a count: %d, %v, want ErrLogAltered", n, err)
	}
}
