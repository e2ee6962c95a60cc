package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/vault"
)

func TestWriteAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exposure.key")
	server, operator := generate(t)
	if err := vault.WriteNew(path, server); err != nil {
		t.Fatal(err)
	}
	if err := vault.WriteNew(path+".operator", operator); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := vault.WriteNew(path, operator); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a key file: %v, want ErrExist", err)
	}
	s, err := vault.LoadServer(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.KeyCheck() != parseServer(t, server).KeyCheck() {
		t.Error("the file on the disk holds other keys")
	}
	if _, err := vault.LoadOperator(path + ".operator"); err != nil {
		t.Error(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o602, 0o644, 0o610} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.LoadServer(path); !errors.Is(err, vault.ErrPermissions) {
			t.Errorf("mode %04o: %v, want ErrPermissions", mode, err)
		}
	}
	if _, err := vault.LoadServer(path + ".none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := vault.LoadServer(filepath.Dir(path)); !errors.Is(err, vault.ErrWrongKind) {
		t.Errorf("a folder: %v, want ErrWrongKind", err)
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	server, operator := generate(t)
	edit := func(f func(*keyFile)) []byte {
		k := decode(t, server)
		f(&k)
		return k.encode(t)
	}
	first := func(f func(map[string]any)) []byte { return edit(func(k *keyFile) { f(k.Keys[0]) }) }
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, vault.ErrDamaged},
		{"no JSON", []byte("-----BEGIN PRIVATE KEY-----"), vault.ErrDamaged},
		{"JSON of something else", []byte(`{}`), vault.ErrWrongKind},
		{"operator file", operator, vault.ErrWrongKind},
		{"other kind", edit(func(k *keyFile) { k.Kind = "exposure" }), vault.ErrWrongKind},
		{"newer format", edit(func(k *keyFile) { k.Format = 2 }), vault.ErrUnsupported},
		{"trailing data", append(bytes.Clone(server), "{}"...), vault.ErrDamaged},
		{"unknown field", bytes.Replace(server, []byte(`"format"`), []byte(`"formal": 1, "format"`), 1), vault.ErrDamaged},
		{"field twice", bytes.Replace(server, []byte(`"format"`), []byte(`"format": 1, "format"`), 1), vault.ErrDamaged},
		{"unknown purpose", first(func(k map[string]any) { k["purpose"] = "everything" }), vault.ErrUnsupported},
		{"operator's purpose", first(func(k map[string]any) { k["purpose"] = "evidence" }), vault.ErrUnsupported},
		{"duplicate id", edit(func(k *keyFile) { k.Keys[1]["id"] = k.Keys[0]["id"] }), vault.ErrDamaged},
		{"odd id", first(func(k map[string]any) { k["id"] = "../../x" }), vault.ErrDamaged},
		{"upper-case id", first(func(k map[string]any) { k["id"] = "ABCDEF01" }), vault.ErrDamaged},
		{"no id", first(func(k map[string]any) { k["id"] = "" }), vault.ErrDamaged},
		{"no time", first(func(k map[string]any) { delete(k, "created") }), vault.ErrDamaged},
		{"short key", first(func(k map[string]any) { k["secret"] = "Y2FuYXJ5" }), vault.ErrDamaged},
		{"long key", first(func(k map[string]any) { k["secret"] = strings.Repeat("QUFB", 11) }), vault.ErrDamaged},
		{"zero key", first(func(k map[string]any) { k["secret"] = strings.Repeat("A", 43) + "=" }), vault.ErrDamaged},
		{"no base64", first(func(k map[string]any) { k["secret"] = "canary!" }), vault.ErrDamaged},
		{"missing key", edit(func(k *keyFile) { k.Keys = k.Keys[1:] }), vault.ErrDamaged},
		{"no keys", edit(func(k *keyFile) { k.Keys = nil }), vault.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := vault.ParseServer(c.data)
			if !errors.Is(err, c.want) || s != nil {
				t.Fatalf("ParseServer = %v, %v; want %v", s, err, c.want)
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2FuYXJ5") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
	if _, err := vault.ParseOperator(server); !errors.Is(err, vault.ErrWrongKind) {
		t.Errorf("a server file as the operator's: %v, want ErrWrongKind", err)
	}
}

// TestTruncatedFilesAreRefused cuts a file off at every byte. Only the line break at the
// end may be missing.
func TestTruncatedFilesAreRefused(t *testing.T) {
	server, operator := generate(t)
	for n := range len(server) - 1 {
		if _, err := vault.ParseServer(server[:n]); !errors.Is(err, vault.ErrDamaged) {
			t.Fatalf("cut off after %d bytes: %v, want ErrDamaged", n, err)
		}
	}
	for n := range len(operator) - 1 {
		if _, err := vault.ParseOperator(operator[:n]); !errors.Is(err, vault.ErrDamaged) {
			t.Fatalf("cut off after %d bytes: %v, want ErrDamaged", n, err)
		}
	}
}

func FuzzParseServer(f *testing.F) {
	server, operator := generate(f)
	f.Add(server)
	f.Add(operator)
	f.Add([]byte(`{"kind":"exposure-server-keys","format":1,"keys":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := vault.ParseServer(data); (s == nil) == (err == nil) {
			t.Fatalf("ParseServer = %v, %v", s, err)
		}
	})
}
