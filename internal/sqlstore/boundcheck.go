package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// boundTables are the tables with bound rows, each with the column that holds what their
// entries in the audit log are about.
var boundTables = [...][2]string{
	{"resets", "handle"},
	{"reset_contacts", "handle"},
	{"reset_holds", "handle"},
	{"letters", "handle"},
	{"letters", "tag"},
	{"agent_accounts", "handle"},
	{"tickets", "handle"},
	{"canaries", "handle"},
}

// ofDesk tells whether a bound row that was written with such an entry belongs to the call
// centre's desk, and not to a member.
func ofDesk(a audit.Action) bool { return ofTickets(a) || ofCanaries(a) || ofAgents(a) }

func ofAgents(a audit.Action) bool {
	switch a {
	case audit.AgentAdd, audit.AgentDisable, audit.AgentReset, audit.AgentSignIn, audit.AgentPassword, audit.AgentTrained:
		return true
	}
	return false
}

func ofTickets(a audit.Action) bool {
	switch a {
	case audit.TicketOpen, audit.TicketAnswer, audit.TicketClose, audit.LetterRequest:
		return true
	}
	return false
}

func ofCanaries(a audit.Action) bool { return a == audit.CanaryAdd }

// lostRows finds the newest entry about each handle that has no row in any of them.
var lostRows = func() string {
	query := `SELECT m.tag, ` + witnessColumns + ` FROM (SELECT tag, max(seq) AS seq FROM audit_entries WHERE purpose = 'member' GROUP BY tag) AS m
	JOIN audit_entries AS a ON a.seq = m.seq WHERE true`
	for _, t := range boundTables {
		query += ` AND NOT EXISTS (SELECT 1 FROM ` + t[0] + ` WHERE ` + t[1] + ` = m.tag)`
	}
	return query
}()

// lost proves that no row is missing whose newest entry is one of those that are asked
// for. Its cost grows with the entries about all bound rows.
func (b bindings) lost(ctx context.Context, tx *sql.Tx, mine func(audit.Action) bool) error {
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
		if e, err := b.entry(handle, w); err != nil || mine(e.Action) {
			if err := b.absent(handle, w); err != nil {
				return err
			}
		}
	}
	return unread(rows.Err())
}

// checkName proves that a row stands under the handle of whom it is about.
func (b bindings) checkName(r *bound, name string) error {
	for i, k := range b.keys.RosterKeys() {
		if k.Check == r.keyCheck && b.keys.PersonHandles(name)[i] == r.handle {
			return nil
		}
	}
	return fmt.Errorf("%w: a row under another handle", ErrAltered)
}
