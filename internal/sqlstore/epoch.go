package sqlstore

import (
	"bytes"
	"encoding/binary"
	"os"
	"sync"
	"time"
)

// What was proven of the publication and of the pauses stays proven until somebody commits
// to the database. SQLite tells committed states apart by a header of the index of its
// journal: every commit of every program changes it, and a reader's snapshot is this header.
// So reading 96 bytes of the index tells whether anything could have changed, for a
// hundredth of what proving it again costs.
//
// https://www.sqlite.org/walformat.html, 2.1: two copies of the header, the second written
// first; they differ while it is being written.
const (
	headerSize    = 48
	headerVersion = 3007000
	changeAt      = 8 // counts commits
	readyAt       = 12
)

// stamp is the header: one committed state of the database.
type stamp [headerSize]byte

func (s *stamp) commits() uint32 { return binary.NativeEndian.Uint32(s[changeAt:]) }

// epoch is a run of committed states in which nothing changed but the audit log. Zero
// is none.
type epoch uint64

// epochs numbers what stamps tell apart. Safe for concurrent use.
type epochs struct {
	open, end sync.Once
	index     *os.File // nil: it could not be opened
	ours      bool     // it is the one that this process's connections use

	mu   sync.Mutex
	last stamp
	n    epoch
	own  bool   // this process holds the write lock, for audit rows only,
	from uint32 // since so many commits
}

// stamp reads the header as it is now. ok is false in the moment in which it changes, and
// where it is not of the known form: then everything has to be proven.
func (db *DB) stamp() (s stamp, ok bool) {
	db.states.open.Do(db.openIndex)
	if !db.states.ours {
		return s, false
	}
	var b [2 * headerSize]byte
	if _, err := db.states.index.ReadAt(b[:], 0); err != nil {
		return s, false
	}
	copy(s[:], b[:])
	ok = bytes.Equal(b[:headerSize], b[headerSize:]) && b[readyAt] == 1 && binary.NativeEndian.Uint32(b[:]) == headerVersion
	return s, ok
}

// openIndex opens the index. It stays open until the database is closed: the locks by which
// programs keep out of each other's way end when their process closes the file, so that a
// process must answer from one DB only.
func (db *DB) openIndex() {
	const index = 2 // in suffixes
	f, err := os.Open(db.path + suffixes[index])
	if err != nil {
		return
	}
	now, err := f.Stat()
	db.states.index, db.states.ours = f, err == nil && os.SameFile(now, db.files[index])
}

// closeIndex is the last step of closing the database.
func (db *DB) closeIndex() (err error) {
	db.states.open.Do(func() {})
	db.states.end.Do(func() {
		if db.states.index != nil {
			err = db.states.index.Close()
		}
	})
	return err
}

// epoch returns the number of the present state: as long as it is the same, nothing was
// committed but audit rows of this process. ok is false when nobody knows.
func (db *DB) epoch() (n epoch, ok bool) {
	s, ok := db.stamp()
	if !ok {
		return 0, false
	}
	db.states.mu.Lock()
	defer db.states.mu.Unlock()
	return db.states.at(s), true
}

// at is the epoch of a state that was just read. g.mu must be held.
func (g *epochs) at(s stamp) epoch {
	if s == g.last {
		return g.n
	}
	// Nobody else commits under the write lock: the next commit is ours.
	if !g.own || s.commits()-g.from > 1 {
		g.n++
	}
	g.last = s
	return g.n
}

// begins tells that this process has just got the write lock, to commit audit rows once.
func (db *DB) begins() {
	s, ok := db.stamp()
	if !ok {
		return
	}
	db.states.mu.Lock()
	defer db.states.mu.Unlock()
	db.states.at(s)
	db.states.own, db.states.from = true, s.commits()
}

// ends tells how that went. It comes before the lock is given back, unless the commit did
// that. Of a commit that failed nobody knows when the lock was lost: then all is proven anew.
func (db *DB) ends(committed bool) {
	s, ok := db.stamp()
	g := &db.states
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.own:
	case !committed:
		g.n++
	case ok:
		g.at(s)
	}
	g.own = false
}

// during runs a read and tells in which epoch its snapshot lies; zero when something
// else was committed meanwhile.
func (db *DB) during(read func() error) (epoch, error) {
	before, ok := db.epoch()
	err := read()
	if !ok {
		return 0, err
	}
	if after, ok := db.epoch(); !ok || after != before {
		return 0, err
	}
	return before, err
}

// settledAfter is how long a folder must have stayed the same before its time of change is
// believed: file systems count in ticks of a few milliseconds.
const settledAfter = 100 * time.Millisecond

// stillInPlace is inPlace for every step of every request: whoever moves, deletes or puts
// back a file changes its folder.
func (db *DB) stillInPlace() error {
	folder, err := os.Stat(db.folder)
	if err != nil {
		return ErrMoved
	}
	if seen := db.settled.Load(); seen != nil && os.SameFile(folder, *seen) && folder.ModTime().Equal((*seen).ModTime()) {
		return nil
	}
	if err := db.inPlace(); err != nil {
		return err
	}
	if time.Since(folder.ModTime()) > settledAfter {
		db.settled.Store(&folder)
	}
	return nil
}
