package sqlstore

import (
	"context"
	"fmt"

	"exposure/internal/audit"
)

// logRow is a row of the audit log as it is found.
type logRow struct {
	seq           int64
	encoded, seal []byte
}

const logRowColumns = `seq, encoded, seal`

// entry is what the row says. It is proven by the row's own seal; that nothing is missing
// beside it is what reading the whole log proves.
func (r logRow) entry(keys audit.Prover) (e audit.Entry, proven bool) {
	if !audit.Sealed(keys, r.seq, r.encoded, r.seal) {
		return audit.Entry{}, false
	}
	e, err := audit.Decode(r.encoded)
	return e, err == nil
}

// eachLogRow visits the rows that a statement finds, which selects logRowColumns.
func eachLogRow(ctx context.Context, q querier, query string, args []any, visit func(logRow) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r logRow
		if err := rows.Scan(&r.seq, &r.encoded, &r.seal); err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// logEnds returns ErrAltered when rows were cut off the end of the log, or put behind it.
func logEnds(ctx context.Context, q rowQuerier) error {
	var counted, last int64
	err := q.QueryRowContext(ctx, `SELECT size, coalesce((SELECT max(seq) FROM audit_entries), 0) FROM audit_tree WHERE id = 1`).Scan(&counted, &last)
	if err == nil && counted != last {
		err = fmt.Errorf("%w: the end of the audit log", ErrAltered)
	}
	return err
}
