package vault_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"exposure/internal/vault"
)

func TestSealing(t *testing.T) {
	s := newServer(t)
	plain, ad := []byte("a session of somebody"), []byte("token")
	sealed := s.Seal("session", plain, ad)
	if got, err := s.Open("session", sealed, ad); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Equal(sealed, s.Seal("session", plain, ad)) {
		t.Error("sealed twice the same")
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		if _, err := s.Open("session", bent, ad); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("byte %d bent: %v, want ErrSealed", i, err)
		}
		if _, err := s.Open("session", sealed[:i], ad); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("cut off at %d: %v, want ErrSealed", i, err)
		}
	}
	for name, err := range map[string]error{
		"another label":   second(s.Open("verification", sealed, ad)),
		"another token":   second(s.Open("session", sealed, []byte("other"))),
		"no token":        second(s.Open("session", sealed, nil)),
		"longer":          second(s.Open("session", append(bytes.Clone(sealed), 0), ad)),
		"other keys":      second(newServer(t).Open("session", sealed, ad)),
		"other purpose":   secondString(s.OpenMemberID(sealed)),
		"other way round": second(s.Open("member-id", s.SealMemberID("7"), nil)),
	} {
		if !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func TestMemberIDs(t *testing.T) {
	s := newServer(t)
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.String().Draw(rt, "id")
		got, err := s.OpenMemberID(s.SealMemberID(id))
		if err != nil || got != id {
			rt.Fatalf("OpenMemberID = %q, %v; want %q", got, err, id)
		}
	})
	if len(s.SealMemberID("1")) != len(s.SealMemberID("1234567890")) {
		t.Error("the length of a sealed member id tells old members from new ones")
	}
}
