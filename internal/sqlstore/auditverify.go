package sqlstore

import (
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
	if v.Bad == nil {
		v.Bad = bad
	}
	return v, nil
}

// loadEvidence reads what the log keeps beside its rows. What of it cannot be read is bad
// and is told, unless a row is bad as well.
func loadEvidence(ctx context.Context, tx *sql.Tx, e *audit.Evidence) (bad *audit.Finding, err error) {
	var size int64
	var peaks []byte
	err = tx.QueryRowContext(ctx, `SELECT size, adopted, head, peaks, seal FROM audit_tree WHERE id = 1`).
		Scan(&size, &e.State.Adopted, &e.State.Head, &peaks, &e.Seal)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if e.State.Tree, err = audit.ParseTree(size, peaks); err != nil || size > 0 && len(e.Seal) == 0 && e.State.Adopted != size {
		bad = &audit.Finding{Why: "the log's own count of its rows was altered"}
	}
	rows, err := tx.QueryContext(ctx, `SELECT size, signed FROM audit_heads ORDER BY size`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var signed string
		if err := rows.Scan(&size, &signed); err != nil {
			return nil, err
		}
		h, err := openHead(signed, e.Provers)
		if err != nil || h.Size != size {
			bad = &audit.Finding{Why: fmt.Sprintf("the head over the first %d rows was altered, or signed under another key file", size)}
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
	var r rawRow
	var row audit.Row
	n := int64(0)
	for rows.Next() {
		if err := rows.Scan(&row.Seq, &row.At, &r[0], &r[1], &r[2], &row.Weighs, &r[3], &r[4], &r[5], &r[6]); err != nil {
			return err
		}
		row.Action, row.Outcome, row.Purpose, row.Tag = r[0], r[1], r[2], r[3]
		row.Attempt, row.Encoded, row.Seal = r[4], r[5], r[6]
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

// rawRow are the columns of a row that are bytes.
type rawRow [7]sql.RawBytes
