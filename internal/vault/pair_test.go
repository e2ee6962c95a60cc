package vault_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"exposure/internal/vault"
)

func TestThePairFits(t *testing.T) {
	data, secret := generate(t)
	operator, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	server := parseServer(t, data)
	if err := operator.Belongs(server); err != nil {
		t.Errorf("a fresh pair: %v", err)
	}
	if err := operator.Belongs(newServer(t)); !errors.Is(err, vault.ErrNotPair) {
		t.Errorf("files of two installations: %v, want ErrNotPair", err)
	}
	sealed := operator.SealEvidence([]byte("order 1"), []byte("person 1"))
	if got, err := operator.OpenEvidence(sealed, []byte("person 1")); err != nil || string(got) != "order 1" {
		t.Errorf("OpenEvidence = %q, %v", got, err)
	}
	if _, err := operator.OpenEvidence(sealed, []byte("person 2")); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("evidence of another person: %v, want ErrSealed", err)
	}
}

// TestKeysAreIndependent: no key occurs twice, in one file or in two installations.
func TestKeysAreIndependent(t *testing.T) {
	seen := map[string]string{}
	for range 2 {
		server, operator := generate(t)
		for _, data := range [][]byte{server, operator} {
			for _, k := range decode(t, data).Keys {
				secret, purpose := k["secret"].(string), k["purpose"].(string)
				if other, ok := seen[secret]; ok {
					t.Errorf("%s and %s share a key", purpose, other)
				}
				seen[secret] = purpose
			}
		}
	}
	if len(seen) != 2*11 {
		t.Errorf("%d keys of two installations, want 22", len(seen))
	}
}

func TestConcurrentUse(t *testing.T) {
	s := newServer(t)
	a := address(t, "a@example.jp")
	tag, mac := s.Tag(a), s.CodeMAC([]byte("x"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				label := fmt.Sprint(i % 5)
				if _, err := s.Open(label, s.Seal(label, []byte("x"), nil), nil); err != nil || s.Tag(a) != tag || s.CodeMAC([]byte("x")) != mac {
					t.Errorf("wrong under concurrency: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}
