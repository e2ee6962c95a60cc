package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/audit"
)

// Progress is told how far long work is. One goroutine at a time.
type Progress interface {
	Begin(what string, total int64)
	Add(n int64)
	End()
}

// progressEvery is after how many rows progress is told.
const progressEvery = 1 << 12

const logRows = `SELECT seq, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal FROM audit_entries ORDER BY seq`

// VerifyAudit reads the whole log, in one snapshot beside programs that write to it, and
// finds the first row that is not what was written: edited, removed, moved, added or cut
// off. With heads kept elsewhere it also finds that the whole database was put back.
// The verdict is about the log; an error only says that it could not be read.
func (db *DB) VerifyAudit(ctx context.Context, provers []audit.Prover, kept []audit.Head, p Progress) (audit.Verdict, error) {
	v, err := db.verifyAudit(ctx, provers, kept, p)
	if err != nil {
		return v, fmt.Errorf("reading the audit log: %w", err)
	}
	return v, nil
}

func (db *DB) verifyAudit(ctx context.Context, provers []audit.Prover, kept []audit.Head, p Progress) (audit.Verdict, error) {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return audit.Verdict{}, err
	}
	defer tx.Rollback()
	e := audit.Evidence{Provers: provers, Kept: kept}
	bad, err := loadEvidence(ctx, tx, &e)
	if err != nil {
		return audit.Verdict{}, err
	}
	if p != nil {
		p.Begin("audit log", e.State.Tree.Size())
		defer p.End()
	}
	c := audit.NewChecker(e)
	if err := feed(ctx, tx, c, p); err != nil {
		return audit.Verdict{}, err
	}
	v := c.End()
	if bad != nil && (v.Bad == nil || v.Bad.Row == 0) {
		v.Bad = bad
	}
	return v, nil
}

// loadEvidence reads what the log keeps beside its rows. What of it cannot be read is bad
// and is told, unless a row is bad as well.
func loadEvidence(ctx context.Context, tx *sql.Tx, e *audit.Evidence) (bad *audit.Finding, err error) {
	bad, err = loadState(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	badHead, err := loadHeads(ctx, tx, e)
	return cmp.Or(badHead, bad), err
}

func loadState(ctx context.Context, tx *sql.Tx, e *audit.Evidence) (*audit.Finding, error) {
	var found storedState
	err := tx.QueryRowContext(ctx, `SELECT `+logStateColumns+logStateFrom+` WHERE t.id = 1`).Scan(found.targets()...)
	e.State, e.Seal = found.State, found.seal
	mistyped := errors.Is(err, ErrAltered)
	if err != nil && !mistyped && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if found.size == 0 {
		err := neverBegan(ctx, tx)
		if errors.Is(err, ErrLogAltered) {
			return &audit.Finding{Why: "every row is missing: a version was published, or a head signed"}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if e.State.Tree, err = audit.ParseTree(found.size, found.peaks); err != nil || mistyped || found.size > 0 && len(e.Seal) == 0 {
		return &audit.Finding{Why: "the log's own count of its rows was altered"}, nil
	}
	return nil, nil
}

// mostBadHeads is after how many bad heads no more are read: each costs as much as many rows,
// and whoever may write the database can put in as many as there is room for.
const mostBadHeads = 1000

func loadHeads(ctx context.Context, tx *sql.Tx, e *audit.Evidence) (bad *audit.Finding, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT size, signed FROM audit_heads ORDER BY size`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for n := 0; n < mostBadHeads && rows.Next(); {
		var size int64
		var signed string
		err := rows.Scan(exact{&size}, exact{&signed})
		if err != nil && !errors.Is(err, ErrAltered) {
			return nil, err
		}
		h, err2 := openHead(signed, e.Provers)
		if err != nil || err2 != nil || h.Size != size {
			bad = &audit.Finding{Why: fmt.Sprintf("the head over the first %d rows was altered, or signed under another key file", size)}
			n++
			continue
		}
		e.Heads = append(e.Heads, h)
	}
	return bad, rows.Err()
}

func openHead(signed string, provers []audit.Prover) (h audit.Head, err error) {
	for _, p := range provers {
		if h, err = audit.OpenHead(signed, p.AuditVerifiers()...); err == nil {
			return h, nil
		}
	}
	return h, err
}

// feed hands every row to the checker until one is bad.
func feed(ctx context.Context, tx *sql.Tx, c *audit.Checker, p Progress) error {
	rows, err := tx.QueryContext(ctx, logRows)
	if err != nil {
		return err
	}
	defer rows.Close()
	var row audit.Row
	targets := []any{
		exact{&row.Seq}, exact{&row.At}, logColumn{&row.Action, true}, logColumn{&row.Outcome, true}, logColumn{&row.Purpose, true}, exact{&row.Weighs},
		logColumn{&row.Tag, false}, logColumn{&row.Attempt, false}, logColumn{&row.Encoded, false}, logColumn{&row.Seal, false},
	}
	n := int64(0)
	for rows.Next() {
		switch err := rows.Scan(targets...); {
		case errors.Is(err, ErrAltered):
			row.Encoded = nil // which is no entry
		case err != nil:
			return err
		}
		if !c.Row(&row) {
			break
		}
		if n++; n%progressEvery == 0 && p != nil {
			p.Add(progressEvery)
		}
	}
	if p != nil {
		p.Add(n % progressEvery)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// logColumn scans a column of the log that is text, or else bytes, as it is: what is of the other
// type may read the same, but is not found by it. What it scans is the driver's, until the
// next row.
type logColumn struct {
	into *[]byte
	text bool
}

// Scan implements sql.Scanner. What is of another type is ErrAltered.
func (c logColumn) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c.into = nil
		return nil
	case []byte:
		if !c.text {
			*c.into = v
			return nil
		}
	case string:
		if c.text {
			*c.into = append((*c.into)[:0], v...)
			return nil
		}
	}
	return fmt.Errorf("%w: not of the expected type", ErrAltered)
}
