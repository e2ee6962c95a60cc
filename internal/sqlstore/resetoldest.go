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
	return max(0, now.Sub(milli(since.Int64))), nil
}
