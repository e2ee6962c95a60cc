package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"exposure/internal/vault"
)

// TestCopiesAreKeyFilesOnly: what rotation, editors and interrupted writes leave is found
// by its content, and nothing else is.
func TestCopiesAreKeyFilesOnly(t *testing.T) {
	dir := t.TempDir()
	server, operator := generate(t)
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := []vault.Copy{
		{write(".exposure.key.tmp", server[:200]), true, false},
		{write("exposure.key", server), true, false}, {write("exposure.key.2026-01-02", server), true, false},
		{write("exposure.key.both", slices.Concat(server, operator)), true, true}, {write("exposure.key.operator", operator), false, true},
		{write("exposure.key~", server), true, false},
	}
	write("exposure.key.txt", []byte("where the keys are: in the safe"))
	write("other.key", server)
	if err := os.Mkdir(filepath.Join(dir, "exposure.key.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := vault.Copies(filepath.Join(dir, "exposure.key"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %+v, want %+v", got, want)
	}
}

// TestShred: the bytes are gone under every name of the file, and so is the file.
func TestShred(t *testing.T) {
	dir := t.TempDir()
	server, _ := generate(t)
	path, link, other := filepath.Join(dir, "k"), filepath.Join(dir, "link"), filepath.Join(dir, "other")
	if err := errors.Join(os.WriteFile(path, server, 0o600), os.Symlink(path, link), os.Link(path, other)); err != nil {
		t.Fatal(err)
	}
	s, err := vault.Shred(link)
	if err != nil || s.Bytes != int64(len(server)) || !s.OtherNames {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, gone := range []string{path, link} {
		if _, err := os.Lstat(gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there", gone)
		}
	}
	left, err := os.ReadFile(other)
	if err != nil || len(left) != len(server) || bytes.Contains(left, server[:16]) || bytes.Equal(left, make([]byte, len(left))) {
		t.Errorf("the other name holds %d bytes, %v", len(left), err)
	}
	if _, err := vault.Shred(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Shred of what is gone = %v", err)
	}
	if _, err := vault.Shred(dir); err == nil {
		t.Error("a folder was destroyed")
	}
}
