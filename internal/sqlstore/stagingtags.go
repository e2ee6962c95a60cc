package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"slices"

	"exposure/internal/breach"
)

// stagedTag is a tag and its encoded answer.
type stagedTag struct {
	tag    breach.Tag
	answer []byte
}

// tagChain is what a staging knows about its tags. As long as they come in ascending
// order they are linked as they are written, and only the last one waits for the next.
// Once one comes out of order they are only written, and linked at the end by the order
// in which they lie on the disk. Either way little is held in memory.
type tagChain struct {
	waiting  []stagedTag // at most stagingRows
	added    int64       // in all, without the synthetic ones
	held     *stagedTag  // the last one, not written yet
	begun    bool        // the first row was added
	sentinel bool        // the sentinel was added
	loose    bool        // one came out of order
	root     hash.Hash   // over the tags that are linked
}

// AddTag adds what is known about an address, in any order, once for each tag. Tags in
// ascending order take a third of the work.
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
	s.tags.waiting = append(s.tags.waiting, stagedTag{tag, encoded})
	s.tags.added++
	if len(s.tags.waiting) < stagingRows {
		return nil
	}
	return s.flushTags(ctx, false)
}

// flushTags writes the tags that wait, the last time all of them. One that came twice is
// ErrDuplicate.
func (s *Staging) flushTags(ctx context.Context, last bool) error {
	c := &s.tags
	if err := s.addSynthetic(last); err != nil {
		return err
	}
	rows := slices.SortedFunc(slices.Values(c.waiting), func(a, b stagedTag) int { return bytes.Compare(a.tag[:], b.tag[:]) })
	if c.held != nil {
		rows = slices.Insert(rows, 0, *c.held)
	}
	clear(c.waiting)
	c.waiting, c.held = c.waiting[:0], nil
	for i := 1; i < len(rows); i++ {
		switch order := bytes.Compare(rows[i-1].tag[:], rows[i].tag[:]); {
		case order == 0:
			s.over = true
			return fmt.Errorf("staging addresses: %w: a tag", ErrDuplicate)
		case order > 0:
			c.loose = true
		}
	}
	if n := len(rows) - 1; !c.loose && !last {
		c.held, rows = &rows[n], rows[:n]
	}
	if err := s.writeTags(ctx, rows); err != nil {
		return fmt.Errorf("staging addresses: %w", err)
	}
	return nil
}

// addSynthetic adds the first row and, when its turn comes, the sentinel.
func (s *Staging) addSynthetic(last bool) error {
	c := &s.tags
	empty, err := encodeAnswer(breach.Answer{})
	if err != nil {
		return err
	}
	sentinel := stagedTag{sentinelTag(s.key, s.version), empty}
	above := func(t stagedTag) bool { return bytes.Compare(t.tag[:], sentinel.tag[:]) > 0 }
	if !c.sentinel && (last || slices.ContainsFunc(c.waiting, above)) {
		c.sentinel = true
		c.waiting = append(c.waiting, sentinel)
	}
	if !c.begun {
		c.begun = true
		c.waiting = append(c.waiting, stagedTag{firstTag, empty})
	}
	return nil
}

const insertTag = `INSERT INTO roster_tags (version, tag, next, answer, mac) VALUES (?, ?, ?, ?, ?)`

// writeTags writes rows in their order, linked to each other as far as that is known.
func (s *Staging) writeTags(ctx context.Context, rows []stagedTag) error {
	c := &s.tags
	return s.bulk(ctx, insertTag, func(_ *sql.Tx, insert *sql.Stmt) error {
		for i, t := range rows {
			row := tagRow{tag: t.tag, answer: t.answer}
			if !c.loose {
				row.next = lastTag
				if i+1 < len(rows) {
					row.next = rows[i+1].tag
				} else if c.held != nil {
					row.next = c.held.tag
				}
				row.mac = row.authenticate(s.key, s.version, s.salt[:])
				c.root.Write(t.tag[:])
			}
			if _, err := insert.Exec(s.version, row.tag[:], row.next[:], row.answer, row.mac[:]); isConstraint(err) {
				return fmt.Errorf("%w: a tag", ErrDuplicate)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

// endTags writes and links the rest and returns the root over all tags.
func (s *Staging) endTags(ctx context.Context) (root [32]byte, err error) {
	if err := s.flushTags(ctx, true); err != nil {
		return root, err
	}
	if s.tags.loose {
		return s.linkTags(ctx)
	}
	return [32]byte(s.tags.root.Sum(nil)), nil
}

const (
	// chainFrom finds one row more than is linked, because each names the next.
	chainFrom = `SELECT tag, answer FROM roster_tags WHERE version = ? AND tag >= ? ORDER BY tag LIMIT ?`
	chainTo   = `UPDATE roster_tags SET next = ?, mac = ? WHERE version = ? AND tag = ?`
)

// linkTags links all written tags in their order, a bounded number at a time. Nothing
// grows on the disk: the room for the links is there.
func (s *Staging) linkTags(ctx context.Context) (root [32]byte, err error) {
	sum, linked := sha256.New(), int64(0)
	for from := firstTag; from != lastTag; {
		err := s.bulk(ctx, chainTo, func(tx *sql.Tx, update *sql.Stmt) error {
			rows, next, err := s.unlinked(ctx, tx, from)
			if err != nil {
				return err
			}
			for _, r := range rows {
				mac := r.authenticate(s.key, s.version, s.salt[:])
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
	if linked != s.tags.added+synthetic {
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
