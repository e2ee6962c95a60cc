package sqlstore

import (
	"bytes"
	"context"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

const contactColumns = `handle, key_check, member_id_sealed, tag, at, by_name, approved_by, change, mac`

// contactRow is a contact as stored.
type contactRow struct {
	bound
	memberID     []byte // sealed
	tag          breach.Tag
	at           int64
	by, approved string
}

func (c *contactRow) label() string { return "reset-contact" }

func (c *contactRow) targets() []any {
	return []any{optional{c.handle[:]}, optional{c.keyCheck[:]}, optional{&c.memberID}, optional{c.tag[:]}, optional{&c.at}, optional{&c.by},
		optional{&c.approved}, optional{&c.change}, optional{c.mac[:]}}
}

func (c *contactRow) parts() [][]byte {
	return [][]byte{c.memberID, c.tag[:], num(c.at), []byte(c.by), []byte(c.approved)}
}

// isFor tells whether the contact's address has one of the tags.
func (c *contactRow) isFor(tags breach.Tags) bool {
	for i := range tags.Len() {
		if tags.At(i).Tag == c.tag {
			return true
		}
	}
	return false
}

func contactKey(memberID string) string { return "C:" + memberID }

var (
	contactByHandle = byHandle("reset_contacts", prefixed("r", contactColumns))
	contactsBegin   = rowsOf("reset_contacts", prefixed("h", contactColumns))
	contactsByTag   = contactsBegin + ` WHERE h.tag = ?`
)

// AddContact lets an address stand for a member's login address; what stood before does
// not any more, and tickets that were issued over it, redeemed or not, are worth nothing
// from then on. Two names are needed, of different people (ErrNoName, ErrSamePerson), and the member must be in the
// version (see Member), so that who proves the address can be answered.
func (s *Resets) AddContact(ctx context.Context, version int64, c reset.Contact, entry audit.Entry) error {
	switch {
	case c.MemberID == "":
		return errNoMember
	case c.Tags.Len() == 0:
		return breach.ErrNoTag
	}
	if err := (Publication{By: c.By, ApprovedBy: c.ApprovedBy}).check(); err != nil {
		return err
	}
	if _, err := s.Member(ctx, version, c.MemberID); err != nil {
		return fmt.Errorf("looking for the member of a contact: %w", err)
	}
	return s.change(ctx, entry, func(w *memberWriter) error {
		row, found, err := w.contact(c.MemberID)
		if err != nil {
			return err
		}
		if !found || !row.isFor(c.Tags) {
			if err := w.revoke(c.MemberID); err != nil {
				return err
			}
		}
		next := contactRow{memberID: s.keys.SealMemberID(c.MemberID), tag: c.Tags.Newest(), at: entry.At.UnixMilli(), by: c.By, approved: c.ApprovedBy}
		next.handle, next.keyCheck = s.keys.PersonHandles(contactKey(c.MemberID))[0], s.keys.RosterKeys()[0].Check
		if err := w.rename(found, "reset_contacts", row.handle, next.handle); err != nil {
			return err
		}
		if err := w.bind(&next, ""); err != nil {
			return err
		}
		_, err = w.tx.ExecContext(ctx, `INSERT OR REPLACE INTO reset_contacts (`+contactColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			next.handle[:], next.keyCheck[:], next.memberID, next.tag[:], next.at, next.by, next.approved, next.change, next.mac[:])
		return err
	})
}

// contact finds the contact of a member as it is now.
func (w *memberWriter) contact(memberID string) (row contactRow, found bool, err error) {
	stmt, err := w.prepare(&w.contactByHandle, contactByHandle)
	if err != nil {
		return row, false, err
	}
	found, err = w.find(w.ctx, stmt, contactKey(memberID), &row)
	return row, found, err
}

// revoke takes back what a member's mailbox holds, if there is anything to.
func (w *memberWriter) revoke(memberID string) error {
	row, found, err := w.reset(memberID)
	if err != nil || !found {
		return err
	}
	_, err = w.take(&row, func(r breach.Reset) (breach.Reset, error) { return r.Revoke(w.entry.At), nil })
	return err
}

// anyContact tells whether there is any contact in an epoch.
type anyContact struct {
	of  epoch
	any bool
}

// anyContact asks whether any address stands for a login address: in most shops none does.
// While nothing was committed but audit rows that is no statement.
func (s *Resets) anyContact(ctx context.Context) (bool, error) {
	if known := s.contacts.Load(); known != nil {
		if now, ok := s.db.epoch(); ok && now == known.of {
			return known.any, nil
		}
	}
	stmt, err := s.contact.prepare(ctx, s.db.read, `SELECT EXISTS (SELECT 1 FROM reset_contacts)`)
	if err != nil {
		return false, err
	}
	found := anyContact{}
	found.of, err = s.db.during(func() error { return stmt.QueryRowContext(ctx).Scan(&found.any) })
	if err == nil && found.of != 0 {
		s.contacts.Store(&found)
	}
	return found.any, err
}

// ContactsOf are the members for whose login address an address stands. One statement for
// each tag key, whoever asks, and none while there are no contacts at all.
func (s *Resets) ContactsOf(ctx context.Context, tags breach.Tags) ([]string, error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	if any, err := s.anyContact(ctx); err != nil || !any {
		return nil, unread(err)
	}
	stmt, err := s.byTag.prepare(ctx, s.db.read, contactsByTag)
	if err != nil {
		return nil, unread(err)
	}
	var all []string
	for i := range tags.Len() {
		tag := tags.At(i).Tag
		rows, err := stmt.QueryContext(ctx, tag[:])
		if err != nil {
			return nil, unread(err)
		}
		err = eachBound(s.bindings, rows, func(c *contactRow) error {
			id, err := s.keys.OpenMemberID(c.memberID)
			if err != nil {
				return fmt.Errorf("%w: a member's number does not open", ErrKeysDiffer)
			}
			all = append(all, id)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Standing is how an address stands for a member's login address.
type Standing struct {
	Any    bool // one does
	Same   bool // it is the one that was asked about
	Newest bool // and is kept under the newest keys
}

// Standing tells how the address of these tags stands for a member's login address.
func (s *Resets) Standing(ctx context.Context, memberID string, tags breach.Tags) (Standing, error) {
	if err := s.sure(); err != nil {
		return Standing{}, err
	}
	stmt, err := s.contactByHandle.prepare(ctx, s.db.read, contactByHandle)
	if err != nil {
		return Standing{}, unread(err)
	}
	var row contactRow
	found, err := s.find(ctx, stmt, contactKey(memberID), &row)
	if err != nil || !found {
		return Standing{}, err
	}
	sealed := s.keys.SealMemberID(memberID)
	newest := row.keyCheck == s.keys.RosterKeys()[0].Check && row.isFor(tags) && row.tag == tags.Newest() &&
		bytes.HasPrefix(row.memberID, sealed[:4]) // the key's id
	return Standing{Any: true, Same: row.isFor(tags), Newest: newest}, nil
}

// Replaced tells whether another address stands for a member's login address.
func (s *Resets) Replaced(ctx context.Context, memberID string) (bool, error) {
	if err := s.sure(); err != nil {
		return false, err
	}
	stmt, err := s.contactByHandle.prepare(ctx, s.db.read, contactByHandle)
	if err != nil {
		return false, unread(err)
	}
	var row contactRow
	return s.find(ctx, stmt, contactKey(memberID), &row)
}
