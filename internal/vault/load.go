package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// maxFile bounds what is read: a file of hundreds of rotated keys is far smaller.
const maxFile = 1 << 20

// openToOthers are the permission bits nobody but the owner may have on a key file.
const openToOthers = 0o077

// WriteNew writes a key file that must not exist yet, readable by its owner only,
// and returns when it is on the disk. A file it could not finish is removed again.
func WriteNew(path string, data []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing a key file: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing a key file: %w", errors.Join(err, os.Remove(path)))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the name of a new file durable: without it a power cut may leave a
// database sealed under keys whose file is gone.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// read returns the content of a key file that nobody else may open. It asks the open
// file and not the path, so that the two cannot differ.
func read(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for a writer
	if err != nil {
		return nil, fmt.Errorf("opening a key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("opening a key file: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a file", ErrWrongKind, path)
	case info.Mode().Perm()&openToOthers != 0:
		return nil, fmt.Errorf("%w: %s has mode %04o, wanted 0600", ErrPermissions, path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading a key file: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: %s is far too large", ErrWrongKind, path)
	}
	return data, nil
}

// LoadServer reads the server's key file.
func LoadServer(path string) (*Server, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	s, err := ParseServer(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// LoadOperator reads the operator's key file.
func LoadOperator(path string) (*Operator, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	o, err := ParseOperator(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}
