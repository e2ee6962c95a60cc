package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"exposure/internal/vault"
)

// TestCopies: what rotation, editors and interrupted writes leave is found by its content,
// and whose it is; nothing else is.
func TestCopies(t *testing.T) {
	dir := t.TempDir()
	server, operator := generate(t)
	rotated, _, err := vault.Files{Server: server, Operator: operator}.Rotate(vault.Purposes(), made.Add(time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	others, othersToo := generate(t)
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const s, o, own, named = 1, 2, 4, 8
	want := map[string]int{
		write(".exposure.key.tmp", server[:300]):                                 s | own | named,
		write("exposure.key", server):                                            s | own | named,
		write("exposure.key.next", rotated.Server):                               s | own | named,
		write("exposure.key.both", slices.Concat(server, operator)):              s | o | own | named,
		write("exposure.key.operator", operator):                                 o | own | named,
		write("exposure.key.operator.next", rotated.Operator):                    o | own | named,
		write("exposure.key.half", slices.Concat(make([]byte, 80), server[80:])): own | named,
		write("copy", operator):                                                  o | own,
		write("exposure.key2", others):                                           s | named,
		write("exposure.key2.operator", othersToo):                               o | named,
	}
	want[write("exposure.key.txt", []byte("where the keys are: in the safe"))] = named
	for _, name := range []string{"exposure.key.d", "exposure.key.pipe", "exposure.key.link"} {
		want[filepath.Join(dir, name)] = named
	}
	write("other.key", others)
	err = errors.Join(os.Mkdir(filepath.Join(dir, "exposure.key.d"), 0o700), syscall.Mkfifo(filepath.Join(dir, "exposure.key.pipe"), 0o600),
		os.Symlink("nowhere", filepath.Join(dir, "exposure.key.link")))
	if err != nil {
		t.Fatal(err)
	}
	first, err := vault.Look(filepath.Join(dir, "exposure.key"), nil)
	if err != nil || first.Own {
		t.Fatalf("%+v, %v", first, err)
	}
	found, err := vault.Copies(first.Path, first.Marks)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range found {
		for bit, is := range map[int]bool{s: c.Server, o: c.Operator, own: c.Own, named: c.Named} {
			if is {
				got[c.Path] |= bit
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
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
	if err != nil || s.Bytes != int64(len(server)) || s.Names != 2 {
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
