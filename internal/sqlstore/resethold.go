package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// ErrNotHeld: resets are not held.
var ErrNotHeld = fmt.Errorf("resets are not held")

// holdKey is the name by which the hold's handles are made. No person's key is so.
const holdKey = "reset-hold"

const holdColumns = `handle, key_check, held, at, reason, by_name, change, mac`

// holdRow is the hold as stored.
type holdRow struct {
	bound
	held, at   int64
	reason, by string
}

func (h *holdRow) label() string { return "reset-hold" }

func (h *holdRow) targets() []any {
	return []any{optional{h.handle[:]}, optional{h.keyCheck[:]}, optional{&h.held}, optional{&h.at}, optional{&h.reason}, optional{&h.by},
		optional{&h.change}, optional{h.mac[:]}}
}

func (h *holdRow) parts() [][]byte {
	return [][]byte{num(h.held), num(h.at), []byte(h.reason), []byte(h.by)}
}

var holdByHandle = byHandle("reset_holds", prefixed("r", holdColumns))

// Held tells whether resets are held: nil while they are not. Any doubt is an error that
// wraps breach.ErrUnproven, and reads as held.
func (s *Resets) Held(ctx context.Context) (*reset.Hold, error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	stmt, err := s.hold.prepare(ctx, s.db.read, holdByHandle)
	if err != nil {
		return nil, unread(err)
	}
	var row holdRow
	found, err := s.find(ctx, stmt, holdKey, &row)
	if err != nil || !found || row.held == 0 {
		return nil, err
	}
	return &reset.Hold{Since: instantOf(row.at), Reason: row.reason, By: row.by}, nil
}

// Hold holds resets, or gives another reason for it. The reason must say something, and
// hold no address.
func (s *Resets) Hold(ctx context.Context, reason string, entry audit.Entry) error {
	switch {
	case strings.TrimSpace(reason) == "":
		return ErrNoReason
	case strings.Contains(breach.FoldName(reason), "@"):
		return ErrAddressInReason
	}
	return s.setHold(ctx, entry, holdRow{held: 1, reason: reason, by: entry.Actor.ID})
}

// Release ends the hold. ErrNotHeld when there is none.
func (s *Resets) Release(ctx context.Context, entry audit.Entry) error {
	return s.setHold(ctx, entry, holdRow{by: entry.Actor.ID})
}

func (s *Resets) setHold(ctx context.Context, entry audit.Entry, next holdRow) error {
	return s.change(ctx, entry, func(w *memberWriter) error {
		stmt, err := w.tx.PrepareContext(ctx, holdByHandle)
		if err != nil {
			return err
		}
		defer stmt.Close()
		var row holdRow
		found, err := w.find(ctx, stmt, holdKey, &row)
		switch {
		case err != nil:
			return err
		case next.held == 0 && row.held == 0:
			return ErrNotHeld
		}
		next.handle, next.keyCheck = s.keys.PersonHandles(holdKey)[0], s.keys.RosterKeys()[0].Check
		next.at = entry.At.UnixMilli()
		if row.held == 1 && next.held == 1 {
			next.at = row.at
		}
		if err := w.rename(found, "reset_holds", row.handle, next.handle); err != nil {
			return err
		}
		detail := "released"
		if next.held == 1 {
			detail = "held"
		}
		if err := w.bind(&next, detail); err != nil {
			return err
		}
		_, err = w.tx.ExecContext(ctx, `INSERT OR REPLACE INTO reset_holds (`+holdColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			next.handle[:], next.keyCheck[:], next.held, next.at, next.reason, next.by, next.change, next.mac[:])
		return err
	})
}
