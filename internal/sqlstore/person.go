package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// ErrUnknownPerson means that a version proves to hold no such person.
var ErrUnknownPerson = errors.New("there is no such person in this version")

// StoredPerson is one person of a version. Evidence is sealed to the operator.
type StoredPerson struct {
	Handle   breach.Handle
	Kind     breach.PersonKind
	Evidence []byte
	Person   breach.Person
}

// Person is the person of a version under its reference. ErrUnknownPerson when the whole
// version was proven and holds none: that takes seconds for a million people. Every doubt
// wraps breach.ErrUnproven.
func (r *Roster) Person(ctx context.Context, version, ref int64) (found StoredPerson, err error) {
	err = r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.loadOwn(ctx, tx, version)
		if err != nil {
			return err
		}
		var p personRow
		err = tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM roster_persons AS p WHERE version = ? AND person = ?`, version, ref).
			Scan(p.targets()...)
		if errors.Is(err, sql.ErrNoRows) {
			if err := r.checkPersons(ctx, tx, v); err != nil {
				return err
			}
			if err := r.checkHandles(ctx, tx, v); err != nil {
				return err
			}
			return ErrUnknownPerson
		}
		if err != nil {
			return unread(err)
		}
		if p.mac != p.authenticate(v.key, v.ID, v.salt[:]) {
			return fmt.Errorf("%w: a person", ErrAltered)
		}
		found, err = p.stored()
		return err
	})
	return found, err
}

// personColumns are the columns of a person in the order of personRow.targets.
const personColumns = `p.person, p.handle, p.kind, p.reach, p.member_id_sealed, p.answer, p.evidence, p.older, p.mac`

// personRow is a person as stored. Equal people of two versions have equal answers,
// because the reference is not part of them.
type personRow struct {
	ref      int64
	handle   breach.Handle
	kind     string
	reach    [32]byte
	memberID []byte // sealed; empty when there is none
	answer   []byte
	evidence []byte // sealed
	older    []byte // handles under older keys, one after the other
	mac      [32]byte
}

func (p *personRow) targets() []any {
	return []any{&p.ref, fixed{p.handle[:]}, &p.kind, fixed{p.reach[:]}, &p.memberID, &p.answer, &p.evidence, &p.older, fixed{p.mac[:]}}
}

func (p *personRow) authenticate(key breach.RosterKey, version int64, salt []byte) [32]byte {
	parts := [][]byte{num(version), salt, num(p.ref), p.handle[:], []byte(p.kind), p.reach[:], p.memberID, p.answer, p.evidence}
	if len(p.older) > 0 { // a version of before there were any is proven as it was made
		parts = append(parts, p.older)
	}
	return key.MAC("roster-person", parts...)
}

// names are the handles of a person: the present one, and those under older keys.
func (p *personRow) names() []breach.Handle {
	all := []breach.Handle{p.handle}
	for older := range slices.Chunk(p.older, len(breach.Handle{})) {
		if len(older) == len(breach.Handle{}) {
			all = append(all, breach.Handle(older))
		}
	}
	return all
}

// is tells whether the person has, or had under an older key, this handle.
func (p *personRow) is(handle breach.Handle) bool { return slices.Contains(p.names(), handle) }

// stored decodes a row that is already proven.
func (p *personRow) stored() (StoredPerson, error) {
	person, err := decodePerson(p.answer)
	if err != nil {
		return StoredPerson{}, unread(err)
	}
	person.Ref = p.ref
	return StoredPerson{Handle: p.handle, Kind: breach.PersonKind(p.kind), Evidence: p.evidence, Person: person}, nil
}

// loadOwn is load for a version of the roster's own incident file only.
func (r *Roster) loadOwn(ctx context.Context, tx *sql.Tx, version int64) (*versionRow, error) {
	v, err := r.load(ctx, tx, version)
	if err != nil {
		return nil, err
	}
	if v.IncidentDigest != r.incident {
		return nil, ErrIncidentDiffers
	}
	return v, nil
}
