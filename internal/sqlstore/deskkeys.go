package sqlstore

import (
	"context"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// renewed is the detail of the entry with which a row is written under a newer key.
const renewed = "under a newer key"

// leaveKey writes rows of a table that are under the tag key of this id anew, in
// transactions that others can wait for. Safe to repeat.
func leaveKey[R any, P interface {
	*R
	boundRow
}](ctx context.Context, b bindings, db *DB, id, begin string, entry audit.Entry, renew func(*memberWriter, P) error) error {
	entry.Detail = renewed
	for _, k := range b.keys.RosterKeys()[1:] {
		if k.ID != id {
			continue
		}
		for n := maxChange; n == maxChange; {
			err := b.change(ctx, db, entry, func(w *memberWriter) error {
				rows, err := under[R, P](w, begin, k)
				n = len(rows)
				for i := 0; i < n && err == nil; i++ {
					err = renew(w, rows[i])
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("leaving a tag key: %w", err)
			}
		}
	}
	return nil
}

// under are some rows that are under a key.
func under[R any, P interface {
	*R
	boundRow
}](w *memberWriter, begin string, k breach.RosterKey) (all []P, err error) {
	rows, err := w.tx.QueryContext(w.ctx, begin+` WHERE h.key_check = ? LIMIT ?`, k.Check[:], maxChange)
	if err != nil {
		return nil, err
	}
	err = eachBound(w.bindings, rows, func(r P) error {
		all = append(all, r)
		return nil
	})
	return all, err
}

// LeaveKey prepares the tickets for the end of an older tag key: what was left under it is
// found and proven under the newest from then on. Safe to repeat.
func (s *Tickets) LeaveKey(ctx context.Context, id string, entry audit.Entry) error {
	return leaveKey(ctx, s.bindings, s.db, id, ticketsBegin, entry, func(w *memberWriter, r *ticketRow) error {
		w.entry.Action = audit.TicketOpen
		if r.letter == 1 {
			w.entry.Action = audit.LetterRequest
		}
		return s.put(w, r)
	})
}

// LeaveKey prepares the canaries for the end of an older tag key. Letters' numbers stay
// canaries; addresses that were added under it cannot be recognised any more, and are
// removed. Safe to repeat.
func (c *Canaries) LeaveKey(ctx context.Context, id string, entry audit.Entry) error {
	entry.Action = audit.CanaryAdd
	return leaveKey(ctx, c.bindings, c.db, id, canariesBegin, entry, func(w *memberWriter, r *canaryRow) error {
		if r.kind == string(CanaryLetter) {
			return c.put(w, r)
		}
		return w.rename(true, "canaries", r.handle, breach.Handle{})
	})
}

// Needs counts the addresses that only the tag key of this id recognises as canaries'.
func (c *Canaries) Needs(ctx context.Context, id string) (n int, err error) {
	for _, k := range c.keys.RosterKeys() {
		if k.ID == id && err == nil {
			err = c.db.read.QueryRowContext(ctx, `SELECT count(*) FROM canaries WHERE key_check = ? AND kind = ?`, k.Check[:], string(CanaryAddress)).Scan(&n)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("counting canaries: %w", err)
	}
	return n, nil
}

// Sealed counts the notes that only the contacts key of this id opens.
func (s *Tickets) Sealed(ctx context.Context, id [4]byte) (n int, err error) {
	if err := s.db.read.QueryRowContext(ctx, `SELECT count(*) FROM tickets WHERE substr(note, 1, 4) = ?`, id[:]).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting notes that are sealed under a key: %w", err)
	}
	return n, nil
}
