package sqlstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrServed means that another server has the database, and one of the two wants it alone.
var ErrServed = errors.New("another server serves this database")

// servedSuffix is the name of the file whose lock says that the database is served, after
// the database's. The database itself cannot be locked for that: a second descriptor of it
// would drop SQLite's locks when it is closed.
const servedSuffix = "-served"

// serveWithin bounds the wait for another server that is only looking who else there is.
const serveWithin = 2 * time.Second

// Serve says that a server answers from the database: alone, or beside others that do not
// want it alone either; and tells whether there are others. That lasts until end is called or
// the process is gone, however it ends: the file that is left behind says nothing by itself.
//
// Errors: ErrServed, or the system's.
func (db *DB) Serve(alone bool) (end func() error, others bool, err error) {
	path, err := filepath.EvalSymlinks(db.path) // one database, one lock
	if err != nil {
		return nil, false, fmt.Errorf("finding the database: %w", err)
	}
	f, err := os.OpenFile(path+servedSuffix, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("saying that the database is served: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	others = errors.Is(err, syscall.EWOULDBLOCK)
	if !alone && (err == nil || others) {
		err = share(f)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, true, errors.Join(ErrServed, f.Close())
	case err != nil:
		return nil, false, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
	}
	return f.Close, others, nil
}

// share takes the lock beside others. One that has it alone may be about to share it.
func share(f *os.File) (err error) {
	for until := time.Now().Add(serveWithin); ; time.Sleep(10 * time.Millisecond) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(until) {
			return err
		}
	}
}
