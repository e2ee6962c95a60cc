package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/otp"
)

// failuresSQL finds its rows by the index over just these.
const failuresSQL = `SELECT seq, encoded, seal FROM audit_entries WHERE weighs = 1 AND outcome = 'refused' AND at > ?1`

// sizeSQL is how many rows the log has.
const sizeSQL = `SELECT size FROM audit_tree WHERE id = 1`

// RowsOfOthers counts the rows that Append did not write here: when it differs from the last
// time, somebody else wrote some, most likely another process. In the moment of a commit of
// our own it may count that one as well. It proves nothing and costs next to nothing.
func (a *Audit) RowsOfOthers(ctx context.Context) (others int64, err error) {
	stmt, err := a.size.prepare(ctx, a.db.read, sizeSQL)
	if err != nil {
		return 0, fmt.Errorf("counting the rows of the audit log: %w", err)
	}
	var size int64
	switch err := stmt.QueryRowContext(ctx).Scan(&size); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, fmt.Errorf("%w: its count of its rows is missing", ErrLogAltered)
	case err != nil:
		return 0, fmt.Errorf("counting the rows of the audit log: %w", err)
	}
	return size - a.own.Load(), nil
}

// FailedGuesses calls each with the network of every short code that was compared and
// refused since then, until it returns false. A row that cannot be proven comes from a
// network of its own: then nobody who may write the database makes failures fewer by saying
// that they came from one place. Its cost grows with the failures since then, so it is not
// for every request; each must not ask this store.
func (a *Audit) FailedGuesses(ctx context.Context, since time.Time, each func(network [16]byte) (more bool)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("reading failed guesses: %w", err)
		}
	}()
	stmt, err := a.failures.prepare(ctx, a.db.read, failuresSQL)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, since.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var encoded, seal sql.RawBytes
		if err := rows.Scan(&seq, &encoded, &seal); err != nil {
			return err
		}
		if network, page := a.network(ctx, seq, encoded, seal); page && !each(network) {
			return nil
		}
	}
	return rows.Err()
}

// network is where a guess came from, and whether it was made on the page: codes read out on
// the telephone are for agents alone to try. Of a row that cannot be proven it is one whose
// first quarter names the row, so that no other shares its site or its block.
func (a *Audit) network(ctx context.Context, seq int64, encoded, seal []byte) (n [16]byte, page bool) {
	if audit.Sealed(a.keys, seq, encoded, seal) {
		if e, err := audit.Decode(encoded); err == nil {
			return e.Network, e.Purpose != string(otp.Phone)
		}
	}
	binary.LittleEndian.PutUint64(n[:], uint64(seq))
	return n, true
}
