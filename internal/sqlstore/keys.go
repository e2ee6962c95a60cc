package sqlstore

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// Keys is what the roster needs of the server's key file. RosterKeys are the keys that
// name addresses, newest first, at least one and always the same: new versions are made
// under the first, and each version is asked and proven under its own.
type Keys interface {
	RosterKeys() []breach.RosterKey
	SealMemberID(id string) []byte
	AuditKeys
}

// sentinelTag is the tag of the synthetic row that every version holds. No address has
// it, and without the key it looks like any other.
func sentinelTag(k breach.RosterKey, version int64) breach.Tag {
	return breach.Tag(k.MAC("roster-sentinel", num(version)))
}

// newest is the key under which everything new is made.
func (r *Roster) newest() breach.RosterKey { return r.keys.RosterKeys()[0] }

// keyOf finds the key that gives this check value.
func (r *Roster) keyOf(check [32]byte) (breach.RosterKey, bool) {
	all := r.keys.RosterKeys()
	i := slices.IndexFunc(all, func(k breach.RosterKey) bool { return k.Check == check })
	if i < 0 {
		return breach.RosterKey{}, false
	}
	return all[i], true
}

func (r *Roster) ours(check [32]byte) bool {
	_, ours := r.keyOf(check)
	return ours
}

// tagUnder is the tag of somebody under a version's key.
func tagUnder(tags breach.Tags, v *versionRow) (breach.Tag, error) {
	tag, ok := tags.Of(v.key.ID)
	if !ok {
		return breach.Tag{}, fmt.Errorf("%w (%s)", breach.ErrNoTag, v.key.ID)
	}
	return tag, nil
}

// keysDiffer names the key that is missing. Nothing about the version is proven without
// it, so only what can be an id is repeated.
func keysDiffer(id string) error {
	if b, err := hex.DecodeString(id); err != nil || len(b) != 4 {
		return ErrKeysDiffer
	}
	return fmt.Errorf("%w: it was made under the tag key %s, which the key file does not hold", ErrKeysDiffer, id)
}

// elsewhere is the newest row before another one that was written under another key. Each
// row's MAC covers it, so that no row can be hidden by passing it off as one of a key that
// is gone. The zero value: there is none.
type elsewhere struct {
	seq      int64
	keyCheck [32]byte
}

func (e elsewhere) parts() [][]byte {
	if e.seq == 0 {
		return nil
	}
	return [][]byte{num(e.seq), e.keyCheck[:]}
}

// places are the rows of a table that only grows, up to some row: of rows of one key in a
// row the last.
type places []elsewhere

func (p *places) add(seq int64, keyCheck [32]byte) {
	if n := len(*p); n > 0 && (*p)[n-1].keyCheck == keyCheck {
		(*p)[n-1].seq = seq
		return
	}
	*p = append(*p, elsewhere{seq, keyCheck})
}

// newest is the key of the newest row.
func (p places) newest() (keyCheck [32]byte) {
	if len(p) > 0 {
		keyCheck = p[len(p)-1].keyCheck
	}
	return keyCheck
}

// other is the newest row that is not of that key.
func (p places) other(keyCheck [32]byte) elsewhere {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].keyCheck != keyCheck {
			return p[i]
		}
	}
	return elsewhere{}
}

// placesOf reads the places of a table's rows.
func placesOf(ctx context.Context, q querier, table string) (all places, err error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, key_check FROM `+table+` ORDER BY seq`)
	if err != nil {
		return nil, unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e elsewhere
		if err := rows.Scan(&e.seq, fixed{e.keyCheck[:]}); err != nil {
			return nil, fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
		}
		all.add(e.seq, e.keyCheck)
	}
	return all, unread(rows.Err())
}
