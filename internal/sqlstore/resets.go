package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

// maxChange bounds what is changed or listed at once: a transaction that others wait for.
const maxChange = 1000

// ErrTooMany: more members at once than one transaction takes.
var ErrTooMany = fmt.Errorf("at most %d members at once", maxChange)

// ResetKeys is what resets need of the server's key file. PersonHandles are under the keys
// of RosterKeys, in their order.
type ResetKeys interface {
	RosterKeys() []breach.RosterKey
	PersonHandles(key string) []breach.Handle
	SealMemberID(id string) []byte
	OpenMemberID(sealed []byte) (string, error)
	AuditKeys
}

// Resets keeps the forced password resets, the hold over them, and the addresses that
// stand for login addresses. It implements [reset.Reader] and [reset.Changer]. Every row is
// proven before it is told, and every change is written with its audit entry. Safe for
// concurrent use, by several processes as well.
type Resets struct {
	logDoubt
	bindings
	db     *DB
	roster *Roster // of any incident file

	byHandle, byTag, contactByHandle, hold lazyStmt
	person, personAt, contact              lazyStmt
	contacts                               atomic.Pointer[anyContact]
	version                                atomic.Pointer[versionRow] // the last one that was proven
	doubt                                  atomic.Pointer[error]      // what the last Check found
	absentees                              sync.Map                   // of absentee: proven once
}

var (
	_ reset.Reader  = (*Resets)(nil)
	_ reset.Changer = (*Resets)(nil)
)

// Resets returns the resets of the database under these keys.
func (db *DB) Resets(keys ResetKeys) *Resets {
	return &Resets{bindings: bindings{keys}, db: db, roster: db.Roster(keys, [32]byte{})}
}

// memberKey is the name by which handles are made of a member.
func memberKey(memberID string) string { return "M:" + memberID }

var resetByHandle = byHandle("resets", prefixed("r", resetColumns))

// sure refuses to answer while the last Check found something: it sees what single reads
// do not.
func (s *Resets) sure() error {
	if err := s.doubt.Load(); err != nil {
		return *err
	}
	return unread(s.db.stillInPlace())
}

// Get is the reset of a member. reset.ErrUnknownMember when it is proven that there is none.
func (s *Resets) Get(ctx context.Context, memberID string) (breach.Reset, error) {
	if err := s.trusted(); err != nil {
		return breach.Reset{}, err
	}
	return s.get(ctx, memberID)
}

func (s *Resets) get(ctx context.Context, memberID string) (breach.Reset, error) {
	if err := s.sure(); err != nil {
		return breach.Reset{}, err
	}
	stmt, err := s.byHandle.prepare(ctx, s.db.read, resetByHandle)
	if err != nil {
		return breach.Reset{}, unread(err)
	}
	var row resetRow
	found, err := s.find(ctx, stmt, memberKey(memberID), &row)
	switch {
	case err != nil:
		return breach.Reset{}, err
	case !found:
		return breach.Reset{}, reset.ErrUnknownMember
	}
	return row.reset(s.keys)
}

const (
	resetsByState = ` WHERE h.state = ? AND h.change > ? ORDER BY h.change LIMIT ?`
	resetsAll     = ` WHERE h.change > ? ORDER BY h.change LIMIT ?`
)

var resetsBegin = rowsOf("resets", prefixed("h", resetColumns))

// List lists resets in the order of their newest change. Each is proven; that one is
// missing is what Check sees.
func (s *Resets) List(ctx context.Context, q reset.Query) ([]reset.Listed, error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	if q.Limit < 1 || q.Limit > maxChange {
		return nil, fmt.Errorf("a list of %d members: %w, and one at least", q.Limit, ErrTooMany)
	}
	var all []reset.Listed
	err := s.db.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		if len(q.States) == 0 {
			all, err = s.list(ctx, tx, resetsAll, q.After, q.Limit)
			return err
		}
		for _, state := range q.States {
			more, err := s.list(ctx, tx, resetsByState, string(state), q.After, q.Limit)
			if err != nil {
				return err
			}
			all = append(all, more...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b reset.Listed) int { return int(a.Change - b.Change) })
	return all[:min(len(all), q.Limit)], nil
}

func (s *Resets) list(ctx context.Context, tx querier, where string, args ...any) (all []reset.Listed, err error) {
	err = s.each(ctx, tx, resetsBegin+where, args, func(row *resetRow) error {
		r, err := row.reset(s.keys)
		all = append(all, reset.Listed{Reset: r, Change: row.change})
		return err
	})
	return all, err
}

// each proves and visits the resets that a statement finds.
func (s *Resets) each(ctx context.Context, q querier, query string, args []any, visit func(*resetRow) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return unread(err)
	}
	return eachBound(s.bindings, rows, visit)
}

const countResets = `SELECT state, count(*) FILTER (WHERE since > ?1), count(*) FILTER (WHERE since <= ?1 AND since > ?2),
	count(*) FILTER (WHERE since <= ?2 AND since > ?3), count(*) FILTER (WHERE since <= ?3 AND since > ?4),
	count(*) FILTER (WHERE since <= ?4) FROM resets GROUP BY state`

// Count counts the resets by state and by how long they are in it, all states in their
// order. Figures for people: the rows are not proven one by one.
func (s *Resets) Count(ctx context.Context, now time.Time) ([]reset.Count, error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	var bounds []any
	for _, age := range reset.Ages() {
		bounds = append(bounds, now.Add(-age).UnixMilli())
	}
	rows, err := s.db.read.QueryContext(ctx, countResets, bounds...)
	if err != nil {
		return nil, unread(err)
	}
	defer rows.Close()
	counts := map[breach.ResetState]reset.Count{}
	for rows.Next() {
		var c reset.Count
		if err := rows.Scan(&c.State, &c.Aged[0], &c.Aged[1], &c.Aged[2], &c.Aged[3], &c.Aged[4]); err != nil {
			return nil, unread(err)
		}
		counts[c.State] = c
	}
	if err := rows.Err(); err != nil {
		return nil, unread(err)
	}
	var all []reset.Count
	for _, state := range breach.ResetStates() {
		c := counts[state]
		c.State = state
		all = append(all, c)
	}
	return all, nil
}

// errNoMember: somebody is asked about by an empty number.
var errNoMember = errors.New("a member needs a number")
