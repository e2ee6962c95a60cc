package sqlstore_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"exposure/internal/audit"
)

// TestPurgedLogIsExactlyWhatWasSigned: with public keys alone, a log is what its last head
// was signed over, and neither shorter, longer nor another.
func TestPurgedLogIsExactlyWhatWasSigned(t *testing.T) {
	s := newStore(t)
	s.guesses(t, 0, 7)
	first := s.head(t)
	s.guesses(t, 7, 5)
	last := s.head(t)
	other := newStore(t)
	other.guesses(t, 100, 12)
	another := other.head(t)

	for _, c := range []struct {
		name string
		last audit.Head
		keys []ed25519.PublicKey
		kept []audit.Head
		want string // within the finding; empty: none
	}{
		{"whole", last, s.keys.AuditVerifiers(), []audit.Head{first}, ""},
		{"rows after the last head", first, s.keys.AuditVerifiers(), nil, "row 8 was added after the log was signed for the last time"},
		{"rows missing", audit.Head{Size: 13, Root: last.Root, At: last.At}, s.keys.AuditVerifiers(), nil, "row 13 is missing"},
		{"another log", another, s.keys.AuditVerifiers(), nil, "is not what was signed"},
		{"another log was kept", last, s.keys.AuditVerifiers(), []audit.Head{another}, "is not what was signed"},
		{"heads of other keys", last, other.keys.AuditVerifiers(), nil, "signed under another key file"},
	} {
		v, err := s.VerifyPurged(t.Context(), c.last, c.keys, c.kept, nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		switch {
		case c.want == "" && (v.Bad != nil || v.Rows != 12 || v.Kept != 1 || v.Heads == 0):
			t.Errorf("%s: %+v", c.name, v)
		case c.want != "" && (v.Bad == nil || !strings.Contains(v.Bad.String(), c.want)):
			t.Errorf("%s: found %v, want %q", c.name, v.Bad, c.want)
		}
	}
}
