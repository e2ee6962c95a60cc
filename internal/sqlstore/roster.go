package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// Keys is what the roster needs of the server's key file. Both MAC and tags must be
// pure functions of their arguments under the keys, safe for concurrent use; a label
// separates what is authenticated for different reasons.
type Keys interface {
	TagKeyID() string
	KeyCheck() [32]byte
	SentinelTag(version int64) breach.Tag
	RowMAC(label string, parts ...[]byte) [32]byte
	SealMemberID(id string) []byte
}

// Roster reads and writes the versions of the list of people. Safe for concurrent use.
type Roster struct {
	db       *DB
	keys     Keys
	incident [32]byte
	known    atomic.Pointer[known]
	stmts    [3]lazyStmt
}

// known is the newest publication this process has proven. It saves a second
// statement to look the sentinel up, and it must never go back: a database restored
// under a running server is refused.
type known struct {
	seq, version int64
	sentinel     breach.Tag
}

// Roster returns the roster of the database under these keys, for the incident whose
// file has this digest. Answers are given from versions of that incident only.
func (db *DB) Roster(keys Keys, incidentDigest [32]byte) *Roster {
	return &Roster{db: db, keys: keys, incident: incidentDigest}
}

// The reads of the hot path are one statement each, and one statement reads one
// snapshot: guard and answer cannot come from different versions. Listed or not, the
// same statements run.
const (
	// guardFrom finds the published version, guardColumns also the row at which the
	// search for its sentinel's tag (?1) ends.
	guardFrom = ` FROM publications AS p LEFT JOIN roster_versions AS v ON v.id = p.version
	WHERE p.seq = (SELECT max(seq) FROM publications)`

	guardColumns = publicationColumns + `, ` + versionColumns + `, ` + rowAt + `?1` + rowEnd

	// rowAt finds the greatest tag of the published version not above another one. The
	// row comes as one value, because a join would search for the tag a second time.
	rowAt  = `(SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = p.version AND tag <= `
	rowEnd = ` ORDER BY tag DESC LIMIT 1)`

	guardSQL = `SELECT ` + guardColumns + guardFrom

	answerSQL = `SELECT ` + guardColumns + `, ` + rowAt + `?2` + rowEnd + guardFrom

	standingSQL = `SELECT ` + guardColumns + `, (` + pastOf + ` AND tag = ?2 AND purpose = ?3 ORDER BY seq DESC LIMIT 50))` + guardFrom

	pastSQL = pastOf + ` AND tag = ?1 AND purpose = ?2 ORDER BY seq DESC LIMIT 50)`

	// pastOf puts the newest guesses that weigh into one text, found by the index over
	// just those: a row for each would repeat the guard's columns. The largest budget is
	// fifty in a row; the limit is no parameter, because SQLite would prepare the
	// statement anew each time.
	pastOf = `SELECT group_concat(hex(attempt) || ':' || at || ':' || outcome, ' ' ORDER BY seq DESC)
		FROM (SELECT seq, attempt, at, outcome FROM audit_entries WHERE weighs = 1`
)

const (
	stmtGuard = iota
	stmtAnswer
	stmtStanding
)

// guard is what one statement says about the published version.
type guard struct {
	publication publicationRow
	version     versionRow
	sentinel    sql.RawBytes // valid only while the statement's row is current
	sentinelRow *tagRow      // copied out of it; nil when there is none
}

func (g *guard) targets(more ...any) []any {
	return append(append(append(g.publication.targets(), g.version.targets()...), &g.sentinel), more...)
}

// Answer says who is known at a tag in the published version: people, or a proven
// nobody. Every doubt, and every failure to read, wraps breach.ErrUnproven.
func (r *Roster) Answer(ctx context.Context, tag breach.Tag) (breach.Version, breach.Answer, error) {
	var row tagRow
	var found bool
	v, err := r.read(ctx, stmtAnswer, []any{tag[:]}, func(rows *sql.Rows, g *guard) error {
		var t sql.RawBytes
		if err := rows.Scan(g.targets(&t)...); err != nil {
			return err
		}
		row, found = splitRow(t)
		return nil
	})
	if err != nil {
		return breach.Version{}, breach.Answer{}, err
	}
	if !found {
		return breach.Version{}, breach.Answer{}, fmt.Errorf("%w: the list has no beginning", ErrAltered)
	}
	listed, err := row.prove(r.keys, v, tag)
	if err != nil {
		return breach.Version{}, breach.Answer{}, err
	}
	if !listed {
		return v.public(), breach.Answer{}, nil
	}
	answer, err := decodeAnswer(row.answer)
	if err != nil {
		return breach.Version{}, breach.Answer{}, fmt.Errorf("%w: %w", breach.ErrUnproven, err)
	}
	return v.public(), answer, nil
}

