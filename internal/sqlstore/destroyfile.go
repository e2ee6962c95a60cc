package sqlstore

import (
	"errors"
	"io/fs"
)

// DestroyFile shreds a database file that no purge can empty because it is Damaged, with the
// files beside it. Nothing is read, so the caller makes sure that it is the right one and that
// InUse is not ErrInUse. It may be repeated after a kill at any moment; what is gone is no error.
func DestroyFile(database string, shred func(path string) error) error {
	path, err := pathOf(database)
	if err != nil {
		return err
	}
	return shredIfThere(shred, path+"-wal.purge", path+"-wal", path+"-shm", path+"-journal", path)
}

func shredIfThere(shred func(path string) error, paths ...string) error {
	for _, path := range paths {
		if err := shred(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
