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
	Path  string // of the file itself, if it was named by a symbolic link
	Bytes int64  // that were overwritten in place
	Names uint64 // that the file had; under the others it now holds random bytes
}

// Copy is a key file that was found.
type Copy struct {
	Path string
	// Server and Operator: whose keys it says it holds. One that is cut off may hold none
	// of them any more, one that was put together both, one that is half overwritten may
	// hold keys and say nothing.
	Server, Operator bool
	Own              bool   // it holds a key of the installation that was asked for
	Named            bool   // its name contains the one that was asked for
	Names            uint64 // that the file has; 0: it was not read
	Marks            Marks
}

// Look reads what a file is, even one that is cut off, and whether it holds a key of own.
func Look(path string, own Marks) (Copy, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a pipe would wait for a writer
		return Copy{Path: path}, nil
	}
	if err != nil {
		return Copy{}, fmt.Errorf("looking for key files: %w", err)
	}
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
	c := Copy{Path: path, Names: links(info), Server: bytes.Contains(data, []byte(kindServer)), Operator: bytes.Contains(data, []byte(kindOperator))}
	c.Marks, c.Own = marksOf(data, own)
	return c, nil
}

// Copies returns the key files in the folder of path whose names contain its name: the file
// itself, what rotation put aside, an operator's file beside it, what an editor or an
// interrupted write left; and those under any other name that hold a key of own. Whether
// something is a key file, and whose, is told by its content alone. What has such a name and
// tells neither, be it a folder, an archive or a note, is returned as well.
func Copies(path string, own Marks) ([]Copy, error) {
	dir, base := filepath.Dir(path), filepath.Base(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for key files: %w", err)
	}
	var found []Copy
	for _, e := range entries {
		c, err := lookBeside(filepath.Join(dir, e.Name()), strings.Contains(e.Name(), base), own)
		if err != nil {
			return nil, err
		}
		if c.Own || c.Named {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Copy) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

// lookBeside is Look for whatever lies in the folder. What cannot be read is an error only
// under a name that a key file would have, and what is far too large for one is not read
// under another.
func lookBeside(path string, named bool, own Marks) (Copy, error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && !named && info.Size() > maxFile {
		return Copy{Path: path, Named: named}, nil
	}
	c, err := Look(path, own)
	if err != nil && !named {
		return Copy{}, nil
	}
	c.Named = named
	return c, err
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
	if s.Bytes, s.Names, err = overwrite(real); err != nil {
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

func overwrite(path string) (n int64, names uint64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return scrub(f)
}

// scrub overwrites an open file and waits until that is on the disk.
func scrub(f *os.File) (n int64, names uint64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, 0, fmt.Errorf("%w: %s is not a file", ErrWrongKind, f.Name())
	}
	if n, err = io.CopyN(f, rand.Reader, info.Size()); err != nil {
		return n, 0, err
	}
	return n, links(info), f.Sync()
}

// links is how many names a file has; 1 where the system does not tell.
func links(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}
