package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/breach"
)

// ErrOtherNames: nobody of one version can be recognised in the other.
var ErrOtherNames = errors.New("the versions were made under different tag keys, so that nobody of one can be recognised in the other")

// ChangeKind says in what way a person differs between two versions.
type ChangeKind string

// The kinds. Somebody who is told something else is changed, whether or not the addresses
// differ as well; readdressed are those for whom only these differ.
const (
	Added       ChangeKind = "added"
	Removed     ChangeKind = "removed"
	Changed     ChangeKind = "changed"
	Readdressed ChangeKind = "readdressed"
)

// Change is one person who differs. Before is nil of somebody added, After of somebody
// removed. The evidence is sealed to the operator.
type Change struct {
	Kind                          ChangeKind
	Handle                        breach.Handle
	Before, After                 *breach.Person
	EvidenceBefore, EvidenceAfter []byte
}

// Diff hands every person who differs between two committed versions of these keys to
// each, in the order of their handles, one at a time. Version 0 stands for an empty list.
// The versions may belong to different incident files; ErrOtherNames when they were made
// under different tag keys. Both are proven before the first
// change is handed out; every doubt wraps breach.ErrUnproven. An error of each ends it and
// is returned as it is.
func (r *Roster) Diff(ctx context.Context, from, to int64, each func(Change) error) error {
	return r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		var key string
		for _, version := range []int64{from, to} {
			if version == 0 {
				continue
			}
			v, err := r.load(ctx, tx, version)
			if err != nil {
				return err
			}
			if key != "" && key != v.key.ID {
				return fmt.Errorf("%w: %s and %s", ErrOtherNames, key, v.key.ID)
			}
			key = v.key.ID
			if err := errors.Join(r.checkPersons(ctx, tx, v), r.checkHandles(ctx, tx, v)); err != nil {
				return fmt.Errorf("proving version %d: %w", version, err)
			}
		}
		if from == to {
			return nil
		}
		return merge(ctx, tx, from, to, each)
	})
}

// merge walks the people of two proven versions side by side.
func merge(ctx context.Context, tx *sql.Tx, from, to int64, each func(Change) error) error {
	before, err := openPeople(ctx, tx, from)
	if err != nil {
		return err
	}
	defer before.Close()
	after, err := openPeople(ctx, tx, to)
	if err != nil {
		return err
	}
	defer after.Close()
	for !before.end || !after.end {
		if err := step(before, after, each); err != nil {
			return err
		}
	}
	return nil
}

// step hands out the next person if there is anything to say, and goes on.
func step(before, after *people, each func(Change) error) error {
	b, a := &before.row, &after.row
	var kind ChangeKind
	switch order := compare(before, after); {
	case order < 0:
		kind, a = Removed, nil
	case order > 0:
		kind, b = Added, nil
	default:
		kind = differ(b, a)
	}
	if err := emit(kind, b, a, each); err != nil {
		return err
	}
	if b != nil {
		if err := before.next(); err != nil {
			return err
		}
	}
	if a != nil {
		return after.next()
	}
	return nil
}

// differ tells how one person differs, or "".
func differ(b, a *personRow) ChangeKind {
	switch {
	case !bytes.Equal(b.answer, a.answer) || b.kind != a.kind:
		return Changed
	case b.reach != a.reach:
		return Readdressed
	default:
		return ""
	}
}

func emit(kind ChangeKind, b, a *personRow, each func(Change) error) error {
	if kind == "" {
		return nil
	}
	c := Change{Kind: kind}
	if b != nil {
		p, err := b.stored()
		if err != nil {
			return err
		}
		c.Handle, c.Before, c.EvidenceBefore = p.Handle, &p.Person, p.Evidence
	}
	if a != nil {
		p, err := a.stored()
		if err != nil {
			return err
		}
		c.Handle, c.After, c.EvidenceAfter = p.Handle, &p.Person, p.Evidence
	}
	return each(c)
}

// people is a cursor over the people of a version in the order of their handles.
type people struct {
	*sql.Rows
	row personRow
	end bool
}

func openPeople(ctx context.Context, tx *sql.Tx, version int64) (*people, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+personColumns+` FROM roster_handles AS h CROSS JOIN roster_persons AS p
		ON p.version = h.version AND p.person = h.person AND p.handle = h.handle WHERE h.version = ? ORDER BY h.handle`, version)
	if err != nil {
		return nil, unread(err)
	}
	p := &people{Rows: rows}
	if err := p.next(); err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return p, nil
}

// next reads the next person. The row is a new one, because the one before may have been
// handed out.
func (p *people) next() error {
	p.row = personRow{}
	if !p.Next() {
		p.end = true
		return unread(p.Err())
	}
	return unread(p.Scan(p.row.targets()...))
}

// compare orders two cursors by their handles; one at its end comes last.
func compare(b, a *people) int {
	switch {
	case b.end:
		return 1
	case a.end:
		return -1
	default:
		return bytes.Compare(b.row.handle[:], a.row.handle[:])
	}
}
