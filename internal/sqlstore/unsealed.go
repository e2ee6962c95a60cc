package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	// treeFrom is the schema from which on the log has a count of its rows, heads, and seals.
	treeFrom = 4
	// sealedFrom is the one from which on every row is sealed.
	sealedFrom = 5
	// trustUntil is the first one in which no row can be taken on trust any more.
	trustUntil = 16
)

// refuseUnsealed refuses the log of a database at an earlier schema before anything is
// changed, unless all of it is sealed. A program that sealed what it finds would make an
// altered log look whole as soon as somebody says that the schema is an earlier one. By whom
// it is sealed is found when something is written: here there are no keys.
func refuseUnsealed(ctx context.Context, db *sql.DB, at int64) error {
	if at == 0 || at >= trustUntil {
		return nil
	}
	var rows bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM audit_entries)`).Scan(&rows); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	unsealed := rows
	var err error
	switch {
	case !rows:
		unsealed, err = begun(ctx, db, at)
	case at >= sealedFrom:
		// A count that is missing seals nothing either.
		const trusting = `SELECT NOT EXISTS (SELECT 1 FROM audit_tree WHERE id = 1 AND adopted = 0 AND length(seal) = 32)
			OR EXISTS (SELECT 1 FROM audit_entries WHERE length(seal) <> 32)`
		err = db.QueryRowContext(ctx, trusting).Scan(&unsealed)
	}
	switch {
	case err != nil:
		return fmt.Errorf("reading the audit log: %w", err)
	case unsealed:
		return ErrUnsealed
	}
	return nil
}

// neverBegan refuses a log that has no rows in a database in which something stands that never
// comes before the first of them: all of its rows are missing. A new log is the only one that
// no key need have sealed.
func neverBegan(ctx context.Context, q rowQuerier) error {
	switch missing, err := begun(ctx, q, schemaVersion); {
	case err != nil:
		return fmt.Errorf("reading the audit log: %w", err)
	case missing:
		return fmt.Errorf("%w: all of its rows are missing", ErrLogAltered)
	}
	return nil
}

// begun tells whether something stands in a database of a schema that never comes before the
// first row of its log.
func begun(ctx context.Context, q rowQuerier, schema int64) (already bool, err error) {
	query := `SELECT EXISTS (SELECT 1 FROM publications)`
	if schema >= treeFrom {
		query += ` OR EXISTS (SELECT 1 FROM audit_heads)`
	}
	err = q.QueryRowContext(ctx, query).Scan(&already)
	return already, err
}
