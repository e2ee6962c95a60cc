package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/breach"
)

// Published is the published version, whatever incident file it belongs to.
// ErrNoVersion when there is none; other errors are those of Answer.
func (r *Roster) Published(ctx context.Context) (Version, error) {
	guarded, err := r.readAny(ctx, question{stmtGuard, stmtNone}, askNothing, scanGuard)
	if err != nil {
		return Version{}, err
	}
	v, err := r.load(ctx, r.db.read, guarded.version.ID)
	if err != nil {
		return Version{}, err
	}
	v.PublishedAt = guarded.version.PublishedAt
	return v.Version, nil
}

// Version is one committed version. ErrUnknownVersion when there is none.
func (r *Roster) Version(ctx context.Context, id int64) (Version, error) {
	v, err := r.load(ctx, r.db.read, id)
	if err != nil {
		return Version{}, err
	}
	// What is published now may belong to other keys or be damaged. That must not keep
	// anybody from looking at, and publishing, a version that is sound.
	if published, err := r.readAny(ctx, question{stmtGuard, stmtNone}, askNothing, scanGuard); err == nil && published.version.ID == v.ID {
		v.PublishedAt = published.version.PublishedAt
	}
	return v.Version, nil
}

// Versions lists the committed versions made under these keys, oldest first.
func (r *Roster) Versions(ctx context.Context) ([]Version, error) {
	ids, err := r.versionIDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing versions: %w", err)
	}
	var all []Version
	for _, id := range ids {
		v, err := r.Version(ctx, id)
		if errors.Is(err, ErrKeysDiffer) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func (r *Roster) versionIDs(ctx context.Context) ([]int64, error) {
	rows, err := r.db.read.QueryContext(ctx, `SELECT id FROM roster_versions ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// load reads and proves one version's row with its summary.
func (r *Roster) load(ctx context.Context, q rowQuerier, id int64) (*versionRow, error) {
	v := &versionRow{}
	err := q.QueryRowContext(ctx, `SELECT `+versionColumns+`, v.summary FROM roster_versions AS v WHERE v.id = ?`, id).
		Scan(append(v.targets(), &v.Summary)...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("%w: %d", ErrUnknownVersion, id)
	case err != nil:
		return nil, fmt.Errorf("%w: reading version %d: %w", breach.ErrUnproven, id, err)
	}
	if err := v.verify(r); err != nil {
		return nil, err
	}
	if sha256.Sum256(v.Summary) != v.summaryDigest {
		return nil, fmt.Errorf("%w: the version's summary", ErrAltered)
	}
	return v, nil
}
