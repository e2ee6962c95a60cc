package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

var errTooManyHeads = errors.New("it is far too large; move it away, keep it, and start a new one")

// signedHead is a head of ours, and its text.
type signedHead struct {
	audit.Head
	text string
}

// headFile is a file that heads are only ever appended to, by this server and by others on
// this machine that were given the same one.
type headFile struct {
	*os.File
	keys *vault.Server

	size    int64     // it had so many bytes when it was last looked at,
	sum     hash.Hash // over just these,
	changed time.Time // and was written to then, by its file system's clock; zero: look again
	torn    bool      // it does not end with a line's end: something was cut off
	lost    bool      // it was found shorter than it was, and that is not told yet
	// has is of heads in it that are yet to be handed on, by their size: those that another
	// server was quicker to append, and, when it is filled up, those that are there.
	has map[int64]bool
}

// openHeads opens or creates the file, readable by its owner only, and returns the heads in
// it, and how many are cut off.
func openHeads(path string, keys *vault.Server) (file *headFile, heads []audit.Head, cut int, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err)
	}
	file = &headFile{File: f, keys: keys, has: map[int64]bool{}}
	heads, cut, err = file.read()
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, nil, 0, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), f.Close())
	}
	return file, heads, cut, nil
}

// read remembers what is in the file, and returns the heads. All of them must be this
// installation's: a file of another one's would hide a database that was put back.
func (f *headFile) read() (heads []audit.Head, cut int, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is not a file")
	}
	if info.Size() > maxHeads {
		return nil, 0, errTooManyHeads
	}
	text := ""
	if err := f.alone(func() (err error) {
		f.size, f.sum, f.torn = 0, sha256.New(), false
		text, err = f.follow()
		return err
	}); err != nil {
		return nil, 0, err
	}
	heads, cut, err = audit.ReadHeads(text, f.keys.AuditVerifiers()...) // takes long: others write meanwhile
	if errors.Is(err, audit.ErrSigner) {
		err = fmt.Errorf("%w; if the key file was replaced, move it away, keep it, and start a new one; if not, compare it with your copy", err)
	}
	return heads, cut, err
}

// follow remembers what stands behind what is remembered, and returns it.
func (f *headFile) follow() (text string, err error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	n, err := io.Copy(io.MultiWriter(&b, f.sum), io.NewSectionReader(f, f.size, maxHeads-f.size))
	f.size += n
	if err != nil {
		return "", err
	}
	if text = b.String(); text != "" {
		f.torn = !strings.HasSuffix(text, "\n")
	}
	f.changed = info.ModTime()
	return text, nil
}

// note remembers which heads a text has that others appended. Only heads of ours count.
func (f *headFile) note(text string) {
	signed, _ := audit.SplitHeads(text)
	for _, s := range signed {
		if h, err := audit.OpenHead(s, f.keys.AuditVerifiers()...); err == nil {
			f.has[h.Size] = true
		}
	}
}

// add appends those of the heads that are not there yet, and returns how many of them are on
// the disk now, from the first on. What a failed write left is ended with its line, so that it
// cannot spoil the next head.
func (f *headFile) add(heads []signedHead) (kept int, err error) {
	err = f.alone(func() error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		known := info.Size() == f.size && info.ModTime().Equal(f.changed)
		if !known {
			f.lost = f.lost || info.Size() < f.size
			text, err := f.follow()
			if err != nil {
				return err
			}
			f.note(text)
		}
		kept, err = f.append(heads)
		if info, err := f.Stat(); known && err == nil && info.Size() == f.size {
			f.changed = info.ModTime()
		} else {
			f.changed = time.Time{} // what others left is compared at the next look
		}
		return err
	})
	return kept, err
}

func (f *headFile) append(heads []signedHead) (kept int, err error) {
	for _, h := range heads {
		if f.has[h.Size] {
			delete(f.has, h.Size)
		} else if err = f.write(h.text); err != nil {
			break
		}
		kept++
	}
	if err2 := f.Sync(); err2 != nil {
		return 0, errors.Join(err, err2)
	}
	return kept, err
}

func (f *headFile) write(signed string) error {
	text := signed + "\n"
	if f.torn {
		text = "\n" + text
	}
	if f.size+int64(len(text)) > maxHeads {
		return errTooManyHeads
	}
	n, err := f.WriteString(text)
	f.size += int64(n)
	f.sum.Write([]byte(text[:n]))
	if n > 0 {
		f.torn = text[n-1] != '\n'
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
