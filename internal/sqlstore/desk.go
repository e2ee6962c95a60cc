package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
)

// deskActions is the condition of the index audit_desk, word for word.
const deskActions = `(action IN ('agent_sign_in', 'call_open', 'call_address', 'call_code', 'call_letter',
  'call_number', 'call_extend', 'call_end', 'call_foreign', 'canary_touched') OR purpose = 'phone')`

// maxDesk bounds what is read at once: ten times what a hundred agents do in a day.
const maxDesk = 500_000

// ErrTooMuch: more was done at the desk than is counted at once.
var ErrTooMuch = fmt.Errorf("more than %d rows of the audit log in one span", maxDesk)

// errTimes: a span that ends before it begins.
var errTimes = errors.New("a span of time ends after it begins")

// Desk visits what was done at the call centre's desk from one time to another, exclusive,
// in the order of its rows. Each row is proven by its seal; that one is gone is seen by
// reading the log as a whole. Its cost grows with what was done in that time, not with the
// log.
func (a *Audit) Desk(ctx context.Context, from, to time.Time, visit func(audit.Entry) error) error {
	if !from.Before(to) {
		return errTimes
	}
	const desk = `SELECT ` + logRowColumns + ` FROM audit_entries INDEXED BY audit_desk WHERE ` + deskActions + ` AND at >= ? AND at < ? ORDER BY seq LIMIT ?`
	n := 0
	err := eachLogRow(ctx, a.db.read, desk, []any{from.UnixMilli(), to.UnixMilli(), maxDesk + 1}, func(r logRow) error {
		if n++; n > maxDesk {
			return ErrTooMuch
		}
		e, proven := r.entry(a.keys)
		if !proven || e.At.Before(from) || !e.At.Before(to) {
			return fmt.Errorf("%w: row %d of the audit log", ErrAltered, r.seq)
		}
		return visit(e)
	})
	return unread(err)
}
