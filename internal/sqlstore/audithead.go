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

// knownHead is how many rows the newest head covers, as the log itself says; no more than it
// has. Whoever may write the database can raise each of the three, and NewestHead finds that.
const knownHead = `(SELECT min(head, size, coalesce((SELECT max(seq) FROM audit_entries), 0)) FROM audit_tree WHERE id = 1)`

// HeadsAfter returns the heads over more than so many rows, oldest first, at most limit of
// them: those of every program that writes to the log. They are not checked; none is over
// more rows than the log says that it has, counts and numbers alike: see StrayHead.
func (db *DB) HeadsAfter(ctx context.Context, size int64, limit int) ([]SignedHead, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT size, signed FROM audit_heads WHERE size > ? AND size <= `+knownHead+` ORDER BY size LIMIT ?`, size, limit)
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

// StrayHead tells whether there is a head over more rows than the newest that the log knows
// of: no program of ours leaves one.
func (db *DB) StrayHead(ctx context.Context) (stray bool, err error) {
	const beyond = `SELECT EXISTS (SELECT 1 FROM audit_heads WHERE size > ` + knownHead + `)`
	if err := db.read.QueryRowContext(ctx, beyond).Scan(&stray); err != nil {
		return false, fmt.Errorf("reading heads of the audit log: %w", err)
	}
	return stray, nil
}

// NewestHead returns the newest signed head and its text, which is empty while there is none.
// Which it is says the log's own count, which is sealed: what somebody without a key puts
// beside it is not read, however much. ErrLogAltered when the count, or that head, is not what
// the holder of one of the keys left. All is read in one snapshot.
func (db *DB) NewestHead(ctx context.Context, p audit.Prover) (h audit.Head, signed string, err error) {
	state, signed, err := db.sealedState(ctx, p)
	if err != nil || state.Head == 0 {
		return h, "", err
	}
	if h, err = audit.OpenHead(signed, p.AuditVerifiers()...); err != nil || h.Size != state.Head {
		return audit.Head{}, "", fmt.Errorf("%w: the head over the first %d rows is missing or not ours", ErrLogAltered, state.Head)
	}
	return h, signed, nil
}

// sealedState is what the log keeps beside its rows, and the text of the head that it names.
// ErrLogAltered when none of the keys has sealed it.
func (db *DB) sealedState(ctx context.Context, p audit.Prover) (state audit.State, signed string, err error) {
	const stored = `SELECT ` + logStateColumns + `, coalesce(h.signed, '')` + logStateFrom + ` LEFT JOIN audit_heads h ON h.size = t.head WHERE t.id = 1`
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return state, "", fmt.Errorf("reading the newest head of the audit log: %w", err)
	}
	defer tx.Rollback()
	var found storedState
	err = tx.QueryRowContext(ctx, stored).Scan(append(found.targets(), exact{&signed})...)
	switch {
	case errors.Is(err, sql.ErrNoRows) || errors.Is(err, ErrAltered):
		return state, "", ErrLogAltered
	case err != nil:
		return state, "", fmt.Errorf("reading the newest head of the audit log: %w", err)
	case found.size == 0:
		return state, "", neverBegan(ctx, tx)
	}
	return found.State, signed, found.prove(ctx, tx, p)
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
