package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Shredded is what was done to a file.
type Shredded struct {
	Path       string // of the file itself, if it was named by a symbolic link
	Bytes      int64  // that were overwritten in place
	OtherNames bool   // the same file has other names, which now hold random bytes
}

// Copy is a key file that was found, and whose keys it says it holds: one that is cut off
// may hold none of them any more, and one that was put together may hold both.
type Copy struct {
	Path             string
	Server, Operator bool
}

// Copies returns the key files whose names contain that of path, in its folder: the file
// itself, what rotation put aside, an operator's file beside it, what an editor or an
// interrupted write left. Whether something is a key file is told by its content, so that
// nothing else is ever returned; a key file under another name is not found.
func Copies(path string) ([]Copy, error) {
	dir, base := filepath.Dir(path), filepath.Base(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for key files: %w", err)
	}
	var found []Copy
	for _, e := range entries {
		if !strings.Contains(e.Name(), base) {
			continue
		}
		full := filepath.Join(dir, e.Name())
		info, err := os.Stat(full)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("looking for key files: %w", err)
		}
		c, err := look(full)
		if err != nil {
			return nil, err
		}
		if c.Server || c.Operator {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Copy) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

// look reads which kinds of key file a file says it is, even one that is cut off.
func look(path string) (Copy, error) {
	f, err := os.Open(path)
	if err != nil {
		return Copy{}, fmt.Errorf("looking for key files: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return Copy{}, fmt.Errorf("looking for key files: %w", err)
	}
	defer clear(data)
	return Copy{path, bytes.Contains(data, []byte(kindServer)), bytes.Contains(data, []byte(kindOperator))}, nil
}

// Shred overwrites a file in place with random bytes, waits until they are on the disk,
// and removes it. On an error the file may be there still; it may be called again.
//
// It cannot tell whether the disk wrote them to the same place: flash memory, and file
// systems that copy on write or take snapshots, do not.
func Shred(path string) (s Shredded, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("destroying a file: %w", err)
		}
	}()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return s, err
	}
	s.Path = real
	if s.Bytes, s.OtherNames, err = overwrite(real); err != nil {
		return s, err
	}
	if err := os.Remove(real); err != nil {
		return s, err
	}
	if err := syncDir(filepath.Dir(real)); err != nil {
		return s, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // the link
		return s, err
	}
	return s, syncDir(filepath.Dir(path))
}

func overwrite(path string) (n int64, otherNames bool, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return scrub(f)
}

// scrub overwrites an open file and waits until that is on the disk.
func scrub(f *os.File) (n int64, otherNames bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, false, err
	}
	if !info.Mode().IsRegular() {
		return 0, false, fmt.Errorf("%w: %s is not a file", ErrWrongKind, f.Name())
	}
	if n, err = io.CopyN(f, rand.Reader, info.Size()); err != nil {
		return n, false, err
	}
	return n, links(info) > 1, f.Sync()
}

// links is how many names a file has; 1 where the system does not tell.
func links(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}
