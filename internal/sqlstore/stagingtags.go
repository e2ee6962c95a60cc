package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// stagedTag is a tag and its encoded answer.
type stagedTag struct {
	tag    breach.Tag
	answer []byte
}

// AddTag adds what is known about an address, in any order, once for each tag. Tags in
// ascending order are written fastest.
func (s *Staging) AddTag(ctx context.Context, tag breach.Tag, answer breach.Answer) error {
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
	s.addresses++
	if len(s.tags) < stagingRows {
		return nil
	}
	return s.flushTags(ctx)
}

const insertTag = `INSERT INTO roster_tags (version, tag, next, answer, mac) VALUES (?, ?, zeroblob(32), ?, zeroblob(32))`

// flushTags writes the tags that wait, not yet linked to each other. One that came twice
// is ErrDuplicate.
func (s *Staging) flushTags(ctx context.Context) error {
	slices.SortFunc(s.tags, func(a, b stagedTag) int { return bytes.Compare(a.tag[:], b.tag[:]) })
	err := s.bulk(ctx, insertTag, len(s.tags), func(_ *sql.Tx, insert *sql.Stmt) error {
		for _, t := range s.tags {
			if _, err := insert.Exec(s.version, t.tag[:], t.answer); isConstraint(err) {
				return fmt.Errorf("%w: a tag", ErrDuplicate)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("staging addresses: %w", err)
	}
	clear(s.tags)
	s.tags = s.tags[:0]
	return nil
}

// addSynthetic adds the first row and the sentinel.
func (s *Staging) addSynthetic(ctx context.Context) error {
	empty, err := encodeAnswer(breach.Answer{})
	if err != nil {
		return err
	}
	s.tags = append(s.tags, stagedTag{firstTag, empty}, stagedTag{s.r.keys.SentinelTag(s.version), empty})
	return s.flushTags(ctx)
}

const (
	// chainFrom finds one row more than is linked, because each names the next.
	chainFrom = `SELECT tag, answer FROM roster_tags WHERE version = ? AND tag >= ? ORDER BY tag LIMIT ?`
	chainTo   = `UPDATE roster_tags SET next = ?, mac = ? WHERE version = ? AND tag = ?`
)

// chain links all written tags in their order, a bounded number at a time, and returns
// the root over them. Their rows lie in that order on the disk already, so that nothing
// is held in memory and nothing grows.
func (s *Staging) chain(ctx context.Context) (root [32]byte, err error) {
	sum, linked := sha256.New(), int64(0)
	for from := firstTag; from != lastTag; {
		err := s.bulk(ctx, chainTo, stagingRows, func(tx *sql.Tx, update *sql.Stmt) error {
			rows, next, err := s.unlinked(ctx, tx, from)
			if err != nil {
				return err
			}
			for _, r := range rows {
				mac := r.authenticate(s.r.keys, s.version, s.salt[:])
				if _, err := update.Exec(r.next[:], mac[:], s.version, r.tag[:]); err != nil {
					return err
				}
				sum.Write(r.tag[:])
			}
			linked += int64(len(rows))
			from = next
			return nil
		})
		if err != nil {
			return root, fmt.Errorf("linking addresses: %w", err)
		}
	}
	if linked != s.addresses+synthetic {
		return root, fmt.Errorf("%w: staged addresses", ErrAltered)
	}
	return [32]byte(sum.Sum(nil)), nil
}

// unlinked reads the next rows of the chain from a tag on, each with the tag that follows
// it, and the tag to go on from: lastTag at the end.
func (s *Staging) unlinked(ctx context.Context, tx *sql.Tx, from breach.Tag) ([]tagRow, breach.Tag, error) {
	found, err := tx.QueryContext(ctx, chainFrom, s.version, from[:], stagingRows+1)
	if err != nil {
		return nil, lastTag, err
	}
	defer found.Close()
	rows := make([]tagRow, 0, stagingRows+1)
	for found.Next() {
		r := tagRow{next: lastTag}
		if err := found.Scan(fixed{r.tag[:]}, &r.answer); err != nil {
			return nil, lastTag, err
		}
		if n := len(rows); n > 0 {
			rows[n-1].next = r.tag
		}
		rows = append(rows, r)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return nil, lastTag, err
	}
	if len(rows) <= stagingRows {
		return rows, lastTag, nil
	}
	return rows[:stagingRows], rows[stagingRows].tag, nil
}
