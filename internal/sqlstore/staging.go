package sqlstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var (
	// ErrSameFiles: a version was already made from the same sources, for the same
	// incident file and keys.
	ErrSameFiles = errors.New("a version was already made from the same files")
	// ErrStagingLost: another import has begun since, and swept this one.
	ErrStagingLost = errors.New("another import has begun and swept this one")
	// ErrDuplicate: the same tag, person or record was added twice.
	ErrDuplicate = errors.New("added twice to one version")
	// ErrStagingOver: the staging was committed, aborted or failed before.
	ErrStagingOver = errors.New("this staging is over")
)

// stagingRows bounds the rows of one transaction of an import, for which the server's
// audit rows wait, and the rows of each kind that are held in memory.
const stagingRows = 1000

// VersionMeta describes a version that is about to be made.
type VersionMeta = breach.VersionMeta

// StagedPerson is one person of a version that is being made.
type StagedPerson = breach.StagedPerson

// StagedReview is one record of the review list of a version that is being made.
type StagedReview = breach.StagedReview

// Staging is a version in the making. Nothing of it is visible before Commit, and a
// staging that is never committed is swept by the next one. It is used by one
// goroutine.
type Staging struct {
	r       *Roster
	key     breach.RosterKey // of the whole version
	meta    VersionMeta
	version int64
	salt    [16]byte
	started time.Time
	over    bool

	// What was added and is not yet written, at most stagingRows of each kind.
	people  []StagedPerson
	reviews []StagedReview

	handles  []handleRow            // at most handleRows
	contacts []breach.StagedContact // at most contactRows
	tags     tagChain

	persons, records int64 // added in all

	renamed []StagedReview // records that had other handles under older keys
}

// Stage begins a new version. It sweeps what earlier stagings left behind, including
// one that still runs elsewhere: its next write fails with ErrStagingLost.
func (r *Roster) Stage(ctx context.Context, meta VersionMeta) (*Staging, error) {
	if meta.IncidentDigest != r.incident {
		return nil, ErrIncidentDiffers
	}
	if err := r.refuseSameFiles(ctx, r.db.write, meta); err != nil {
		return nil, err
	}
	if err := r.sweep(ctx); err != nil {
		return nil, fmt.Errorf("sweeping earlier imports: %w", err)
	}
	s := &Staging{r: r, key: r.newest(), meta: meta, started: time.Now(), tags: tagChain{root: sha256.New()}}
	s.meta.Summary = bytes.Clone(meta.Summary)
	rand.Read(s.salt[:])
	res, err := r.db.write.ExecContext(ctx, insertStaging, s.started.UnixMilli(), maxNumber)
	if err != nil {
		return nil, fmt.Errorf("beginning an import: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return nil, usedUp("roster_stagings or roster_versions")
	}
	if s.version, err = res.LastInsertId(); err != nil {
		return nil, fmt.Errorf("beginning an import: %w", err)
	}
	return s, nil
}

// insertStaging gives out a number that no staging and no version ever had. It inserts nothing
// when there is none left below maxNumber.
const insertStaging = `INSERT INTO roster_stagings (version, started_at) SELECT 1 + last, ? FROM (SELECT max(
	coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'roster_stagings'), 0),
	coalesce((SELECT max(version) FROM roster_stagings), 0), coalesce((SELECT max(id) FROM roster_versions), 0)) AS last)
	WHERE last < ?`

// rowQuerier is a pool or a transaction.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (r *Roster) refuseSameFiles(ctx context.Context, q rowQuerier, meta VersionMeta) error {
	check := r.newest().Check
	var id int64
	err := q.QueryRowContext(ctx, `SELECT id FROM roster_versions WHERE sources_digest = ? AND incident_digest = ? AND key_check = ?`,
		meta.SourcesDigest[:], meta.IncidentDigest[:], check[:]).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("looking for the same files: %w", err)
	default:
		return fmt.Errorf("%w: it is version %d", ErrSameFiles, id)
	}
}

// Commit writes the rest and then, in one transaction, the version's row and its audit
// entry, whose Version it sets. From then on the version exists. It is not published.
func (s *Staging) Commit(ctx context.Context, entry audit.Entry) (int64, error) {
	if s.over {
		return 0, ErrStagingOver
	}
	s.over = true
	entry.Version = s.version
	if err := entry.Validate(); err != nil {
		return 0, err
	}
	for _, write := range []func(context.Context) error{s.flushPeople, s.flushHandles, s.flushReviews, s.flushContacts} {
		if err := write(ctx); err != nil {
			return 0, err
		}
	}
	root, err := s.endTags(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.finish(ctx, root, entry); err != nil {
		return 0, fmt.Errorf("committing the version: %w", err)
	}
	return s.version, nil
}

// finish makes the version exist.
func (s *Staging) finish(ctx context.Context, root [32]byte, entry audit.Entry) error {
	v := versionRow{
		Version: Version{
			ID: s.version, CreatedAt: s.started.Truncate(time.Millisecond), CommittedAt: entry.At.Truncate(time.Millisecond),
			IncidentID: s.meta.IncidentID, IncidentDigest: s.meta.IncidentDigest, SourcesDigest: s.meta.SourcesDigest,
			TagKeyID: s.key.ID, Tags: s.tags.added, Persons: s.persons, Reviews: s.records, Summary: s.meta.Summary,
		},
		salt: s.salt, summaryDigest: sha256.Sum256(s.meta.Summary), keyCheck: s.key.Check, tagRoot: root,
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		// Another import of the same files may have ended since this one began.
		if err := s.r.refuseSameFiles(ctx, tx, s.meta); err != nil {
			return err
		}
		published, err := s.r.publishedIn(ctx, tx)
		if err != nil {
			return fmt.Errorf("finding the published version: %w", err)
		}
		// People of a version under another key cannot be recognised in this one.
		if published != nil && published.keyCheck == v.keyCheck {
			v.Base = published.ID
		}
		v.mac = v.authenticate(s.key)
		if err := v.insert(ctx, tx); err != nil {
			return err
		}
		if err := s.carryDecisions(ctx, tx, entry.At); err != nil {
			return fmt.Errorf("carrying decisions over to the new key: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM roster_stagings WHERE version = ?`, s.version); err != nil {
			return err
		}
		return s.r.appendIn(ctx, tx, entry)
	})
}

// Abort gives the staging up and removes its rows. After Commit it does nothing.
func (s *Staging) Abort(ctx context.Context) error {
	s.over = true
	s.people, s.reviews, s.handles, s.contacts, s.tags = nil, nil, nil, nil, tagChain{}
	if err := s.r.sweepOne(ctx, s.version); err != nil {
		return fmt.Errorf("removing an import: %w", err)
	}
	return nil
}
