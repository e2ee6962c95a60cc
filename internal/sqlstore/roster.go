package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// Roster reads and writes the versions of the list of people. Safe for concurrent use.
type Roster struct {
	db       *DB
	keys     Keys
	incident [32]byte
	known    atomic.Pointer[guard]
	proven   atomic.Pointer[provenGuard]
	pause    atomic.Int64 // the newest order about a pause that was proven
	ordered  atomic.Pointer[provenPause]
	pauses   shared[*breach.Pause]
	stmts    [len(statements)]lazyStmt
}

// Roster returns the roster of the database under these keys, for the incident whose
// file has this digest. Answers are given from versions of that incident only.
func (db *DB) Roster(keys Keys, incidentDigest [32]byte) *Roster {
	return &Roster{db: db, keys: keys, incident: incidentDigest}
}

// Answer says who is known at an address in the published version: people, or a proven
// nobody. Of somebody it does not list it says whether an earlier published version did.
// ErrNoTag when the address has no tag under a key that is asked. Every doubt, and every
// failure to read, wraps breach.ErrUnproven.
func (r *Roster) Answer(ctx context.Context, tags breach.Tags) (breach.Version, breach.Answer, error) {
	var row tagRow
	var found bool
	var tag breach.Tag
	asked := func(g *guard) (args []any, err error) {
		tag, err = tagUnder(tags, &g.version)
		return []any{tag[:]}, err
	}
	g, err := r.read(ctx, question{stmtAnswer, stmtRow}, asked, func(rows *sql.Rows, guard ...any) error {
		var t sql.RawBytes
		if err := rows.Scan(append(guard, &t)...); err != nil {
			return err
		}
		row, found = splitRow(t)
		return nil
	})
	if err != nil {
		return breach.Version{}, breach.Answer{}, err
	}
	answer, err := r.answerAt(&g.version, row, found, tag)
	if err == nil && !answer.Listed() {
		answer.Dropped, err = r.dropped(ctx, g, tags)
	}
	if err != nil {
		return breach.Version{}, breach.Answer{}, err
	}
	return g.version.public(), answer, nil
}

// answerAt decides what a version says about a tag by the row that was found for it.
func (r *Roster) answerAt(v *versionRow, row tagRow, found bool, tag breach.Tag) (breach.Answer, error) {
	if !found {
		return breach.Answer{}, fmt.Errorf("%w: the list has no beginning", ErrAltered)
	}
	listed, err := row.prove(v, tag)
	if err != nil || !listed {
		return breach.Answer{}, err
	}
	answer, err := decodeAnswer(row.answer)
	if err != nil {
		return breach.Answer{}, unread(err)
	}
	return answer, nil
}

// Standing proves the guard and reads, in the same snapshot, the newest evaluated guesses
// (otp.PastKept failures and as many acceptances at most) at codes of this address and purpose,
// newest first, whatever their age. Refused long codes are not among them. Each is proven by its
// seal; errors are those of Answer.
func (r *Roster) Standing(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error) {
	if past, err := r.standingNow(ctx, tags, purpose); past != nil || err != nil {
		return past, unread(err)
	}
	var past sql.NullString
	newest := tags.Newest()
	asked := func(*guard) ([]any, error) { return []any{newest[:], string(purpose)}, nil }
	_, err := r.read(ctx, question{stmtStanding, stmtNone}, asked, func(rows *sql.Rows, guard ...any) error {
		return rows.Scan(append(guard, &past)...)
	})
	if err != nil {
		return nil, err
	}
	guesses, err := r.db.guesses(ctx, r.keys, past.String, newest, purpose)
	if err != nil || tags.Len() < 2 {
		return guesses, err
	}
	// Rows of before the newest key: the snapshot does not matter, they are never rewritten.
	stmt, err := r.prepare(ctx, stmtPast)
	if err != nil {
		return nil, unread(err)
	}
	older, err := r.db.pastUnder(ctx, stmt, r.keys, tags, 1, purpose)
	if err != nil {
		return nil, unread(err)
	}
	return newestPast(guesses, older), nil
}

// standingNow is Standing while the guard is current; otherwise it returns nil.
func (r *Roster) standingNow(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error) {
	known := r.current()
	if known == nil || known.guard.version.IncidentDigest != r.incident {
		return nil, nil
	}
	if past := r.db.recent.ofAll(tags, purpose, known.of); past != nil {
		return past, nil
	}
	stmt, err := r.prepare(ctx, stmtPast)
	if err != nil {
		return nil, err
	}
	past, err := r.db.pastUnder(ctx, stmt, r.keys, tags, 0, purpose)
	if err != nil || r.current() != known {
		return nil, err
	}
	if past == nil {
		past = []otp.Past{}
	}
	return past, nil
}

// Ready proves the guard only: a published version of this incident and these keys, whose
// sentinel is found; and that it can be told whether the look-up is shut (ErrPauseUnproven).
// One that is shut is ready. The cost does not depend on the size of the list.
func (r *Roster) Ready(ctx context.Context) error {
	if err := r.db.inPlace(); err != nil {
		return fmt.Errorf("%w: %w", breach.ErrUnproven, err)
	}
	if _, err := r.read(ctx, question{stmtGuard, stmtNone}, askNothing, scanGuard); err != nil {
		return err
	}
	if _, err := r.Paused(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrPauseUnproven, err)
	}
	return nil
}

func scanGuard(rows *sql.Rows, guard ...any) error { return rows.Scan(guard...) }
