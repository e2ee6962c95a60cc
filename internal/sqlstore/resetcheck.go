package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

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
	return s.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		for _, check := range []func(context.Context, *sql.Tx) error{s.checkLog, s.checkResets, s.checkContacts, s.checkHold, s.checkLetters, s.checkLost} {
			if err := check(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
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

// checkLost looks for rows about members. Those of others are looked for by whoever keeps
// them, so that the desk's trouble is not the resets'.
func (s *Resets) checkLost(ctx context.Context, tx *sql.Tx) error {
	return s.lost(ctx, tx, func(a audit.Action) bool { return !ofDesk(a) })
}
