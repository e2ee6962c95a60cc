package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"
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

// bulk runs one transaction of many and then leaves the others a gap.
func (s *Staging) bulk(ctx context.Context, f func(*sql.Tx) error) error {
	began := time.Now()
	if err := s.transact(ctx, f); err != nil {
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

const insertPerson = `INSERT INTO roster_persons (version, person, kind, member_id_sealed, answer, mac) VALUES (?, ?, ?, ?, ?, ?)`

// flushPeople writes the people that wait. One that came twice is ErrDuplicate.
func (s *Staging) flushPeople(ctx context.Context) error {
	if len(s.people) == 0 {
		return nil
	}
	err := s.bulk(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertPerson)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, p := range s.people {
			if err := s.insertPerson(insert, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.over = true
		return fmt.Errorf("staging people: %w", err)
	}
	s.people = s.people[:0]
	return nil
}

func (s *Staging) insertPerson(insert *sql.Stmt, p StagedPerson) error {
	answer, err := encodePerson(p.Person)
	if err != nil {
		return err
	}
	row := personRow{ref: p.Ref, kind: string(p.Kind), answer: answer, memberID: []byte{}}
	if p.MemberID != "" {
		row.memberID = s.r.keys.SealMemberID(p.MemberID)
	}
	mac := row.authenticate(s.r.keys, s.version, s.salt[:])
	_, err = insert.Exec(s.version, row.ref, row.kind, row.memberID, row.answer, mac[:])
	if isConstraint(err) {
		return fmt.Errorf("%w: a person", ErrDuplicate)
	}
	return err
}

const insertTag = `INSERT INTO roster_tags (version, tag, next, answer, mac) VALUES (?, ?, ?, ?, ?)`

// writeTags authenticates and writes rows of the chain.
func (s *Staging) writeTags(ctx context.Context, rows []tagRow) error {
	return s.bulk(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertTag)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, r := range rows {
			mac := r.authenticate(s.r.keys, s.version, s.salt[:])
			if _, err := insert.Exec(s.version, r.tag[:], r.next[:], r.answer, mac[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// personRow is a person as stored.
type personRow struct {
	ref      int64
	kind     string
	memberID []byte // sealed; empty when there is none
	answer   []byte
	mac      [32]byte
}

func (p *personRow) authenticate(keys Keys, version int64, salt []byte) [32]byte {
	return keys.RowMAC("roster-person", num(version), salt, num(p.ref), []byte(p.kind), p.memberID, p.answer)
}

func (v *versionRow) insert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO roster_versions (id, salt, created_at, committed_at, incident_id, incident_digest,
		sources_digest, summary_digest, tag_key_id, key_check, tag_count, person_count, tag_root, mac, summary)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.salt[:], v.CreatedAt.UnixMilli(), v.CommittedAt.UnixMilli(), v.IncidentID, v.IncidentDigest[:],
		v.SourcesDigest[:], v.summaryDigest[:], v.TagKeyID, v.keyCheck[:], v.Tags, v.Persons, v.tagRoot[:], v.mac[:], notNil(v.Summary))
	return err
}

// notNil turns a nil slice, which would be stored as NULL, into an empty BLOB.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
