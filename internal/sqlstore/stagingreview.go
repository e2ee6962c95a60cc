package sqlstore

import (
	"context"

	"exposure/internal/breach"
)

// AddReview adds a record of the review list. It is not stored yet.
func (s *Staging) AddReview(_ context.Context, _ breach.StagedReview) error {
	if s.over {
		return ErrStagingOver
	}
	return nil
}
