package sqlstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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
	// ErrDuplicate: the same tag or person was added twice.
	ErrDuplicate = errors.New("added twice to one version")
	// ErrStagingOver: the staging was committed, aborted or failed before.
	ErrStagingOver = errors.New("this staging is over")
)

// stagingRows bounds the rows of one transaction of an import: the server's audit rows
// wait for it.
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
	meta    VersionMeta
	version int64
	salt    [16]byte
	started time.Time
	over    bool

	people  []StagedPerson // not yet written
	persons int64          // in all
	tags    []stagedTag
}

// stagedTag is a tag and its encoded answer. They wait in memory until all are known,
// because each row names the next: about 200 bytes for each address.
type stagedTag struct {
	tag    breach.Tag
	answer []byte
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
	s := &Staging{r: r, meta: meta, started: time.Now()}
	s.meta.Summary = bytes.Clone(meta.Summary)
	rand.Read(s.salt[:])
	res, err := r.db.write.ExecContext(ctx, `INSERT INTO roster_stagings (started_at) VALUES (?)`, s.started.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("beginning an import: %w", err)
	}
	if s.version, err = res.LastInsertId(); err != nil {
		return nil, fmt.Errorf("beginning an import: %w", err)
	}
	return s, nil
}

// rowQuerier is a pool or a transaction.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (r *Roster) refuseSameFiles(ctx context.Context, q rowQuerier, meta VersionMeta) error {
	check := r.keys.KeyCheck()
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

// AddPerson adds a person. People are written as they come.
func (s *Staging) AddPerson(ctx context.Context, p StagedPerson) error {
	if s.over {
		return ErrStagingOver
	}
	if p.Ref < 1 || p.Kind == "" {
		return errors.New("a person needs a positive reference and a kind")
	}
	s.people = append(s.people, p)
	s.persons++
	if len(s.people) < stagingRows {
		return nil
	}
	return s.flushPeople(ctx)
}

// AddReview adds a record of the review list, once for each handle and reason.
func (s *Staging) AddReview(_ context.Context, r StagedReview) error {
	switch {
	case s.over:
		return ErrStagingOver
	case r.Reason == "" || r.Applied != "" && !r.Applied.Known():
		return errors.New("a record of the review list needs a reason, and a decision that is known")
	}
	return nil
}

// AddTag adds what is known about an address, in any order, once for each tag.
func (s *Staging) AddTag(_ context.Context, tag breach.Tag, answer breach.Answer) error {
	switch {
	case s.over:
		return ErrStagingOver
	case tag == firstTag || tag == lastTag:
		return errors.New("this tag has a meaning of its own and belongs to no address")
	case len(answer.Persons) == 0:
		return errors.New("an address of nobody cannot be on the list")
	}
	encoded, err := encodeAnswer(answer)
	if err != nil {
		return err
	}
	s.tags = append(s.tags, stagedTag{tag, encoded})
	return nil
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
	rows, root, err := s.chain()
	if err != nil {
		return 0, err
	}
	if err := s.flushPeople(ctx); err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(rows, stagingRows) {
		if err := s.writeTags(ctx, chunk); err != nil {
			return 0, fmt.Errorf("staging addresses: %w", err)
		}
	}
	if err := s.finish(ctx, root, entry); err != nil {
		return 0, fmt.Errorf("committing the version: %w", err)
	}
	return s.version, nil
}

// chain sorts the tags, adds the two synthetic ones and links each to the next. It
// returns the rows without MACs, and the root over all tags.
func (s *Staging) chain() ([]tagRow, [32]byte, error) {
	empty, err := encodeAnswer(breach.Answer{})
	if err != nil {
		return nil, [32]byte{}, err
	}
	tags := append(s.tags, stagedTag{firstTag, empty}, stagedTag{s.r.keys.SentinelTag(s.version), empty})
	slices.SortFunc(tags, func(a, b stagedTag) int { return bytes.Compare(a.tag[:], b.tag[:]) })
	rows := make([]tagRow, len(tags))
	root := sha256.New()
	for i, t := range tags {
		next := lastTag
		if i+1 < len(tags) {
			next = tags[i+1].tag
		}
		if t.tag == next {
			return nil, [32]byte{}, fmt.Errorf("%w: a tag", ErrDuplicate)
		}
		rows[i] = tagRow{tag: t.tag, next: next, answer: t.answer}
		root.Write(t.tag[:])
	}
	return rows, [32]byte(root.Sum(nil)), nil
}

// finish makes the version exist.
func (s *Staging) finish(ctx context.Context, root [32]byte, entry audit.Entry) error {
	v := versionRow{
		Version: Version{
			ID: s.version, CreatedAt: s.started.Truncate(time.Millisecond), CommittedAt: entry.At.Truncate(time.Millisecond),
			IncidentID: s.meta.IncidentID, IncidentDigest: s.meta.IncidentDigest, SourcesDigest: s.meta.SourcesDigest,
			TagKeyID: s.r.keys.TagKeyID(), Tags: int64(len(s.tags)), Persons: s.persons, Summary: s.meta.Summary,
		},
		salt: s.salt, summaryDigest: sha256.Sum256(s.meta.Summary), keyCheck: s.r.keys.KeyCheck(), tagRoot: root,
	}
	v.mac = v.authenticate(s.r.keys)
	return s.transact(ctx, func(tx *sql.Tx) error {
		// Another import of the same files may have ended since this one began.
		if err := s.r.refuseSameFiles(ctx, tx, s.meta); err != nil {
			return err
		}
		if err := v.insert(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM roster_stagings WHERE version = ?`, s.version); err != nil {
			return err
		}
		return appendIn(ctx, tx, entry)
	})
}

// Abort gives the staging up and removes its rows. After Commit it does nothing.
func (s *Staging) Abort(ctx context.Context) error {
	s.over = true
	s.people, s.tags = nil, nil
	if err := s.r.sweepOne(ctx, s.version); err != nil {
		return fmt.Errorf("removing an import: %w", err)
	}
	return nil
}
