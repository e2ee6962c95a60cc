package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Oldest is how long the longest of the resets in a state has been in it; 0 without any. It
// is for measuring and not proven.
func (s *Resets) Oldest(ctx context.Context, state breach.ResetState, now time.Time) (time.Duration, error) {
	var since sql.NullInt64
	if err := s.db.read.QueryRowContext(ctx, `SELECT min(since) FROM resets WHERE state = ?`, state).Scan(&since); err != nil {
		return 0, fmt.Errorf("measuring the resets: %w", err)
	}
	if !since.Valid {
		return 0, nil
	}
	return max(0, now.Sub(instantOf(since.Int64))), nil
}

// Unverified is when a password that no ticket explains was last seen, by whatever program,
// in resets that changed after a number; zero if none was. last is the number of the newest
// change, to look on from; that one is missing is what Check sees. It is for measuring and
// not proven.
func (s *Resets) Unverified(ctx context.Context, after int64) (newest time.Time, last int64, err error) {
	const query = `SELECT coalesce(max(unverified), 0), coalesce(max(change), ?1) FROM resets WHERE change > ?1`
	var at int64
	if err := s.db.read.QueryRowContext(ctx, query, after).Scan(&at, &last); err != nil {
		return time.Time{}, after, fmt.Errorf("measuring the resets: %w", err)
	}
	return instantOf(at), last, nil
}
