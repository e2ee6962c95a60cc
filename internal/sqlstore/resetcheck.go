package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// boundTables are the tables with bound rows, each with the column that holds what their
// entries in the audit log are about.
var boundTables = [...][2]string{{"resets", "handle"}, {"reset_contacts", "handle"}, {"reset_holds", "handle"},
	{"letters", "handle"}, {"letters", "tag"}}

// lostRows finds the newest entry about each handle that has no row in any of them.
var lostRows = func() string {
	query := `SELECT m.tag, ` + witnessColumns + ` FROM (SELECT tag, max(seq) AS seq FROM audit_entries WHERE purpose = 'member' GROUP BY tag) AS m
	JOIN audit_entries AS a ON a.seq = m.seq WHERE true`
	for _, t := range boundTables {
		query += ` AND NOT EXISTS (SELECT 1 FROM ` + t[0] + ` WHERE ` + t[1] + ` = m.tag)`
	}
	return query
}()

// Check proves every row about a member against the audit log, and that none is missing
// that the log tells of; and that the log has all its rows, of which those about members are
// found as such. Its cost grows with the rows of both. What it finds wrong keeps all reads
// and changes of this process from answering until a Check finds all well.
func (s *Resets) Check(ctx context.Context) error {
	err := s.check(ctx)
	switch {
	case err == nil:
		s.doubt.Store(nil)
	case errors.Is(err, ErrAltered) || errors.Is(err, ErrKeysDiffer):
		s.doubt.Store(&err)
	}
	return err
}

func (s *Resets) check(ctx context.Context) error {
	if err := s.db.inPlaceUnread(); err != nil {
		return err
	}
	tx, err := s.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unread(err)
	}
	defer tx.Rollback()
	for _, check := range []func(context.Context, *sql.Tx) error{s.checkLog, s.checkResets, s.checkContacts, s.checkHold, s.checkLetters, s.checkLost} {
		if err := check(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Resets) checkResets(ctx context.Context, tx *sql.Tx) error {
	return s.each(ctx, tx, resetsBegin, nil, func(row *resetRow) error {
		r, err := row.reset(s.keys)
		if err != nil {
			return err
		}
		if !slices.Contains(breach.ResetStates(), r.State) {
			return fmt.Errorf("%w: a reset in an unknown state", ErrAltered)
		}
		return s.checkName(&row.bound, memberKey(r.MemberID))
	})
}

// checkName proves that a row stands under the handle of whom it is about.
func (s *Resets) checkName(b *bound, name string) error {
	for i, k := range s.keys.RosterKeys() {
		if k.Check == b.keyCheck && s.keys.PersonHandles(name)[i] == b.handle {
			return nil
		}
	}
	return fmt.Errorf("%w: a row under another member's handle", ErrAltered)
}

func (s *Resets) checkContacts(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, contactsBegin)
	if err != nil {
		return unread(err)
	}
	return eachBound(s.bindings, rows, func(c *contactRow) error {
		id, err := s.keys.OpenMemberID(c.memberID)
		if err != nil {
			return fmt.Errorf("%w: a member's number does not open", ErrKeysDiffer)
		}
		return s.checkName(&c.bound, contactKey(id))
	})
}

func (s *Resets) checkHold(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, rowsOf("reset_holds", prefixed("h", holdColumns)))
	if err != nil {
		return unread(err)
	}
	return eachBound(s.bindings, rows, func(h *holdRow) error { return s.checkName(&h.bound, holdKey) })
}

func (s *Resets) checkLetters(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, lettersBegin)
	if err != nil {
		return unread(err)
	}
	return eachBound(s.bindings, rows, func(l *letterRow) error {
		return errors.Join(l.sane(), s.checkName(&l.bound, letterName(l.person)))
	})
}

func (s *Resets) checkLost(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, lostRows)
	if err != nil {
		return unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var handle breach.Handle
		var w witness
		if err := rows.Scan(append([]any{fixed{handle[:]}}, w.targets()...)...); err != nil {
			return unread(err)
		}
		if err := s.absent(handle, w); err != nil {
			return err
		}
	}
	return unread(rows.Err())
}
