package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// failuresSQL finds its rows by the index over just these. The network stands at that
// place of the encoding of an entry with a tag; every guess has one, and rows are never
// rewritten.
const failuresSQL = `SELECT substr(encoded, 67, 16), count(*) FROM audit_entries
	WHERE weighs = 1 AND outcome = 'refused' AND at > ?1 GROUP BY 1 LIMIT ?2`

// FailedGuesses counts the short codes that were compared and refused since then, by the
// network they came from. Of more than most networks it leaves out any. Its cost grows
// with the failures since then, so it is not for every request.
func (a *Audit) FailedGuesses(ctx context.Context, since time.Time, most int) (_ map[[16]byte]int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("counting failed guesses: %w", err)
		}
	}()
	stmt, err := a.failures.prepare(ctx, a.db.read, failuresSQL)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, since.UnixMilli(), most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[[16]byte]int{}
	for rows.Next() {
		var network []byte
		var n int
		if err := rows.Scan(&network, &n); err != nil {
			return nil, err
		}
		var key [16]byte
		copy(key[:], network) // of a damaged row what is there: it counts all the same
		counts[key] += n
	}
	return counts, rows.Err()
}
