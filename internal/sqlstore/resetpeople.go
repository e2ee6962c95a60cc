package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

const (
	personByRef    = `SELECT ` + personColumns + ` FROM roster_persons AS p WHERE p.version = ? AND p.person = ?`
	personByHandle = `SELECT ` + personColumns + ` FROM roster_handles AS h JOIN roster_persons AS p ON p.version = h.version AND p.person = h.person
	WHERE h.version = ? AND h.handle = ?`
)

// Ready tells whether those whom a version lists can be answered: it asks about one of them as
// their answers do. What is wrong with single rows is for Check.
func (s *Resets) Ready(ctx context.Context, v Version) error {
	if _, err := s.anyContact(ctx); err != nil {
		return fmt.Errorf("the addresses that stand for login addresses: %w", unread(err))
	}
	refs, err := column[int64](ctx, s.db.read, fmt.Sprintf(`SELECT person FROM roster_persons WHERE version = %d LIMIT 1`, v.ID))
	if err == nil && len(refs) == 0 && v.Persons > 0 {
		err = fmt.Errorf("%w: all of them are missing", ErrAltered)
	}
	if err == nil {
		_, err = s.ByRef(ctx, v.ID, refs)
	}
	if err != nil {
		return fmt.Errorf("the people of version %d: %w", v.ID, unread(err))
	}
	return nil
}

// ByRef are the resets of people of a version, by their references. People who are no
// members, and members of whom no reset is planned, are not in it.
func (s *Resets) ByRef(ctx context.Context, version int64, refs []int64) (map[int64]breach.Reset, error) {
	all := map[int64]breach.Reset{}
	for _, ref := range refs {
		p, err := s.readPerson(ctx, &s.person, personByRef, version, ref)
		if err != nil {
			return nil, err
		}
		if p.ref != ref {
			return nil, fmt.Errorf("%w: a person of an answer", ErrAltered)
		}
		if len(p.memberID) == 0 {
			continue
		}
		id, err := s.keys.OpenMemberID(p.memberID)
		if err != nil {
			return nil, fmt.Errorf("%w: a member's number does not open", ErrKeysDiffer)
		}
		switch r, err := s.get(ctx, id); {
		case errors.Is(err, reset.ErrUnknownMember):
		case err != nil:
			return nil, err
		default:
			all[ref] = r
		}
	}
	return all, nil
}

// Published is the number of the published version.
func (s *Resets) Published(ctx context.Context) (version int64, err error) {
	v, err := s.roster.Published(ctx)
	return v.ID, err
}

// Member is a member as a version knows them, as seen from their login address; of the
// versions that were imported from a shop's exports, or from a list whose person keys are
// "M:" and the member id. A member whom the version is proven not to hold is
// reset.ErrNotInVersion: the whole version is read for that, once, because versions do not
// change.
func (s *Resets) Member(ctx context.Context, version int64, memberID string) (breach.Person, error) {
	v, err := s.load(ctx, version)
	if err != nil {
		return breach.Person{}, err
	}
	handles := s.keys.PersonHandles(memberKey(memberID))
	for i, key := range s.keys.RosterKeys() {
		if key.Check != v.keyCheck {
			continue
		}
		p, err := s.readPerson(ctx, &s.personAt, personByHandle, version, handles[i][:])
		if errors.Is(err, errNoPerson) {
			return breach.Person{}, s.proveAbsent(ctx, v, handles[i])
		}
		if err != nil {
			return breach.Person{}, err
		}
		if p.handle != handles[i] {
			return breach.Person{}, fmt.Errorf("%w: a member under their handle", ErrAltered)
		}
		stored, err := p.stored()
		if err == nil && !stored.Person.Withdrawn {
			stored.Person.Edge = breach.EdgeLogin
		}
		return stored.Person, err
	}
	return breach.Person{}, ErrKeysDiffer
}

// errNoPerson: no row of somebody who may have to have one.
var errNoPerson = errors.New("it does not hold a person who should be in it")

// absentee is somebody whom a version does not hold.
type absentee struct {
	version int64
	handle  breach.Handle
}

// proveAbsent proves that a version holds nobody with a handle.
func (s *Resets) proveAbsent(ctx context.Context, v *versionRow, handle breach.Handle) error {
	who := absentee{v.ID, handle}
	if _, known := s.absentees.Load(who); known {
		return reset.ErrNotInVersion
	}
	if err := s.roster.proveNobody(ctx, v, handle); err != nil {
		return err
	}
	s.absentees.Store(who, true)
	return reset.ErrNotInVersion
}

