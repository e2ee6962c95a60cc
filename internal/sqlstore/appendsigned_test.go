package sqlstore_test

import (
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestAppendSigned: the row and its head are there in one commit, or neither: a log that takes
// rows and no heads keeps none.
func TestAppendSigned(t *testing.T) {
	s := newStore(t)
	if err := s.Audit().AppendSigned(t.Context(), guess(0, otp.Web, audit.Refused)); err != nil {
		t.Fatal(err)
	}
	if h, _, err := s.NewestHead(t.Context(), s.keys); err != nil || h.Size != 1 {
		t.Errorf("the head is over %d rows, %v; want 1", h.Size, err)
	}
	write, read := sqlstore.Pools(s.DB)
	if err := run(write, `CREATE TRIGGER none BEFORE INSERT ON audit_heads BEGIN SELECT RAISE(ABORT, 'none'); END`); err != nil {
		t.Fatal(err)
	}
	if err := s.Audit().AppendSigned(t.Context(), guess(1, otp.Web, audit.Refused)); !sqlstore.Edited(err) {
		t.Errorf("without a head: %v", err)
	}
	if n := count(t, read, `SELECT count(*) FROM audit_entries`); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}
