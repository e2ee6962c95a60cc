package vault_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/vault"
)

// replaced puts another content in the place of a new key file, which is returned open and with its content of before.
func replaced(t *testing.T, path string, keptAs string) (*os.File, []byte) {
	t.Helper()
	server, _, err := vault.Generate(time.Now())
	if err := errors.Join(err, vault.WriteNew(path, server)); err != nil {
		t.Fatal(err)
	}
	if keptAs != "" {
		if err := os.Link(path, keptAs); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { old.Close() })
	c, err := vault.Change(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	to, _, err := vault.Files{Server: c.Data()}.Rotate([]string{"network"}, time.Now(), 0)
	if err := errors.Join(err, c.Prepare(to.Server), c.Commit()); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, to.Server) {
		t.Errorf("the new file is not in place: %v", err)
	}
	return old, server
}

// TestAReplacedKeyFileIsOverwritten: its bytes would outlive every later Shred.
func TestAReplacedKeyFileIsOverwritten(t *testing.T) {
	old, before := replaced(t, filepath.Join(t.TempDir(), "key"), "")
	after, err := io.ReadAll(old)
	if err != nil || len(after) != len(before) || bytes.Contains(after, before[:32]) {
		t.Errorf("the old file still holds what it held, or is of another length (%d, was %d): %v", len(after), len(before), err)
	}
}

// TestAReplacedKeyFileUnderAnotherNameIsKept: it may be somebody's only copy.
func TestAReplacedKeyFileUnderAnotherNameIsKept(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept")
	_, before := replaced(t, filepath.Join(dir, "key"), kept)
	if after, err := os.ReadFile(kept); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the other name lost its content: %v", err)
	}
}

// TestAnUnfinishedKeyFileIsDestroyed: it holds all keys; what a link points to is not ours.
func TestAnUnfinishedKeyFileIsDestroyed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	server, _, err := vault.Generate(time.Now())
	if err := errors.Join(err, vault.WriteNew(path, server)); err != nil {
		t.Fatal(err)
	}
	c, err := vault.Change(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Prepare(server); err != nil {
		t.Fatal(err)
	}
	unfinished, err := os.Open(path + ".next")
	if err != nil {
		t.Fatal(err)
	}
	defer unfinished.Close()
	if err := c.Discard(); err != nil {
		t.Fatal(err)
	}
	left, err := io.ReadAll(unfinished)
	if err != nil || bytes.Contains(left, server[:32]) {
		t.Errorf("its bytes are left: %v", err)
	}
	if err := errors.Join(os.Symlink(path, path+".next"), c.Discard(), c.Discard()); err != nil {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, server) {
		t.Errorf("what the link pointed to is gone: %v", err)
	}
}
