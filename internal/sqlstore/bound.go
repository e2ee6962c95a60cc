package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Rows about members (resets, holds, contacts) change. What proves that one is the newest
// is the audit log: the newest entry about its handle is the one that was written with it,
// and holds the beginning of its MAC. So a row that is edited, put back, planted or gone
// does not read as one, as long as the log's own rows are there; that they are is what
// reading the whole log shows.

// moved is the detail of the entry that is left under a handle when its row is written
// under a newer key's.
const moved = "moved"

// bound is what every such row has. Its handle is a person's, under the key of keyCheck.
type bound struct {
	handle   breach.Handle
	keyCheck [32]byte
	change   int64 // its entry's number
	mac      [32]byte
}

// boundRow is a row of one of these tables. parts is what it says, but for what is in
// bound.
type boundRow interface {
	base() *bound
	label() string
	targets() []any
	parts() [][]byte
}

func (b *bound) base() *bound { return b }

func authenticate(key breach.RosterKey, r boundRow) [32]byte {
	b := r.base()
	return key.MAC(r.label(), append([][]byte{b.handle[:], b.keyCheck[:], num(b.change)}, r.parts()...)...)
}

// witness is the newest entry about a handle; its number is 0 when there is none.
type witness struct{ logRow }

func (w *witness) targets() []any {
	return []any{optional{&w.seq}, optional{&w.encoded}, optional{&w.seal}}
}

const (
	witnessColumns = `a.seq, a.encoded, a.seal`
	witnessed      = ` LEFT JOIN audit_entries AS a ON a.seq = (SELECT max(seq) FROM audit_entries WHERE purpose = 'member' AND tag = h.handle)`
)

// byHandle reads the row of a handle and the newest entry about it. One row comes in any
// case.
func byHandle(table, columns string) string {
	return `SELECT ` + witnessColumns + `, ` + columns + ` FROM (SELECT ?1 AS handle) AS h LEFT JOIN ` + table + ` AS r ON r.handle = h.handle` + witnessed
}

// rowsOf begins a statement over the rows of a table, each with the newest entry about it.
func rowsOf(table, columns string) string {
	return `SELECT ` + witnessColumns + `, ` + columns + ` FROM ` + table + ` AS h` + witnessed
}

// prefixed puts a table's name before each column.
func prefixed(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}

// optional scans a column of a row that may not be there: then it stays zero.
type optional struct{ into any }

// Scan implements sql.Scanner. What is of another type or length than it should be is
// ErrAltered.
func (o optional) Scan(src any) error {
	ok := src == nil
	switch v := src.(type) {
	case int64:
		var into *int64
		if into, ok = o.into.(*int64); ok {
			*into = v
		}
	case string:
		var into *string
		if into, ok = o.into.(*string); ok {
			*into = v
		}
	case []byte:
		switch into := o.into.(type) {
		case *[]byte:
			*into, ok = append([]byte{}, v...), true
		case []byte:
			ok = copy(into, v) == len(v) && len(v) == len(into)
		}
	}
	if !ok {
		return fmt.Errorf("%w: not of the expected type or length", ErrAltered)
	}
	return nil
}

// exact scans a column that is there whenever its row is: NULL is ErrAltered as well.
type exact struct{ into any }

// Scan implements sql.Scanner.
func (e exact) Scan(src any) error {
	if src == nil {
		return fmt.Errorf("%w: NULL", ErrAltered)
	}
	return optional(e).Scan(src)
}

// bindings proves rows.
type bindings struct{ keys ResetKeys }

func (b bindings) key(check [32]byte) (breach.RosterKey, bool) {
	for _, k := range b.keys.RosterKeys() {
		if k.Check == check {
			return k, true
		}
	}
	return breach.RosterKey{}, false
}

// prove proves a row by its MAC and the newest entry about it.
func (b bindings) prove(r boundRow, w witness) error {
	row := r.base()
	key, ours := b.key(row.keyCheck)
	if !ours {
		return fmt.Errorf("%w: a row of %ss", ErrKeysDiffer, r.label())
	}
	e, err := b.entry(row.handle, w)
	if err != nil {
		return err
	}
	if row.mac != authenticate(key, r) || w.seq != row.change || e.Attempt != [16]byte(row.mac[:]) || e.Detail == moved {
		return fmt.Errorf("%w: a row of %ss", ErrAltered, r.label())
	}
	return nil
}

// entry is a witness that is proven to be about the handle.
func (b bindings) entry(handle breach.Handle, w witness) (audit.Entry, error) {
	e, proven := w.entry(b.keys)
	if !proven || e.Purpose != audit.Member || *e.Tag != breach.Tag(handle) {
		return audit.Entry{}, fmt.Errorf("%w: the log's entry about a member", ErrAltered)
	}
	return e, nil
}

// eachBound proves and visits the rows that a statement found, and closes them.
func eachBound[R any, P interface {
	*R
	boundRow
}](b bindings, rows *sql.Rows, visit func(P) error) error {
	defer rows.Close()
	for rows.Next() {
		row, w := P(new(R)), witness{}
		if err := rows.Scan(append(w.targets(), row.targets()...)...); err != nil {
			return unread(err)
		}
		if err := b.prove(row, w); err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return unread(rows.Err())
}

// absent proves that there is no row: nothing was ever written about the handle, or it was
// moved.
func (b bindings) absent(handle breach.Handle, w witness) error {
	if w.seq == 0 {
		return nil
	}
	e, err := b.entry(handle, w)
	if err == nil && e.Detail != moved {
		err = fmt.Errorf("%w: a row about a member is missing", ErrAltered)
	}
	return err
}

// find reads a row by its handles, newest key first, and proves what it finds. It tells
// whether there is one.
func (b bindings) find(ctx context.Context, s *sql.Stmt, name string, r boundRow) (bool, error) {
	for _, handle := range b.keys.PersonHandles(name) {
		var w witness
		if err := s.QueryRowContext(ctx, handle[:]).Scan(append(w.targets(), r.targets()...)...); err != nil {
			return false, unread(err)
		}
		switch r.base().handle {
		case handle:
			return true, b.prove(r, w)
		case breach.Handle{}:
			if err := b.absent(handle, w); err != nil {
				return false, err
			}
		default:
			return false, fmt.Errorf("%w: a row about another member", ErrAltered)
		}
	}
	return false, nil
}
