package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/agent"
	"exposure/internal/audit"
)

// Tickets keeps what the call centre leaves for the shop. It implements
// [agent.TicketStore]. Every row is proven before it is told, and every change is written
// with its audit entry. It cannot read a note. Safe for concurrent use, by several processes
// as well.
type Tickets struct {
	bindings
	db       *DB
	byNumber lazyStmt
}

var _ agent.TicketStore = (*Tickets)(nil)

// Tickets returns the tickets of the database under these keys.
func (db *DB) Tickets(keys ResetKeys) *Tickets { return &Tickets{bindings: bindings{keys}, db: db} }

var (
	ticketByHandle = byHandle("tickets", prefixed("r", ticketColumns))
	ticketsBegin   = rowsOf("tickets", prefixed("h", ticketColumns))
)

// maxDraws bounds how often a number is drawn: with half of all numbers given out, one
// ticket in a million needs more.
const maxDraws = 20

// errNumbersSpent: hardly a number is left.
var errNumbersSpent = errors.New("no free number was drawn for a ticket")

// Open implements agent.TicketStore. The number of t is not looked at.
func (s *Tickets) Open(ctx context.Context, t agent.KeptTicket, entry audit.Entry) (agent.TicketNumber, error) {
	return s.open(ctx, t, entry, agent.DrawTicketNumber)
}

func (s *Tickets) open(ctx context.Context, t agent.KeptTicket, entry audit.Entry, draw func() agent.TicketNumber) (n agent.TicketNumber, err error) {
	err = s.change(ctx, entry, func(w *memberWriter) error {
		stmt, err := w.tx.PrepareContext(ctx, ticketByHandle)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for range maxDraws {
			n = draw()
			var there ticketRow
			found, err := s.find(ctx, stmt, ticketKey(n.String()), &there)
			if err != nil {
				return err
			}
			if found {
				continue
			}
			t.Number = n.String()
			row := rowOf(t)
			return s.put(w, &row)
		}
		return errNumbersSpent
	})
	return n, err
}

// put writes a row under the newest key.
func (s *Tickets) put(w *memberWriter, row *ticketRow) error {
	from := row.handle
	row.handle, row.keyCheck = s.keys.PersonHandles(ticketKey(row.number))[0], s.keys.RosterKeys()[0].Check
	if err := w.rename(from != [32]byte{}, "tickets", from, row.handle); err != nil {
		return err
	}
	if err := w.bind(row, ""); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(w.ctx, `INSERT OR REPLACE INTO tickets (`+ticketColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, row.values()...)
	return err
}

func (s *Tickets) change(ctx context.Context, entry audit.Entry, do func(*memberWriter) error) error {
	err := s.db.inPlaceUnread()
	if err == nil {
		err = s.bindings.change(ctx, s.db, entry, do)
	}
	if err != nil {
		return fmt.Errorf("changing a ticket: %w", err)
	}
	return nil
}

// ByNumber implements agent.TicketStore.
func (s *Tickets) ByNumber(ctx context.Context, n agent.TicketNumber) (agent.KeptTicket, error) {
	if err := s.db.inPlaceUnread(); err != nil {
		return agent.KeptTicket{}, err
	}
	stmt, err := s.byNumber.prepare(ctx, s.db.read, ticketByHandle)
	if err != nil {
		return agent.KeptTicket{}, unread(err)
	}
	row, err := s.row(ctx, stmt, n)
	if err != nil {
		return agent.KeptTicket{}, err
	}
	return row.kept()
}

func (s *Tickets) row(ctx context.Context, stmt *sql.Stmt, n agent.TicketNumber) (row ticketRow, err error) {
	found, err := s.find(ctx, stmt, ticketKey(n.String()), &row)
	if err == nil && !found {
		err = agent.ErrNoTicket
	}
	return row, err
}

// TicketStep is one legal change of a ticket, or an error, with which nothing is changed.
type TicketStep = func(agent.Ticket) (agent.Ticket, error)

// Settle answers or closes a ticket, together with its audit entry, in the name of
// somebody. A step that leaves the ticket as it was writes nothing. Of several at once each
// sees what the one before did.
func (s *Tickets) Settle(ctx context.Context, n agent.TicketNumber, by string, entry audit.Entry, step TicketStep) (after agent.KeptTicket, err error) {
	err = s.change(ctx, entry, func(w *memberWriter) error {
		stmt, err := w.tx.PrepareContext(ctx, ticketByHandle)
		if err != nil {
			return err
		}
		defer stmt.Close()
		row, err := s.row(ctx, stmt, n)
		if err != nil {
			return err
		}
		if after, err = row.kept(); err != nil {
			return err
		}
		next, err := step(after.Ticket)
		if err != nil || next == after.Ticket {
			return err
		}
		after.Ticket, after.Settled, after.By = next, entry.At, by
		row.state, row.answer, row.settled, row.by = string(next.State), next.Answer, entry.At.UnixMilli(), by
		return s.put(w, &row)
	})
	return after, err
}

// TicketQuery says which tickets to list.
type TicketQuery struct {
	State   agent.TicketState // empty: any
	Letters bool              // letter requests only
}

// Each visits tickets, oldest first, each proven. It reads one snapshot.
func (s *Tickets) Each(ctx context.Context, q TicketQuery, visit func(agent.KeptTicket) error) error {
	if err := s.db.inPlaceUnread(); err != nil {
		return err
	}
	query := ticketsBegin + ` WHERE (?1 = '' OR h.state = ?1) AND (?2 = 0 OR h.letter IS NOT 0) ORDER BY h.opened, h.change`
	least := 0
	if q.Letters {
		least = 1
	}
	rows, err := s.db.read.QueryContext(ctx, query, string(q.State), least)
	if err != nil {
		return unread(err)
	}
	return eachBound(s.bindings, rows, func(r *ticketRow) error {
		k, err := r.kept()
		if err == nil {
			err = visit(k)
		}
		return err
	})
}

// Waiting implements agent.TicketStore. Figures for people: the rows are not proven one by
// one.
func (s *Tickets) Waiting(ctx context.Context) (w agent.WaitingTickets, err error) {
	if err := s.db.inPlaceUnread(); err != nil {
		return w, err
	}
	var oldest sql.NullInt64
	err = s.db.read.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE letter = 1), count(*) FILTER (WHERE letter = 0), min(opened)
		FROM tickets WHERE state = 'waiting'`).Scan(&w.Letters, &w.Tickets, &oldest)
	if err != nil {
		return w, unread(err)
	}
	if oldest.Valid {
		at := instantOf(oldest.Int64)
		w.Oldest = &at
	}
	return w, nil
}

// Check proves every ticket against the audit log, and that none is missing that the log
// tells of. Its cost grows with both.
func (s *Tickets) Check(ctx context.Context) error {
	if err := s.db.inPlaceUnread(); err != nil {
		return err
	}
	return s.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, ticketsBegin)
		if err != nil {
			return unread(err)
		}
		err = eachBound(s.bindings, rows, func(r *ticketRow) error {
			if _, err := r.kept(); err != nil {
				return err
			}
			return s.checkName(&r.bound, ticketKey(r.number))
		})
		if err != nil {
			return err
		}
		return s.lost(ctx, tx, ofTickets)
	})
}
