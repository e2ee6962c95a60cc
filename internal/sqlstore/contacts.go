package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"exposure/internal/breach"
)

// ListedPerson is one person whom a version lists.
type ListedPerson = breach.ListedPerson

// listedSQL is everybody of a version, with the contact that belongs to them.
const listedSQL = `SELECT ` + personColumns + `, c.handle, c.sealed, c.mac FROM roster_persons AS p
	LEFT JOIN roster_contacts AS c ON c.version = p.version AND c.handle = p.handle WHERE p.version = ? ORDER BY p.person`

// Listed visits everybody whom a version lists, in the order of their numbers, from one
// snapshot: each person is proven, and before it returns that nobody is missing. A contact
// that is altered is an error; one that is missing is for the caller to mind, because
// versions of before there were contacts hold none. ErrUnknownVersion when there is no such
// version; every doubt wraps breach.ErrUnproven. visit must not write to this database.
func (r *Roster) Listed(ctx context.Context, version int64, visit func(ListedPerson) error) error {
	return r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.loadOwn(ctx, tx, version)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, listedSQL, version)
		if err != nil {
			return unread(err)
		}
		defer rows.Close()
		count := int64(0)
		for ; rows.Next(); count++ {
			p, listed, err := scanListed(rows, v)
			if err != nil {
				return unread(err)
			}
			if !listed {
				continue
			}
			if err := visit(p); err != nil {
				return err
			}
		}
		switch {
		case rows.Err() != nil:
			return unread(rows.Err())
		case count != v.Persons:
			return fmt.Errorf("%w: people are missing", ErrAltered)
		}
		return nil
	})
}

// nobodyReached is the reach of a person without an address.
func nobodyReached() [32]byte { return sha256.Sum256(nil) }

// scanListed reads and proves one person, and tells whether anything of theirs is exposed.
func scanListed(rows *sql.Rows, v *versionRow) (ListedPerson, bool, error) {
	var p personRow
	var c postalRow
	if err := rows.Scan(append(p.targets(), optional{c.handle[:]}, optional{&c.sealed}, optional{c.mac[:]})...); err != nil {
		return ListedPerson{}, false, err
	}
	if p.mac != p.authenticate(v.key, v.ID, v.salt[:]) {
		return ListedPerson{}, false, fmt.Errorf("%w: a person", ErrAltered)
	}
	if c.sealed != nil && (c.handle != p.handle || c.mac != c.authenticate(v.key, v.ID, v.salt[:])) {
		return ListedPerson{}, false, fmt.Errorf("%w: a contact", ErrAltered)
	}
	stored, err := p.stored()
	if err != nil {
		return ListedPerson{}, false, err
	}
	return ListedPerson{
		Handle: p.handle, Kind: stored.Kind, Mail: p.reach != nobodyReached(), Sealed: c.sealed,
	}, len(stored.Person.Exposures) > 0, nil
}
