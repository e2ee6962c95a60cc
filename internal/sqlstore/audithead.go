package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
)

// ErrRolledBack means that the log is older than a head of it that was kept elsewhere, or
// another one.
var ErrRolledBack = errors.New("the audit log does not begin with the rows of a head that was kept: the database was put back to an earlier state, or its log was rewritten")

// SignedHead is a head of the log as it is kept.
type SignedHead struct {
	Size   int64
	Signed string // see audit.OpenHead
}

// Sign signs a head over every row committed so far, unless the newest head covers them,
// and returns when it is on the disk.
func (a *Audit) Sign(ctx context.Context) error {
	return a.submit(ctx, &waiting{sign: true, result: make(chan error, 1)}, "signing")
}

// HeadsAfter returns the signed heads over more than so many rows, oldest first, at most
// limit of them: those of every program that writes to the log.
func (db *DB) HeadsAfter(ctx context.Context, size int64, limit int) ([]SignedHead, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT size, signed FROM audit_heads WHERE size > ? ORDER BY size LIMIT ?`, size, limit)
	if err != nil {
		return nil, fmt.Errorf("reading heads of the audit log: %w", err)
	}
	defer rows.Close()
	var all []SignedHead
	for rows.Next() {
		var h SignedHead
		if err := rows.Scan(&h.Size, &h.Signed); err != nil {
			return nil, fmt.Errorf("reading heads of the audit log: %w", err)
		}
		all = append(all, h)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading heads of the audit log: %w", err)
	}
	return all, nil
}

// NewestHead returns the newest signed head, and false when there is none yet.
func (db *DB) NewestHead(ctx context.Context) (h SignedHead, ok bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT size, signed FROM audit_heads ORDER BY size DESC LIMIT 1`).Scan(&h.Size, &h.Signed)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	if err != nil {
		return h, false, fmt.Errorf("reading heads of the audit log: %w", err)
	}
	return h, true, nil
}

// BeginsWith returns ErrRolledBack unless the log begins with exactly the rows of each head,
// in any order. It hashes as many rows as the largest covers, once.
func (db *DB) BeginsWith(ctx context.Context, heads ...audit.Head) error {
	if len(heads) == 0 {
		return nil
	}
	heads = slices.Clone(heads)
	slices.SortFunc(heads, func(a, b audit.Head) int { return cmp.Compare(a.Size, b.Size) })
	rows, err := db.read.QueryContext(ctx, `SELECT encoded FROM audit_entries WHERE seq BETWEEN 1 AND ? ORDER BY seq`, heads[len(heads)-1].Size)
	if err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	defer rows.Close()
	var t audit.Tree
	for rows.Next() {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded); err != nil {
			return fmt.Errorf("reading the audit log: %w", err)
		}
		t.Append(audit.Leaf(encoded))
		for ; len(heads) > 0 && heads[0].Size == t.Size(); heads = heads[1:] {
			if t.Root() != heads[0].Root {
				return fmt.Errorf("%w: row %d and its head", ErrRolledBack, heads[0].Size)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	if len(heads) > 0 {
		return fmt.Errorf("%w: row %d and its head", ErrRolledBack, heads[0].Size)
	}
	return nil
}
