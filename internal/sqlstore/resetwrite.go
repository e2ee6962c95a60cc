package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// memberWriter writes rows about members within one transaction, each with its audit entry.
type memberWriter struct {
	bindings
	db    *DB
	ctx   context.Context
	tx    *sql.Tx
	log   *logWriter
	entry audit.Entry // who does what
	wrote bool
	byHandle,
	insert, // of resets
	contactByHandle *sql.Stmt
}

// change runs a transaction that writes rows about members. The write lock is held from
// its beginning, so that what is read in it cannot be changed by anybody else.
func (s *Resets) change(ctx context.Context, entry audit.Entry, do func(*memberWriter) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("changing what is kept about members: %w", err)
		}
	}()
	if err := errors.Join(s.sure(), s.trusted()); err != nil {
		return err
	}
	return s.bindings.change(ctx, s.db, entry, do)
}

// change runs a transaction that writes bound rows, each with its audit entry.
func (b bindings) change(ctx context.Context, db *DB, entry audit.Entry, do func(*memberWriter) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w := &memberWriter{bindings: b, db: db, ctx: ctx, tx: tx, entry: entry}
	if w.log, err = db.openLog(ctx, tx, b.keys); err != nil {
		return err
	}
	defer w.log.close()
	if err := do(w); err != nil || !w.wrote {
		return err
	}
	// What operators do is signed at once.
	if err := w.log.finish(entry.Actor.Kind == audit.Operator); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	db.learnTree(w.log.state.Tree)
	return nil
}

func (w *memberWriter) prepare(into **sql.Stmt, query string) (*sql.Stmt, error) {
	if *into == nil {
		stmt, err := w.tx.PrepareContext(w.ctx, query)
		if err != nil {
			return nil, err
		}
		*into = stmt
	}
	return *into, nil
}

// bind authenticates a row and writes its entry. The detail is the new state, or what else
// the row says now, and then what the caller's entry says.
func (w *memberWriter) bind(r boundRow, detail string) error {
	b := r.base()
	key, ours := w.key(b.keyCheck)
	if !ours {
		return ErrKeysDiffer
	}
	b.change = w.log.state.Tree.Size() + 1
	b.mac = authenticate(key, r)
	return w.say(b.handle, [16]byte(b.mac[:]), strings.TrimSpace(detail+" "+w.entry.Detail))
}

// leave writes that the row of a handle is written under another one from now on.
func (w *memberWriter) leave(handle breach.Handle) error { return w.say(handle, [16]byte{}, moved) }

func (w *memberWriter) say(handle breach.Handle, attempt [16]byte, detail string) error {
	e, tag := w.entry, breach.Tag(handle)
	e.Tag, e.Purpose, e.Attempt, e.Detail = &tag, audit.Member, attempt, detail
	if err := e.Validate(); err != nil {
		return err
	}
	w.wrote = true
	return w.log.addAll([]auditRow{{entry: e, encoded: e.Encode()}})
}

// reset finds the reset of a member as it is now.
func (w *memberWriter) reset(memberID string) (row resetRow, found bool, err error) {
	if memberID == "" {
		return row, false, errNoMember
	}
	stmt, err := w.prepare(&w.byHandle, resetByHandle)
	if err != nil {
		return row, false, err
	}
	found, err = w.find(w.ctx, stmt, memberKey(memberID), &row)
	return row, found, err
}