// Standing proves the guard and reads, in the same snapshot, the newest evaluated
// guesses (at most 50) at codes of this tag and purpose, newest first, whatever their
// age. Refused long codes are not among them. Errors are those of Answer.
func (r *Roster) Standing(ctx context.Context, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	var past sql.NullString
	_, err := r.read(ctx, stmtStanding, []any{tag[:], string(purpose)}, func(rows *sql.Rows, g *guard) error {
		return rows.Scan(g.targets(&past)...)
	})
	if err != nil {
		return nil, err
	}
	guesses, err := parsePast(past.String)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", breach.ErrUnproven, err)
	}
	return guesses, nil
}

// Ready proves the guard only: a published version of this incident and these keys,
// whose sentinel is found. Its cost does not depend on the size of the list.
func (r *Roster) Ready(ctx context.Context) error {
	_, err := r.read(ctx, stmtGuard, nil, scanGuard)
	return err
}

func scanGuard(rows *sql.Rows, g *guard) error { return rows.Scan(g.targets()...) }

// scanFunc scans the only row of a statement.
type scanFunc func(*sql.Rows, *guard) error

// read is readAny for a version of the roster's own incident file only.
func (r *Roster) read(ctx context.Context, stmt int, args []any, scan scanFunc) (*versionRow, error) {
	v, err := r.readAny(ctx, stmt, args, scan)
	if err != nil {
		return nil, err
	}
	if v.IncidentDigest != r.incident {
		return nil, ErrIncidentDiffers
	}
	return v, nil
}

// readAny runs a statement that begins with the guard's columns and proves the guard.
// The sentinel's tag goes into the statement and depends on the version that comes out
// of it: when that changed since the last read, the statement runs again.
func (r *Roster) readAny(ctx context.Context, stmt int, args []any, scan scanFunc) (*versionRow, error) {
	before := r.known.Load()
	try := known{}
	if before != nil {
		try = *before
	}
	s, err := r.stmts[stmt].prepare(ctx, r.db.read, [...]string{guardSQL, answerSQL, standingSQL}[stmt])
	if err != nil {
		return nil, unread(err)
	}
	g, err := once(ctx, s, try.sentinel, args, scan)
	if err == nil && g.publication.version != try.version {
		g, try, err = r.again(ctx, s, args, scan)
	}
	switch {
	case err != nil:
		return nil, unread(err)
	case before != nil && g.publication.seq < before.seq:
		return nil, fmt.Errorf("%w: an earlier state of the database was put back", ErrAltered)
	}
	if err := r.prove(g, try.sentinel); err != nil {
		return nil, err
	}
	r.learn(known{seq: g.publication.seq, version: try.version, sentinel: try.sentinel})
	g.version.PublishedAt = time.UnixMilli(g.publication.at).UTC()
	return &g.version, nil
}

// again runs the statement twice in one snapshot: the first time tells which version is
// published, the second looks for its sentinel.
func (r *Roster) again(ctx context.Context, s *sql.Stmt, args []any, scan scanFunc) (*guard, known, error) {
	tx, err := r.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, known{}, err
	}
	defer tx.Rollback()
	s = tx.StmtContext(ctx, s)
	g, err := once(ctx, s, breach.Tag{}, args, scan)
	if err != nil {
		return nil, known{}, err
	}
	try := known{version: g.publication.version, sentinel: r.keys.SentinelTag(g.publication.version)}
	g, err = once(ctx, s, try.sentinel, args, scan)
	return g, try, err
}

// once runs the statement.
func once(ctx context.Context, s *sql.Stmt, sentinel breach.Tag, args []any, scan scanFunc) (*guard, error) {
	rows, err := s.QueryContext(ctx, append([]any{sentinel[:]}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, err
		}
		return nil, ErrNoVersion
	}
	g := &guard{}
	if err := scan(rows, g); err != nil {
		return nil, fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
	}
	if row, found := splitRow(g.sentinel); found {
		g.sentinelRow = &row
	}
	return g, errors.Join(rows.Err(), rows.Close())
}

// unread makes any failure to read say that nothing is proven.
func unread(err error) error {
	if errors.Is(err, breach.ErrUnproven) {
		return err
	}
	return fmt.Errorf("%w: reading the roster: %w", breach.ErrUnproven, err)
}

// prove checks publication, version and sentinel.
func (r *Roster) prove(g *guard, want breach.Tag) error {
	if err := g.version.verify(r.keys); err != nil {
		return err
	}
	if g.publication.mac != g.publication.authenticate(r.keys) || g.publication.version != g.version.ID {
		return fmt.Errorf("%w: the publication's row", ErrAltered)
	}
	if g.sentinelRow == nil {
		return fmt.Errorf("%w: the list has no beginning", ErrAltered)
	}
	listed, err := g.sentinelRow.prove(r.keys, &g.version, want)
	if err == nil && !listed {
		err = fmt.Errorf("%w: the sentinel is not on the list", ErrAltered)
	}
	return err
}

// learn keeps the newest proven publication.
func (r *Roster) learn(k known) {
	for {
		old := r.known.Load()
		if old != nil && old.seq >= k.seq || r.known.CompareAndSwap(old, &k) {
			return
		}
	}
}
