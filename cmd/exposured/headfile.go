package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

// headFile is a file that heads are only ever appended to.
type headFile struct {
	*os.File
	keys *vault.Server
	size int64 // it had so many bytes when it was last looked at
	torn bool  // it does not end with a line's end: something was cut off
}

// openHeads opens or creates the file, readable by its owner only, and returns the newest
// head in it.
func openHeads(path string, keys *vault.Server) (*headFile, audit.Head, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, audit.Head{}, fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err)
	}
	h, torn, err := newestHead(f, keys)
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	file := &headFile{File: f, keys: keys, torn: torn}
	if err == nil {
		err = file.measure()
	}
	if err != nil {
		return nil, audit.Head{}, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), f.Close())
	}
	return file, h, nil
}

// measure remembers the size.
func (f *headFile) measure() error {
	info, err := f.Stat()
	if err == nil {
		f.size = info.Size()
	}
	return err
}

// look tells whether something was taken away since the last time. Where another file, or
// none, is at the path, it goes on with one there.
func (f *headFile) look() (cut bool, err error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(f.Name())
	if err == nil && os.SameFile(mine, there) {
		cut = mine.Size() < f.size
		f.size, f.torn = mine.Size(), f.torn || cut
		return cut, nil
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

// newestHead is the largest head in the file. All of them must be this installation's: a
// file of another one's would hide a database that was put back.
func newestHead(f *os.File, keys *vault.Server) (newest audit.Head, torn bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return newest, false, err
	}
	if !info.Mode().IsRegular() {
		return newest, false, errors.New("it is not a file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxHeads+1))
	if err != nil {
		return newest, false, err
	}
	if len(text) > maxHeads {
		return newest, false, errors.New("it is far too large; move it away, keep it, and start a new one")
	}
	signed, cut := audit.SplitHeads(string(text))
	if len(signed)+cut == 0 && len(text) > 0 {
		return newest, false, errors.New("it holds something else than heads of an audit log")
	}
	for i, s := range signed {
		h, err := audit.OpenHead(s, keys.AuditVerifiers()...)
		if err != nil {
			return newest, false, fmt.Errorf("head %d in it: %w; if the key file was replaced, move it away, keep it, and start a new one", i+1, err)
		}
		if h.Size > newest.Size {
			newest = h
		}
	}
	return newest, len(text) > 0 && text[len(text)-1] != '\n', nil
}

// add appends a head and returns when it is on the disk. What a failed write left is
// ended with its line, so that it cannot spoil the next head.
func (f *headFile) add(signed string) error {
	text := signed + "\n"
	if f.torn {
		text = "\n" + text
	}
	_, err := f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	f.torn = err != nil
	return errors.Join(err, f.measure())
}

// syncFolder makes the name of a new file durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
