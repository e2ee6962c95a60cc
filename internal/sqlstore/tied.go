package sqlstore

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
)

// The newest rows of publications and of pauses say what everybody is answered, and nothing in
// these tables shows that a newer one was removed together with its number. The audit log does:
// its sealed state names the newest row about each (audit.Marks), which was written with it. So
// whoever has no key can go back only by putting back the log as well: all of it, as it then
// was, which heads that were kept elsewhere show.

var (
	// ErrPublicationGone: the audit log and the publications do not agree which was the newest.
	ErrPublicationGone = fmt.Errorf("%w: the newest publication is not the one that the audit log has", ErrAltered)
	// ErrPauseGone: the same of pauses.
	ErrPauseGone = fmt.Errorf("%w: the newest order to shut or open the look-up is not the one that the audit log has", ErrAltered)
)

// told is what the log says last about a publication, or about a pause.
type told struct {
	state storedState
	row   witness
}

func (t *told) targets() []any { return append(t.state.targets(), t.row.targets()...) }

// What told is read by: one row in any case. The column of the mark follows.
const (
	toldColumns = logStateColumns + `, ` + witnessColumns
	toldFrom    = ` LEFT JOIN audit_tree AS t ON t.id = 1 LEFT JOIN audit_entries AS a ON a.seq = t.`

	toldPublishedSQL = `SELECT ` + toldColumns + ` FROM (SELECT 1)` + toldFrom + `published`
	toldPausedSQL    = `SELECT ` + toldColumns + ` FROM (SELECT 1)` + toldFrom + `paused`
)

// entry is the row that the mark names, proven; its number is 0 when there is none.
func (t *told) entry(ctx context.Context, q querier, db *DB, p audit.Prover, of func(audit.Marks) int64) (seq int64, e audit.Entry, err error) {
	if err := t.state.prove(ctx, q, p); err != nil {
		return 0, e, err
	}
	if !t.state.Marks.Known {
		if err := db.find(ctx, q, p, &t.state); err != nil {
			return 0, e, err
		}
		const find = `SELECT ` + witnessColumns + ` FROM audit_entries AS a WHERE a.seq = ?`
		err := q.QueryRowContext(ctx, find, of(t.state.Marks)).Scan(t.row.targets()...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, e, err
		}
	}
	if seq = of(t.state.Marks); seq == 0 {
		return 0, e, nil
	}
	e, proven := t.row.entry(p)
	if !proven || t.row.seq != seq {
		return 0, e, fmt.Errorf("%w: row %d", ErrLogAltered, seq)
	}
	return seq, e, nil
}

func ofPublished(m audit.Marks) int64 { return m.Published }

func ofPaused(m audit.Marks) int64 { return m.Paused }

// publication proves that a publication is the newest one.
func (t *told) publication(ctx context.Context, q querier, db *DB, p audit.Prover, version, at int64) error {
	seq, e, err := t.entry(ctx, q, db, p, ofPublished)
	switch {
	case err != nil:
		return unread(err)
	case seq == 0 && version == 0, seq > 0 && e.Version == version && e.At.UnixMilli() == at:
		return nil
	case seq == 0:
		return fmt.Errorf("%w, which knows of none: %s", ErrPublicationGone, evidence)
	}
	return &unpublishedError{seq, e}
}

// unpublishedError is an ErrPublicationGone that says which version is to be published again.
type unpublishedError struct {
	seq   int64
	entry audit.Entry
}

func (e *unpublishedError) Unwrap() error { return ErrPublicationGone }

func (e *unpublishedError) Error() string {
	return fmt.Sprintf(`%v: by its row %d, version %d was published at %s. Somebody who may write the database removed publications or put them back: keep a copy of it as evidence, find out who, and then publish that version again (exposurectl publish --version %[3]d), or, where that is refused, restore the database from its backup`,
		ErrPublicationGone, e.seq, e.entry.Version, e.entry.At.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// order proves that an order about a pause is the newest one. One that was written anew under
// another key may be of a later time.
func (t *told) order(ctx context.Context, q querier, db *DB, p audit.Prover, row *pauseRow) error {
	seq, e, err := t.entry(ctx, q, db, p, ofPaused)
	switch {
	case err != nil:
		return unread(err)
	case seq == 0 && row.seq == 0, seq > 0 && row.seq > 0 && row.shut == (e.Action == audit.Pause) && row.at >= e.At.UnixMilli():
		return nil
	case seq == 0:
		return fmt.Errorf("%w, which knows of none: %s", ErrPauseGone, evidence)
	}
	return fmt.Errorf(`%w: by its row %d, it was %q at %s. Somebody who may write the database removed orders or put them back: keep a copy of it as evidence, find out who, and then give the order again (exposurectl pause, or resume if it is to be open)`,
		ErrPauseGone, seq, e.Action, e.At.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// Agrees tells whether the newest publication and the newest order about a pause are those of
// the audit log: ErrPublicationGone and ErrPauseGone when they are not. What these rows say is
// for whoever answers by them to prove.
func (db *DB) Agrees(ctx context.Context, provers ...audit.Prover) error {
	one := anyProver(provers)
	return db.inSnapshot(ctx, func(tx *sql.Tx) error {
		return errors.Join(db.agreesPublished(ctx, tx, one), db.agreesPaused(ctx, tx, one))
	})
}

func (db *DB) agreesPublished(ctx context.Context, q querier, p audit.Prover) error {
	var version, at int64
	err := q.QueryRowContext(ctx, `SELECT version, at FROM publications ORDER BY seq DESC LIMIT 1`).Scan(exact{&version}, exact{&at})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return unread(err)
	}
	var t told
	if err := q.QueryRowContext(ctx, toldPublishedSQL).Scan(t.targets()...); err != nil {
		return unread(err)
	}
	return t.publication(ctx, q, db, p, version, at)
}

func (db *DB) agreesPaused(ctx context.Context, q querier, p audit.Prover) error {
	var row pauseRow
	var shut int64
	err := q.QueryRowContext(ctx, `SELECT seq, at, shut FROM pauses ORDER BY seq DESC LIMIT 1`).Scan(exact{&row.seq}, exact{&row.at}, exact{&shut})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return unread(err)
	}
	row.shut = shut != 0
	var t told
	if err := q.QueryRowContext(ctx, toldPausedSQL).Scan(t.targets()...); err != nil {
		return unread(err)
	}
	return t.order(ctx, q, db, p, &row)
}

// anyProver proves what one of several key files does.
type anyProver []audit.Prover

// AuditSealed implements audit.Prover.
func (a anyProver) AuditSealed(seal [32]byte, label string, parts ...[]byte) bool {
	return slices.ContainsFunc(a, func(p audit.Prover) bool { return p.AuditSealed(seal, label, parts...) })
}

// AuditVerifiers implements audit.Prover.
func (a anyProver) AuditVerifiers() (all []ed25519.PublicKey) {
	for _, p := range a {
		all = append(all, p.AuditVerifiers()...)
	}
	return all
}
