package sqlstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrServed means that another server has the database, and one of the two wants it alone.
var ErrServed = errors.New("another server serves this database")

// servedSuffix is the name of the file whose lock says that the database is served, after
// the database's. The database itself cannot be locked for that: a second descriptor of it
// would drop SQLite's locks when it is closed.
const servedSuffix = "-served"

// Serve says that a server answers from the database: alone, or beside others that do not
// want it alone either. That lasts until end is called or the process is gone, however it
// ends: the file that is left behind says nothing by itself.
//
// Errors: ErrServed, or the system's.
func (db *DB) Serve(alone bool) (end func() error, err error) {
	path, err := filepath.EvalSymlinks(db.path) // one database, one lock
	if err != nil {
		return nil, fmt.Errorf("finding the database: %w", err)
	}
	f, err := os.OpenFile(path+servedSuffix, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("saying that the database is served: %w", err)
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(ErrServed, f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
	}
	return f.Close, nil
}
