package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

var (
	// ErrBusy: another program is changing the key file.
	ErrBusy = errors.New("the key file is being changed by another program")
	// ErrOwner: the key file belongs to somebody else.
	ErrOwner = errors.New("the key file belongs to another user")
	// ErrPending: beside a key file lies an unfinished new one that does not follow from it.
	ErrPending = errors.New("an unfinished new key file does not follow from the present one")
)

// next is what a key file that will replace another is called until it does.
const next = ".next"

// Changing is a key file that is about to be replaced, locked against others who would do
// the same. What will replace it is first written whole beside it (Prepare) and then
// renamed over it (Commit): at any moment the file is the old one or the new one. No copy
// of the old one stays: one would keep every retired key. Nor do its bytes stay where the
// disk had them: Shred, years later, would overwrite only the newest file.
type Changing struct {
	path   string
	locked *os.File
	data   []byte
}

// RefuseLink refuses a symbolic link, wherever it leads. What lies beside the file itself is
// not beside the link.
func RefuseLink(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%w: %s is a symbolic link; name the file itself", ErrWrongKind, path)
	}
	return nil
}

// Change opens a key file to be replaced, and locks it until Close. Besides what loading
// refuses it refuses a symbolic link, which would be replaced instead of the file, and a
// file of another user, who could then not read the new one.
func Change(path string) (_ *Changing, err error) {
	if err := RefuseLink(path); err != nil {
		return nil, err
	}
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a key file: %w", err)
	}
	c := &Changing{path: path, locked: f, data: data}
	if err := c.lock(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

func (c *Changing) lock() error {
	if err := syscall.Flock(int(c.locked.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%w: %s", ErrBusy, c.path)
	}
	info, err := c.locked.Stat()
	if err != nil {
		return fmt.Errorf("opening a key file: %w", err)
	}
	now, err := os.Lstat(c.path)
	if err != nil || !os.SameFile(info, now) { // it was replaced before the lock was ours
		return fmt.Errorf("%w: %s", ErrBusy, c.path)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("%w: %s is of user %d; run this as that user", ErrOwner, c.path, owner)
	}
	c.data, err = read(c.path) // as it is under the lock
	return err
}

// Data is the content of the file.
func (c *Changing) Data() []byte { return c.data }

// Pending is a new file that was written whole, but that has not taken the place of this
// one: a change was cut off. Nil when there is none; one that is cut off itself is removed.
// ErrPending when it is no change of this file.
func (c *Changing) Pending() ([]byte, error) {
	data, err := read(c.path + next)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kind := kindServer
	before, err := decode(c.data, kind)
	if errors.Is(err, ErrWrongKind) {
		kind = kindOperator
		before, err = decode(c.data, kind)
	}
	if err != nil {
		return nil, err
	}
	after, err := decode(data, kind)
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, c.Discard()
	case err != nil || !follows(before, after):
		return nil, fmt.Errorf("%w: look at %s and remove it", ErrPending, c.path+next)
	}
	return data, nil
}

// Prepare writes the new file beside the old one and returns when it is on the disk.
func (c *Changing) Prepare(data []byte) error { return WriteNew(c.path+next, data) }

// Discard destroys what Prepare wrote, if it is there.
func (c *Changing) Discard() error {
	info, err := os.Lstat(c.path + next)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().IsRegular() { // never what a link points to
		_, err = Shred(c.path + next)
	} else if err == nil {
		err = os.Remove(c.path + next)
	}
	if err != nil {
		return fmt.Errorf("removing an unfinished key file: %w", err)
	}
	return syncDir(filepath.Dir(c.path))
}

// Commit puts the prepared file in the place of the old one, overwrites the old one and
// returns when both are on the disk. An old one that has a further name is left as it is
// there: somebody keeps it.
func (c *Changing) Commit() error {
	if err := c.locked.Chmod(0o600); err != nil { // its owner may have made it read-only
		return fmt.Errorf("replacing a key file: %w", err)
	}
	old, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("replacing a key file: %w", err)
	}
	defer old.Close()
	if err := os.Rename(c.path+next, c.path); err != nil {
		return fmt.Errorf("replacing a key file: %w", err)
	}
	if err := syncDir(filepath.Dir(c.path)); err != nil {
		return err
	}
	info, err := old.Stat()
	if err == nil && links(info) == 0 {
		_, _, err = scrub(old)
	}
	if err != nil {
		return fmt.Errorf("the new key file is in place, but the bytes of the old one are not destroyed: %w", err)
	}
	return nil
}

// Close gives the lock up.
func (c *Changing) Close() error { return c.locked.Close() }
