package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/breach"
)

// breathe is the part of the time of a staging transaction that is left to others
// before the next one: without a gap another process would hardly ever find the write
// lock free, because waiting for it is polling.
const breathe = 4

// transact runs a transaction of this staging, if it was not swept meanwhile.
func (s *Staging) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.r.db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var alive int
	const find = `SELECT count(*) FROM roster_stagings WHERE version = ? AND dead = 0`
	if err := tx.QueryRowContext(ctx, find, s.version).Scan(&alive); err != nil {
		return err
	}
	if alive == 0 {
		return ErrStagingLost
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// bulk runs one transaction of many with a statement that it repeats, and then leaves
// the others a gap. After an error the staging is over.
func (s *Staging) bulk(ctx context.Context, query string, f func(*sql.Tx, *sql.Stmt) error) error {
	began := time.Now()
	err := s.transact(ctx, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		defer stmt.Close()
		return f(tx, stmt)
	})
	if err != nil {
		s.over = true
		return err
	}
	return pause(ctx, time.Since(began)/breathe)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write stores rows that wait, some thousand in a transaction, and returns their place for
// those to come. One that came twice is ErrDuplicate.
func write[T any](ctx context.Context, s *Staging, what, insert string, waiting []T, values func(T) ([]any, error)) ([]T, error) {
	for chunk := range slices.Chunk(waiting, stagingRows) {
		err := s.bulk(ctx, insert, func(_ *sql.Tx, stmt *sql.Stmt) error {
			for _, one := range chunk {
				row, err := values(one)
				if err != nil {
					return err
				}
				if _, err := stmt.Exec(row...); isConstraint(err) {
					return ErrDuplicate
				} else if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return waiting, fmt.Errorf("staging %s: %w", what, err)
		}
	}
	clear(waiting)
	return waiting[:0], nil
}

// AddPerson adds a person, once for each reference and each handle. People are written
// as they come.
func (s *Staging) AddPerson(ctx context.Context, p StagedPerson) error {
	switch {
	case s.over:
		return ErrStagingOver
	case p.Ref < 1 || p.Kind == "":
		return errors.New("a person needs a positive reference and a kind")
	case p.Handle == breach.Handle{}:
		return errors.New("a person needs a handle")
	}
	s.people = append(s.people, p)
	s.handles = append(s.handles, handleRow{p.Handle, p.Ref})
	for _, older := range p.Older {
		s.handles = append(s.handles, handleRow{older, p.Ref})
	}
	s.persons++
	if len(s.handles) >= handleRows {
		if err := s.flushHandles(ctx); err != nil {
			return err
		}
	}
	if len(s.people) < stagingRows {
		return nil
	}
	return s.flushPeople(ctx)
}

// handleRow says which person a handle belongs to.
type handleRow struct {
	handle breach.Handle
	ref    int64
}

// handleRows bounds the handles that are held in memory, of 40 bytes each. They are
// sorted before they are written: rows that follow each other then lie on few pages.
const handleRows = 100_000

const insertHandle = `INSERT INTO roster_handles (version, handle, person) VALUES (?, ?, ?)`

// flushHandles writes the handles that wait. One that came twice is ErrDuplicate.
func (s *Staging) flushHandles(ctx context.Context) (err error) {
	slices.SortFunc(s.handles, func(a, b handleRow) int { return bytes.Compare(a.handle[:], b.handle[:]) })
	s.handles, err = write(ctx, s, "handles", insertHandle, s.handles, func(h handleRow) ([]any, error) {
		return []any{s.version, h.handle[:], h.ref}, nil
	})
	return err
}

const insertPerson = `INSERT INTO roster_persons (version, person, handle, kind, reach, member_id_sealed, answer, evidence, older, mac)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// flushPeople writes the people that wait. One that came twice is ErrDuplicate.
func (s *Staging) flushPeople(ctx context.Context) (err error) {
	s.people, err = write(ctx, s, "people", insertPerson, s.people, s.personValues)
	return err
}

func (s *Staging) personValues(p StagedPerson) ([]any, error) {
	answer, err := encodePerson(p.Person)
	if err != nil {
		return nil, err
	}
	row := personRow{
		ref: p.Ref, handle: p.Handle, kind: string(p.Kind), reach: p.Reach, memberID: []byte{},
		answer: answer, evidence: notNil(p.Evidence), older: []byte{},
	}
	for _, older := range p.Older {
		row.older = append(row.older, older[:]...)
	}
	if p.MemberID != "" {
		row.memberID = s.r.keys.SealMemberID(p.MemberID)
	}
	mac := row.authenticate(s.key, s.version, s.salt[:])
	return []any{s.version, row.ref, row.handle[:], row.kind, row.reach[:], row.memberID, row.answer, row.evidence, row.older, mac[:]}, nil
}

// AddReview adds a record of the review list, once for each handle.
func (s *Staging) AddReview(ctx context.Context, r StagedReview) error {
	switch {
	case s.over:
		return ErrStagingOver
	case r.Handle == breach.Handle{} || r.Reason == "":
		return errors.New("a record of the review list needs a handle and a reason")
	case r.Applied != "" && !r.Applied.Known():
		return errors.New("a record of the review list was decided in an unknown way")
	}
	s.reviews = append(s.reviews, r)
	s.records++
	if len(r.Older) > 0 {
		s.renamed = append(s.renamed, StagedReview{Handle: r.Handle, Older: r.Older, Reason: r.Reason})
	}
	if len(s.reviews) < stagingRows {
		return nil
	}
	return s.flushReviews(ctx)
}

const insertReview = `INSERT INTO roster_reviews (version, handle, reason, applied, sealed, mac) VALUES (?, ?, ?, ?, ?, ?)`

// flushReviews writes the records that wait. One that came twice is ErrDuplicate.
func (s *Staging) flushReviews(ctx context.Context) (err error) {
	s.reviews, err = write(ctx, s, "the review list", insertReview, s.reviews, func(r StagedReview) ([]any, error) {
		row := reviewRow{StagedReview: r}
		mac := row.authenticate(s.key, s.version, s.salt[:])
		return []any{s.version, r.Handle[:], string(r.Reason), string(r.Applied), notNil(r.Sealed), mac[:]}, nil
	})
	return err
}

func (v *versionRow) insert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO roster_versions (id, salt, created_at, committed_at, base, incident_id, incident_digest,
		sources_digest, summary_digest, tag_key_id, key_check, tag_count, person_count, review_count, tag_root, mac, summary)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.salt[:], v.CreatedAt.UnixMilli(), v.CommittedAt.UnixMilli(), v.Base, v.IncidentID, v.IncidentDigest[:],
		v.SourcesDigest[:], v.summaryDigest[:], v.TagKeyID, v.keyCheck[:], v.Tags, v.Persons, v.Reviews, v.tagRoot[:], v.mac[:], notNil(v.Summary))
	return err
}

// notNil turns a nil slice, which would be stored as NULL, into an empty BLOB.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
