package sqlstore

import (
	"bytes"
	"context"
	"errors"
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
func (s *Staging) flushContacts(ctx context.Context) (err error) {
	slices.SortFunc(s.contacts, func(a, b breach.StagedContact) int { return bytes.Compare(a.Handle[:], b.Handle[:]) })
	s.contacts, err = write(ctx, s, "contacts", insertContact, s.contacts, func(c breach.StagedContact) ([]any, error) {
		row := postalRow{handle: c.Handle, sealed: c.Sealed}
		mac := row.authenticate(s.key, s.version, s.salt[:])
		return []any{s.version, c.Handle[:], c.Sealed, mac[:]}, nil
	})
	return err
}