// proveNobody proves that a version holds nobody with a handle, by all of its people.
func (r *Roster) proveNobody(ctx context.Context, v *versionRow, handle breach.Handle) error {
	return r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM roster_persons WHERE version = ?1 AND (handle = ?2 OR instr(older, ?2) > 0)`, v.ID, handle[:]).Scan(&n); err != nil {
			return unread(err)
		}
		if n != 0 {
			return fmt.Errorf("%w: a person under their handle", ErrAltered)
		}
		return r.checkPersons(ctx, tx, v)
	})
}

// readPerson reads and proves one person.
func (s *Resets) readPerson(ctx context.Context, lazy *lazyStmt, query string, version int64, at any) (*personRow, error) {
	v, err := s.load(ctx, version)
	if err != nil {
		return nil, err
	}
	stmt, err := lazy.prepare(ctx, s.db.read, query)
	if err != nil {
		return nil, unread(err)
	}
	p := &personRow{}
	err = stmt.QueryRowContext(ctx, version, at).Scan(p.targets()...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("%w: version %d: %w", breach.ErrUnproven, version, errNoPerson)
	case err != nil:
		return nil, unread(err)
	case p.mac != p.authenticate(v.key, v.ID, v.salt[:]):
		return nil, fmt.Errorf("%w: a person", ErrAltered)
	}
	return p, nil
}

// load is a version, proven once: versions do not change.
func (s *Resets) load(ctx context.Context, version int64) (*versionRow, error) {
	if v := s.version.Load(); v != nil && v.ID == version {
		return v, nil
	}
	v, err := s.roster.load(ctx, s.db.read, version)
	if err != nil {
		return nil, unread(err)
	}
	s.version.Store(v)
	return v, nil
}

// Members are the members of a version for whom asks is true, each proven, and everything
// about them: it reads the whole version. That the version was made from the incident file
// whose rules asks goes by is the caller's to know.
func (s *Resets) Members(ctx context.Context, version int64, asks func(breach.Person) bool) (all []reset.Member, err error) {
	r := s.roster
	err = r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.load(ctx, tx, version)
		if err != nil {
			return err
		}
		if err := errors.Join(r.checkTags(ctx, tx, v), r.checkPersons(ctx, tx, v)); err != nil {
			return unread(err)
		}
		login, err := logins(ctx, tx, version)
		if err != nil {
			return unread(err)
		}
		all, err = s.members(ctx, tx, version, login, asks)
		return unread(err)
	})
	return all, err
}

// logins are the references of everybody whose login address is on the list. The rows were
// proven in the same snapshot.
func logins(ctx context.Context, tx *sql.Tx, version int64) (map[int64]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT answer FROM roster_tags WHERE version = ?`, version)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	login := map[int64]bool{}
	for rows.Next() {
		var answer sql.RawBytes
		if err := rows.Scan(&answer); err != nil {
			return nil, err
		}
		a, err := decodeAnswer(answer)
		if err != nil {
			return nil, err
		}
		for _, p := range a.Persons {
			if p.Edge == breach.EdgeLogin {
				login[p.Ref] = true
			}
		}
	}
	return login, rows.Err()
}

// members reads people who were proven in the same snapshot.
func (s *Resets) members(ctx context.Context, tx *sql.Tx, version int64, login map[int64]bool, asks func(breach.Person) bool) ([]reset.Member, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+personColumns+` FROM roster_persons AS p WHERE p.version = ? AND length(p.member_id_sealed) > 0 ORDER BY p.person`, version)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []reset.Member
	for rows.Next() {
		var p personRow
		if err := rows.Scan(p.targets()...); err != nil {
			return nil, err
		}
		stored, err := p.stored()
		if err != nil {
			return nil, err
		}
		if !asks(stored.Person) {
			continue
		}
		id, err := s.keys.OpenMemberID(p.memberID)
		if err != nil {
			return nil, fmt.Errorf("%w: a member's number does not open", ErrKeysDiffer)
		}
		all = append(all, reset.Member{ID: id, Withdrawn: stored.Person.Withdrawn, Login: login[p.ref]})
	}
	return all, rows.Err()
}