const insertReset = `INSERT INTO resets (` + resetColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (handle) DO UPDATE SET key_check = excluded.key_check, member_id_sealed = excluded.member_id_sealed, state = excluded.state,
	since = excluded.since, ordered = excluded.ordered, barred = excluded.barred, ticket = excluded.ticket, ticket_ends = excluded.ticket_ends,
	spent = excluded.spent, redeemed = excluded.redeemed, unverified = excluded.unverified, fingerprint = excluded.fingerprint,
	baseline = excluded.baseline, notify = excluded.notify, change = excluded.change, mac = excluded.mac`

// put writes a reset.
func (w *memberWriter) put(row *resetRow) error {
	if err := w.bind(row, row.state); err != nil {
		return err
	}
	stmt, err := w.prepare(&w.insert, insertReset)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(w.ctx, row.values()...)
	return err
}

// take puts a reset through a step and writes it if that changed anything.
func (w *memberWriter) take(row *resetRow, step reset.Step) (breach.Reset, error) {
	before, err := row.reset(w.keys)
	if err != nil {
		return breach.Reset{}, err
	}
	after, err := step(before)
	if err != nil {
		return breach.Reset{}, err
	}
	next := *row
	next.set(after)
	if !next.says(row) {
		if err := w.put(&next); err != nil {
			return breach.Reset{}, err
		}
	}
	return next.reset(w.keys)
}

// Change implements reset.Changer.
func (s *Resets) Change(ctx context.Context, entry audit.Entry, memberIDs []string, step reset.Step) ([]breach.Reset, error) {
	return s.changeMembers(ctx, entry, memberIDs, step, func(*memberWriter, string) (bool, error) { return true, nil })
}

// ChangeProven implements reset.Changer. Whether another address stands is read under the
// write lock, so that a contact added meanwhile counts.
func (s *Resets) ChangeProven(ctx context.Context, entry audit.Entry, tags breach.Tags, memberIDs []string, step reset.Step) ([]breach.Reset, error) {
	return s.changeMembers(ctx, entry, memberIDs, step, func(w *memberWriter, id string) (bool, error) {
		contact, found, err := w.contact(id)
		return !found || contact.isFor(tags), err
	})
}

// changeMembers changes those of the members who may be.
func (s *Resets) changeMembers(ctx context.Context, entry audit.Entry, memberIDs []string, step reset.Step, may func(*memberWriter, string) (bool, error)) ([]breach.Reset, error) {
	if len(memberIDs) > maxChange {
		return nil, ErrTooMany
	}
	return s.changeRows(ctx, entry, step, func(w *memberWriter, take func(*resetRow) error) error {
		for _, id := range memberIDs {
			if ok, err := may(w, id); err != nil {
				return err
			} else if !ok {
				continue
			}
			row, found, err := w.reset(id)
			if err == nil && !found {
				err = reset.ErrUnknownMember
			}
			if err == nil {
				err = take(&row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangeTicket implements reset.Changer.
func (s *Resets) ChangeTicket(ctx context.Context, entry audit.Entry, ticket [32]byte, step reset.Step) ([]breach.Reset, error) {
	if ticket == [32]byte{} {
		return nil, breach.ErrTicketSpent
	}
	return s.changeRows(ctx, entry, step, func(w *memberWriter, take func(*resetRow) error) error {
		var rows []*resetRow
		err := s.each(ctx, w.tx, resetsBegin+` WHERE h.ticket = ? ORDER BY h.change LIMIT ?`, []any{ticket[:], maxChange + 1}, func(r *resetRow) error {
			rows = append(rows, r)
			return nil
		})
		switch {
		case err != nil:
			return err
		case len(rows) == 0:
			return breach.ErrTicketSpent
		case len(rows) > maxChange:
			return ErrTooMany
		}
		for _, row := range rows {
			if err := take(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeRows puts every row that visit takes through a step, all of them or none.
func (s *Resets) changeRows(ctx context.Context, entry audit.Entry, step reset.Step, visit func(w *memberWriter, take func(*resetRow) error) error) (all []breach.Reset, err error) {
	err = s.change(ctx, entry, func(w *memberWriter) error {
		return visit(w, func(row *resetRow) error {
			r, err := w.take(row, step)
			all = append(all, r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// rename takes away what is written under a newer key's handle. The table is one of this
// program's.
func (w *memberWriter) rename(found bool, table string, from, to breach.Handle) error {
	if !found || from == to {
		return nil
	}
	if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM `+table+` WHERE handle = ?`, from[:]); err != nil {
		return err
	}
	return w.leave(from)
}
