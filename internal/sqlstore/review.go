package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"exposure/internal/breach"
)

// reviewRow is a record of the review list as stored.
type reviewRow struct {
	StagedReview
	mac [32]byte
}

func (r *reviewRow) authenticate(key breach.RosterKey, version int64, salt []byte) [32]byte {
	return key.MAC("roster-review", num(version), salt, r.Handle[:], []byte(r.Reason), []byte(r.Applied), r.Sealed)
}

// Reviews is the whole review list of a committed version, in the order of its handles,
// whatever incident file the version belongs to. ErrUnknownVersion when there is no such
// version; a row that is missing or altered is ErrAltered.
func (r *Roster) Reviews(ctx context.Context, version int64) (all []StagedReview, err error) {
	err = r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.load(ctx, tx, version)
		if err != nil {
			return err
		}
		all, err = r.reviews(ctx, tx, v)
		return err
	})
	return all, err
}

func (r *Roster) reviews(ctx context.Context, q querier, v *versionRow) ([]StagedReview, error) {
	rows, err := q.QueryContext(ctx, `SELECT handle, reason, applied, sealed, mac FROM roster_reviews WHERE version = ? ORDER BY handle`, v.ID)
	if err != nil {
		return nil, unread(err)
	}
	defer rows.Close()
	var all []StagedReview
	for rows.Next() {
		var row reviewRow
		if err := rows.Scan(fixed{row.Handle[:]}, &row.Reason, &row.Applied, &row.Sealed, fixed{row.mac[:]}); err != nil {
			return nil, unread(err)
		}
		if row.mac != row.authenticate(v.key, v.ID, v.salt[:]) {
			return nil, fmt.Errorf("%w: a record of the review list", ErrAltered)
		}
		all = append(all, row.StagedReview)
	}
	switch {
	case rows.Err() != nil:
		return nil, unread(rows.Err())
	case int64(len(all)) != v.Reviews:
		return nil, fmt.Errorf("%w: records of the review list are missing", ErrAltered)
	}
	return all, nil
}

// checkReviews is reviews for Check.
func (r *Roster) checkReviews(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	_, err := r.reviews(ctx, tx, v)
	return err
}
