package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// contactRows bounds the contacts that are held in memory, of some 400 bytes each. They are
// sorted before they are written: neither the place of a row nor the page it lies on tells
// where in the shop's files somebody stood, and fewer pages are written twice.
const contactRows = 100_000

const insertContact = `INSERT INTO roster_contacts (version, handle, sealed, mac) VALUES (?, ?, ?, ?)`

// postalRow is a contact as stored.
type postalRow struct {
	handle breach.Handle
	sealed []byte
	mac    [32]byte
}

func (c *postalRow) authenticate(key breach.RosterKey, version int64, salt []byte) [32]byte {
	return key.MAC("roster-contact", num(version), salt, c.handle[:], c.sealed)
}

// AddContact adds where a person can be written to, once for each handle, in any order.
func (s *Staging) AddContact(ctx context.Context, c breach.StagedContact) error {
	switch {
	case s.over:
		return ErrStagingOver
	case c.Handle == breach.Handle{} || len(c.Sealed) == 0:
		return errors.New("a contact needs a handle and what it is")
	}
	s.contacts = append(s.contacts, c)
	if len(s.contacts) < contactRows {
		return nil
	}
	return s.flushContacts(ctx)
}

// flushContacts writes the contacts that wait. One that came twice is ErrDuplicate.
func (s *Staging) flushContacts(ctx context.Context) error {
	slices.SortFunc(s.contacts, func(a, b breach.StagedContact) int { return bytes.Compare(a.Handle[:], b.Handle[:]) })
	for chunk := range slices.Chunk(s.contacts, stagingRows) {
		err := s.bulk(ctx, insertContact, func(_ *sql.Tx, insert *sql.Stmt) error {
			for _, c := range chunk {
				row := postalRow{handle: c.Handle, sealed: c.Sealed}
				mac := row.authenticate(s.key, s.version, s.salt[:])
				if _, err := insert.Exec(s.version, c.Handle[:], c.Sealed, mac[:]); isConstraint(err) {
					return fmt.Errorf("%w: a contact", ErrDuplicate)
				} else if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("staging contacts: %w", err)
		}
	}
	clear(s.contacts)
	s.contacts = s.contacts[:0]
	return nil
}
