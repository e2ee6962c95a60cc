package sqlstore

import (
	"context"
	"errors"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Hindrance says in sentences what to do about an error that kept rows from the database
// and its audit log; empty when the error is another one, or says it itself.
func Hindrance(err error) string {
	switch {
	case errors.Is(err, ErrLogAltered):
		return `Do not write on, and change nothing: "exposurectl audit verify" names the first bad row and says what to do. If the key file is the wrong one or an earlier one, name the right one.`
	case errors.Is(err, ErrMoved):
		return "" // as are all that say it
	case errors.Is(err, context.DeadlineExceeded):
		return "The database did not take the row in time: see whether its disk answers, and whether another program holds it; then repeat."
	}
	code := new(sqlite.Error)
	if !errors.As(err, &code) {
		return ""
	}
	return hindrances[code.Code()&0xff]
}

// Edited tells whether err is what a database answers that somebody altered: the log is not as
// it was left, a table is not as this program made it, or the file is no database any more. A
// disk that is full or broken, another program, missing rights and a deadline are none of that.
func Edited(err error) bool {
	if errors.Is(err, ErrLogAltered) || errors.Is(err, ErrAltered) {
		return true
	}
	code := new(sqlite.Error)
	if !errors.As(err, &code) {
		return false
	}
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

// Damaged tells whether err is SQLite's word that the file is corrupt, or no database at all:
// by a disk, or by somebody who wrote to it.
func Damaged(err error) bool {
	code := new(sqlite.Error)
	return errors.As(err, &code) && (code.Code()&0xff == sqlite3.SQLITE_CORRUPT || code.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// What stands in the way, by SQLite's primary result codes.
const (
	otherWrites  = "Another program was writing for longer than this one waits, such as an import: let it end, and repeat."
	mayNotWrite  = "This user may not write the database: run this as the user whose it is, and see that the file, those beside it and their folder can be written and the disk is not mounted read-only."
	cannotOpen   = "The database cannot be opened: see that its path names a file, no folder and nothing else, that this user may read and write it and those beside it, and that files may be made in its folder."
	notOurTables = `The tables are not as this program made them, or something in the database refuses the row: "exposurectl migrate" helps if it is merely older. Else somebody has altered it: keep a copy as evidence, and see "exposurectl audit verify".`
	damaged      = "The file is damaged. Keep it as it is, look at the system's log for errors of the disk, and put the newest whole backup in its place."
)

var hindrances = map[int]string{
	sqlite3.SQLITE_FULL:       "The disk is full: make room on the disk that the database is on, and repeat.",
	sqlite3.SQLITE_IOERR:      "The disk did not read or write: look at the system's log, see whether it is full, and repeat on one that works.",
	sqlite3.SQLITE_BUSY:       otherWrites,
	sqlite3.SQLITE_LOCKED:     otherWrites,
	sqlite3.SQLITE_READONLY:   mayNotWrite,
	sqlite3.SQLITE_PERM:       mayNotWrite,
	sqlite3.SQLITE_CANTOPEN:   cannotOpen,
	sqlite3.SQLITE_AUTH:       mayNotWrite,
	sqlite3.SQLITE_ERROR:      notOurTables,
	sqlite3.SQLITE_CONSTRAINT: notOurTables,
	sqlite3.SQLITE_SCHEMA:     notOurTables,
	sqlite3.SQLITE_CORRUPT:    damaged,
	sqlite3.SQLITE_NOTADB:     damaged,
}
