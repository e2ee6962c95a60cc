package vault_test

import (
	"encoding/json"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/vault"
)

var made = time.Date(2023, 7, 20, 12, 0, 0, 0, time.UTC)

func generate(t testing.TB) (server, operator []byte) {
	t.Helper()
	server, operator, err := vault.Generate(made)
	if err != nil {
		t.Fatal(err)
	}
	return server, operator
}

func newServer(t testing.TB) *vault.Server {
	t.Helper()
	data, _ := generate(t)
	return parseServer(t, data)
}

func parseServer(t testing.TB, data []byte) *vault.Server {
	t.Helper()
	s, err := vault.ParseServer(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func address(t testing.TB, s string) email.Address {
	t.Helper()
	a, err := email.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keyFile is a key file as somebody with an editor sees it.
type keyFile struct {
	Kind   string           `json:"kind"`
	Format int              `json:"format"`
	Keys   []map[string]any `json:"keys"`
}

func decode(t testing.TB, data []byte) keyFile {
	t.Helper()
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f keyFile) encode(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func second(_ []byte, err error) error       { return err }
func secondString(_ string, err error) error { return err }
