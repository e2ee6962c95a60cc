package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

// headFile is a file that heads are only ever appended to.
type headFile struct {
	*os.File
	keys *vault.Server

	size    int64     // it had so many bytes when it was last looked at,
	sum     hash.Hash // over just these,
	changed time.Time // and was written to then, by its file system's clock
	torn    bool      // it does not end with a line's end: something was cut off
}

// openHeads opens or creates the file, readable by its owner only, and returns the heads in
// it.
func openHeads(path string, keys *vault.Server) (*headFile, []audit.Head, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err)
	}
	file := &headFile{File: f, keys: keys}
	heads, err := file.read()
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), f.Close())
	}
	return file, heads, nil
}

// read returns the heads in the file. All of them must be this installation's: a file of
// another one's would hide a database that was put back.
func (f *headFile) read() ([]audit.Head, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	var text strings.Builder
	if err := f.measure(&text); err != nil {
		return nil, err
	}
	if f.size > maxHeads {
		return nil, errors.New("it is far too large; move it away, keep it, and start a new one")
	}
	heads, err := audit.ReadHeads(text.String(), f.keys.AuditVerifiers()...)
	if errors.Is(err, audit.ErrSigner) {
		err = fmt.Errorf("%w; if the key file was replaced, move it away, keep it, and start a new one; if not, compare it with your copy", err)
	}
	return heads, err
}

// measure remembers what is in the file, and copies it.
func (f *headFile) measure(to io.Writer) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum, end := sha256.New(), &lastByte{'\n'}
	n, err := io.Copy(io.MultiWriter(sum, end, to), io.NewSectionReader(f, 0, maxHeads+1))
	if err != nil {
		return err
	}
	f.size, f.sum, f.changed, f.torn = n, sum, info.ModTime(), end.b != '\n'
	return nil
}

// lastByte remembers the last byte that was written.
type lastByte struct{ b byte }

// Write implements io.Writer.
func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.b = p[len(p)-1]
	}
	return len(p), nil
}

// look tells whether something of what was kept is gone or altered since the last time; it
// reads the file if that was written to by somebody else, or all is to be compared. Where
// another file, or none, is at the path, it goes on with one there.
func (f *headFile) look(all bool) (cut bool, err error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(f.Name())
	if err == nil && os.SameFile(mine, there) {
		if !all && mine.Size() == f.size && mine.ModTime().Equal(f.changed) {
			return false, nil
		}
		return f.compare()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err // the disk is away: nothing was taken from it
	}
	fresh, _, err := openHeads(f.Name(), f.keys)
	if err != nil {
		return true, err
	}
	_ = f.Close() // every write to it was flushed
	*f = *fresh
	return true, nil
}

// compare tells whether the file still begins with what was kept, and remembers what is in
// it now.
func (f *headFile) compare() (cut bool, err error) {
	begins := sha256.New()
	n, err := io.Copy(begins, io.NewSectionReader(f, 0, f.size))
	if err != nil {
		return false, err
	}
	cut = n < f.size || !bytes.Equal(begins.Sum(nil), f.sum.Sum(nil))
	return cut, f.measure(io.Discard)
}

// add appends a head and returns when it is on the disk. What a failed write left is
// ended with its line, so that it cannot spoil the next head.
func (f *headFile) add(signed string) error {
	text := signed + "\n"
	if f.torn {
		text = "\n" + text
	}
	n, err := f.WriteString(text)
	f.size += int64(n)
	f.sum.Write([]byte(text[:n]))
	if err == nil {
		err = f.Sync()
	}
	f.torn = err != nil
	f.changed = time.Time{} // compared at the next look, unless nobody else wrote
	if info, err := f.Stat(); err == nil && info.Size() == f.size {
		f.changed = info.ModTime()
	}
	return err
}

// syncFolder makes the name of a new file durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
