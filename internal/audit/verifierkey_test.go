package audit_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"

	"exposure/internal/audit"
)

// TestVerifierKeyIsReadBack: what was written is read, and nothing that differs from it.
func TestVerifierKeyIsReadBack(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := audit.VerifierKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := audit.ParseVerifierKey(text); err != nil || !got.Equal(public) {
		t.Errorf("%q was read as %x, %v", text, got, err)
	}
	altered := []byte(text)
	for i := range altered {
		was := altered[i]
		for _, b := range []byte("A+0=") {
			if altered[i] = b; b == was {
				continue
			}
			if key, err := audit.ParseVerifierKey(string(altered)); !errors.Is(err, audit.ErrVerifierKey) {
				t.Errorf("%q was read as %x, %v", altered, key, err)
			}
		}
		altered[i] = was
	}
	for _, bad := range []string{"", text + "\n", text[:len(text)-4], "exposure-audit+00000000"} {
		if _, err := audit.ParseVerifierKey(bad); !errors.Is(err, audit.ErrVerifierKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
