package sqlstore

import (
	"context"
	"errors"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sweep removes the rows of every staging that was not committed.
func (r *Roster) sweep(ctx context.Context) error {
	rows, err := r.db.write.QueryContext(ctx, `SELECT version FROM roster_stagings ORDER BY version`)
	if err != nil {
		return err
	}
	var dead []int64
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return errors.Join(err, rows.Close())
		}
		dead = append(dead, v)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, v := range dead {
		if err := r.sweepOne(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// sweepOne removes a staging. Marking it dead comes first, so that a staging that still
// runs elsewhere writes no row behind our back; its own row goes last, so that a sweep
// cut short is taken up by the next one. A committed version is left alone, even if
// somebody gave it a staging row.
func (r *Roster) sweepOne(ctx context.Context, version int64) error {
	res, err := r.db.write.ExecContext(ctx, `UPDATE roster_stagings SET dead = 1
		WHERE version = ? AND version NOT IN (SELECT id FROM roster_versions)`, version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for _, query := range []string{
		`DELETE FROM roster_tags WHERE version = ?1 AND tag IN (SELECT tag FROM roster_tags WHERE version = ?1 LIMIT 1000)`,
		`DELETE FROM roster_persons WHERE version = ?1 AND person IN (SELECT person FROM roster_persons WHERE version = ?1 LIMIT 1000)`,
		`DELETE FROM roster_handles WHERE version = ?1 AND handle IN (SELECT handle FROM roster_handles WHERE version = ?1 LIMIT 1000)`,
		`DELETE FROM roster_contacts WHERE version = ?1 AND handle IN (SELECT handle FROM roster_contacts WHERE version = ?1 LIMIT 1000)`,
		`DELETE FROM roster_reviews WHERE version = ?1 AND handle IN (SELECT handle FROM roster_reviews WHERE version = ?1 LIMIT 1000)`,
	} {
		for {
			began := time.Now()
			res, err := r.db.write.ExecContext(ctx, query, version)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				break
			}
			if err := pause(ctx, time.Since(began)/breathe); err != nil {
				return err
			}
		}
	}
	_, err = r.db.write.ExecContext(ctx, `DELETE FROM roster_stagings WHERE version = ?`, version)
	return err
}

// isConstraint tells whether SQLite refused a row because of a key it already has.
func isConstraint(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}
