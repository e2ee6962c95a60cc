package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/audit"
)

const (
	logCount = `SELECT ` + logStateColumns + `, (SELECT count(*) FROM audit_entries), (SELECT coalesce(max(seq), 0) FROM audit_entries)` + logStateFrom + ` WHERE t.id = 1`

	// oddRows finds rows that may be about another member, or not about one, than their
	// columns say. An encoding has the tag at its place, and the purpose after its length, as
	// they are. What is of another type than it was written with is neither equal nor found.
	oddRows = `SELECT seq, purpose IS 'member', tag, encoded FROM audit_entries
	WHERE (purpose IS 'member') <> (coalesce(instr(encoded, x'00066D656D626572'), 0) > 0)
	OR purpose IS 'member' AND tag IS NOT substr(encoded, 19, 32) OR typeof(encoded) <> 'blob'`
)

// checkLog proves that the log has as many rows as it counts, and that those about members
// are found by their columns. That each is what was written there is what reading the whole
// log proves.
func (s *Resets) checkLog(ctx context.Context, tx *sql.Tx) error {
	var found storedState
	var rows, last int64
	err := tx.QueryRowContext(ctx, logCount).Scan(append(found.targets(), &rows, &last)...)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: the audit log's count of its rows", ErrAltered)
	}
	if err != nil {
		return unread(err)
	}
	if err := found.prove(ctx, tx, s.keys); errors.Is(err, ErrLogAltered) {
		return fmt.Errorf("%w: the audit log's count of its rows", ErrAltered)
	} else if err != nil {
		return unread(err)
	}
	if rows != found.size || last != found.size {
		return fmt.Errorf("%w: the audit log counts %d rows and has %d, up to row %d", ErrAltered, found.size, rows, last)
	}
	return checkColumns(ctx, tx)
}

func checkColumns(ctx context.Context, tx *sql.Tx) error {
	odd, err := tx.QueryContext(ctx, oddRows)
	if err != nil {
		return unread(err)
	}
	defer odd.Close()
	for odd.Next() {
		var seq int64
		var member bool
		var tag, encoded []byte
		if err := odd.Scan(&seq, &member, optional{&tag}, exact{&encoded}); err != nil {
			return unread(err)
		}
		e, err := audit.Decode(encoded)
		if err != nil || member != (e.Purpose == audit.Member) || member && (e.Tag == nil || !bytes.Equal(tag, e.Tag[:])) {
			return fmt.Errorf("%w: row %d of the audit log", ErrAltered, seq)
		}
	}
	return unread(odd.Err())
}
