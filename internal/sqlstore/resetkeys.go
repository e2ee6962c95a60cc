package sqlstore

import (
	"context"
	"fmt"
)

// ResetNeeds is what is kept about members that only one tag key proves or finds.
type ResetNeeds struct {
	Resets, Holds, Contacts int
	Prints                  int // fingerprints that can be compared with nothing without the key
}

// Any tells whether there is anything.
func (n ResetNeeds) Any() bool { return n != ResetNeeds{} }

// neededBy counts what is under a key (?1 its check value, ?2 its id). A fingerprint is the
// id of each key it was made under with 32 bytes: those of 40 bytes were made under one.
const neededBy = `SELECT (SELECT count(*) FROM resets WHERE key_check = ?1), (SELECT count(*) FROM reset_holds WHERE key_check = ?1),
	(SELECT count(*) FROM reset_contacts WHERE key_check = ?1), (SELECT count(*) FROM resets WHERE
		length(fingerprint) = 40 AND substr(fingerprint, 1, 8) = CAST(?2 AS BLOB) AND state NOT IN ('completed', 'exempt') OR
		length(baseline) = 40 AND substr(baseline, 1, 8) = CAST(?2 AS BLOB) AND state = 'planned')`

// Needs is what needs the tag key of this id. Planning again writes resets anew under the
// newest key, so does adding a contact again, or holding and releasing. It reads every row.
func (s *Resets) Needs(ctx context.Context, id string) (n ResetNeeds, err error) {
	for _, k := range s.keys.RosterKeys() {
		if k.ID != id {
			continue
		}
		err := s.db.read.QueryRowContext(ctx, neededBy, k.Check[:], id).Scan(&n.Resets, &n.Holds, &n.Contacts, &n.Prints)
		if err != nil {
			return n, fmt.Errorf("looking for what a tag key proves about members: %w", err)
		}
	}
	return n, nil
}

// Sealed counts what is kept about members sealed under the key of this id: what is sealed
// begins with it.
func (s *Resets) Sealed(ctx context.Context, id [4]byte) (n int, err error) {
	err = s.db.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM resets WHERE substr(member_id_sealed, 1, 4) = ?1 OR substr(notify, 1, 4) = ?1) +
		(SELECT count(*) FROM reset_contacts WHERE substr(member_id_sealed, 1, 4) = ?1)`, id[:]).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("looking for what is sealed under a key: %w", err)
	}
	return n, nil
}
