package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"exposure/internal/audit"
)

// ErrUnsealed: the rows of an earlier schema were hashed, and nobody has vouched for them.
var ErrUnsealed = errors.New("the audit log has rows of an earlier schema that nobody has sealed yet: run \"exposurectl migrate\" with the server's key file")

// errGap: rows are missing in a log that nothing could have cut.
var errGap = errors.New("rows of the audit log are missing: keep this file as evidence, and go on from a backup")

// hashing is the migration that hashes the rows of the earlier schema. It is a step of
// the migration, and not of the first start, because a program that hashed whatever it
// found would make an altered log look whole as soon as somebody emptied the tables of
// this schema.
func hashing() *goose.Migration {
	return goose.NewGoMigration(5, &goose.GoFunc{RunTx: hashRows}, nil)
}

// adoptRows is how many rows are hashed at a time.
const adoptRows = 1000

// hashRows hashes every row there is, in one transaction with the step of the schema.
func hashRows(ctx context.Context, tx *sql.Tx) error {
	update, err := tx.PrepareContext(ctx, `UPDATE audit_entries SET seal = ? WHERE seq = ?`)
	if err != nil {
		return err
	}
	defer update.Close()
	var t audit.Tree
	for {
		before := t.Size()
		leaves, err := leavesFrom(ctx, tx, before+1)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			t.Append(leaf)
			if _, err := update.ExecContext(ctx, leaf[:], t.Size()); err != nil {
				return err
			}
		}
		if t.Size() == before {
			break
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE audit_tree SET size = ?, adopted = ?, peaks = ?`, t.Size(), t.Size(), t.Peaks())
	return err
}

// leavesFrom hashes the next rows, from a number on.
func leavesFrom(ctx context.Context, tx *sql.Tx, seq int64) ([]audit.Hash, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, encoded FROM audit_entries WHERE seq >= ? OR seq < 1 ORDER BY seq LIMIT ?`, seq, adoptRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var leaves []audit.Hash
	for ; rows.Next(); seq++ {
		var found int64
		var encoded sql.RawBytes
		if err := rows.Scan(&found, &encoded); err != nil {
			return nil, err
		}
		if found != seq {
			return nil, fmt.Errorf("row %d: %w", seq, errGap)
		}
		leaves = append(leaves, audit.Leaf(encoded))
	}
	return leaves, rows.Err()
}

// Unsealed tells whether the log waits to be adopted.
func (db *DB) Unsealed(ctx context.Context) (bool, error) {
	var waits bool
	err := db.read.QueryRowContext(ctx, `SELECT count(*) > 0 FROM audit_tree WHERE size > 0 AND length(seal) = 0`).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("reading the audit log: %w", err)
	}
	return waits, nil
}

// Adopt vouches for the rows of an earlier schema as they are now: it seals them, writes
// the entry, which must be audit.Migrated, and signs a head. It returns how many rows
// there were, 0 when there was nothing to adopt; then nothing is written.
func (db *DB) Adopt(ctx context.Context, keys AuditKeys, entry audit.Entry) (int64, error) {
	if entry.Action != audit.Migrated {
		return 0, fmt.Errorf("%w: it must be about the migration", audit.ErrInvalid)
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("adopting the audit log: %w", err)
	}
	defer tx.Rollback()
	w, err := db.logWriter(ctx, tx, keys)
	if err != nil {
		return 0, err
	}
	defer w.close()
	if err := w.load(); !errors.Is(err, ErrUnsealed) {
		return 0, err
	}
	rows := w.state.Tree.Size()
	entry.Detail = fmt.Sprintf("%d earlier rows were hashed", rows)
	if err := w.appendEntries(entry); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("adopting the audit log: %w", err)
	}
	return rows, nil
}
