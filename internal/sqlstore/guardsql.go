package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// The reads of the hot path are one statement each, and one statement reads one
// snapshot: guard and answer cannot come from different versions. Listed or not, the
// same statements run.
//
// (What is asked about somebody who is not on the list comes on top, once the answer is
// theirs: see dropped.)
//
// Each begins with the guard: every column of the published version's rows and the log's mark
// of the newest publication, as one value, and the row at which the search for the sentinel's
// tag (?1) ends. Byte for byte what was proven before is proven; anything else is proven anew.
// While nothing was committed but audit rows (see epoch) the guard is what it was: then what is
// asked is read without it.
const (
	// guardFrom finds the published version.
	guardFrom = ` FROM publications AS p LEFT JOIN roster_versions AS v ON v.id = p.version
	WHERE p.seq = (SELECT max(seq) FROM publications)`

	// rowAt finds the greatest tag of the published version not above another one. The
	// row comes as one value, because a join would search for the tag a second time.
	rowAt  = `(SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = p.version AND tag <= `
	rowEnd = ` ORDER BY tag DESC LIMIT 1)`

	// newestMark is which row of the log is its newest about a publication: see told.
	newestMark = `coalesce((SELECT published FROM audit_tree WHERE id = 1), '')`

	// publishedSQL reads the same rows column by column.
	publishedSQL = `SELECT ` + publicationColumns + `, ` + versionColumns + guardFrom
)

var (
	guardColumns = `CAST(` + strings.ReplaceAll(publicationColumns+`, `+versionColumns, `,`, ` || ' ' ||`) + ` || ' ' || ` + newestMark + ` AS BLOB), ` + rowAt + `?1` + rowEnd

	guardSQL    = `SELECT ` + guardColumns + guardFrom
	answerSQL   = `SELECT ` + guardColumns + `, ` + rowAt + `?2` + rowEnd + guardFrom
	letterSQL   = `SELECT ` + guardColumns + `, ` + letterSelected + letterPublished
	standingSQL = `SELECT ` + guardColumns + `, (` + pastText + `)` + guardFrom

	// rowSQL is answerSQL without the guard. ?1 is the number of the published version.
	rowSQL = `SELECT (SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = ?1 AND tag <= ?2` + rowEnd

	statements = [...]string{stmtGuard: guardSQL, stmtAnswer: answerSQL, stmtStanding: standingSQL, stmtPublished: publishedSQL, stmtTold: toldPublishedSQL,
		stmtHistory: historySQL, stmtEarlier: earlierSQL, stmtPaused: pausedSQL, stmtPast: pastSQL, stmtRow: rowSQL,
		stmtLetter: letterSQL, stmtLetterRow: `SELECT ` + letterSelected + letterBare}
)

const (
	stmtGuard = iota
	stmtAnswer
	stmtStanding
	stmtPublished
	stmtTold
	stmtHistory
	stmtEarlier
	stmtPaused
	stmtPast
	stmtRow
	stmtLetter
	stmtLetterRow

	stmtNone = -1
)

// question is what is asked: a statement that begins with the guard's columns, and the same
// without them, if there is one.
type question struct{ guarded, bare int }

// guardRow is the guard as one statement reads it. The bytes are valid only while the
// statement's row is current.
type guardRow struct{ published, sentinel sql.RawBytes }

func (g *guardRow) targets() []any { return []any{&g.published, &g.sentinel} }

// scanFunc scans the only row of a statement, whose first columns are the guard's, if any.
type scanFunc func(rows *sql.Rows, guard ...any) error

func (r *Roster) prepare(ctx context.Context, stmt int) (*sql.Stmt, error) {
	return r.stmts[stmt].prepare(ctx, r.db.read, statements[stmt])
}

// once runs a statement that finds one row, or none when no version is published.
func once(ctx context.Context, s *sql.Stmt, args []any, scan func(*sql.Rows) error) error {
	ctx, err := unbroken(ctx)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return ErrNoVersion
	}
	switch err := scan(rows); {
	case errors.Is(err, ErrAltered):
		return err
	case err != nil:
		return fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
	}
	return errors.Join(rows.Err(), rows.Close())
}
