package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"exposure/internal/audit"
)

const (
	// aloneWithin bounds the wait for another server that appends, which takes one write.
	aloneWithin = 5 * time.Second
	aloneEvery  = 10 * time.Millisecond
)

// alone does something to the file while no other server does: heads of two are never mixed,
// and none is taken for a piece that somebody cut off.
func (f *headFile) alone(do func() error) error {
	for until := time.Now().Add(aloneWithin); ; time.Sleep(aloneEvery) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(until) {
			return fmt.Errorf("waiting for other servers that write the file: %w", err)
		}
	}
	err := do()
	return errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
}

// look tells whether something of what was kept is gone or altered since the last time; it
// reads the file if that was written to by somebody else, or all is to be compared. Where
// another file, or none, is at the path, it goes on with one there. After a cut the file has
// to be filled up: f.has are the heads that are left.
func (f *headFile) look(all bool) (cut bool, err error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(f.Name())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err // the disk is away: nothing was taken from it
	}
	if err != nil || !os.SameFile(mine, there) {
		return true, f.reopen()
	}
	if !all && !f.lost && mine.Size() == f.size && mine.ModTime().Equal(f.changed) {
		return false, nil
	}
	text := ""
	err = f.alone(func() (err error) {
		cut, text, err = f.compare()
		return err
	})
	f.note(text)
	return cut, err
}

// reopen goes on with the file that is at the path now.
func (f *headFile) reopen() error {
	fresh, heads, _, err := openHeads(f.Name(), f.keys)
	if err != nil {
		return err
	}
	_ = f.Close() // every write to it was flushed
	*f = *fresh
	f.fill(heads)
	return nil
}

// fill says which heads the file has, for whoever fills it up.
func (f *headFile) fill(heads []audit.Head) {
	f.has = make(map[int64]bool, len(heads))
	for _, h := range heads {
		f.has[h.Size] = true
	}
}

// compare tells whether the file still begins with what was kept, remembers what is in it
// now, and returns what stands there besides.
func (f *headFile) compare() (cut bool, more string, err error) {
	begins := sha256.New()
	n, err := io.Copy(begins, io.NewSectionReader(f, 0, f.size))
	if err != nil {
		return false, "", err
	}
	if cut = f.lost || n < f.size || !bytes.Equal(begins.Sum(nil), f.sum.Sum(nil)); cut {
		f.size, f.sum, f.torn, f.lost, f.has = 0, sha256.New(), false, false, map[int64]bool{}
	}
	more, err = f.follow()
	return cut, more, err
}
