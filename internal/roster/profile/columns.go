package profile

import (
	"fmt"
	"slices"
	"strings"
)

// Columns maps a file's columns to the fields of the layout that fitted it best. It never
// changes and may be used by several goroutines.
type Columns struct {
	layout   *layout
	version  string
	roles    [roleCount]map[Field]*cell
	by       [roleCount]*cell
	exempt   []bool
	labels   []string
	accepted []string
	vouched  []string
	flag     string // what the file is passed with
	guide    string // the command that explains its export
}

// cell is where a field of a row stands.
type cell struct {
	at        []int
	separator string
	strip     string
	blank     []string
	constant  string
}

func (c *cell) get(fields []string) string {
	var v string
	switch len(c.at) {
	case 0:
		return c.constant
	case 1:
		v = strings.TrimPrefix(fields[c.at[0]], c.strip)
	default:
		v = c.join(fields)
	}
	if len(c.blank) > 0 && slices.Contains(c.blank, Fold(v)) {
		return ""
	}
	return v
}

// join leaves blank parts out with their separator, so that nothing stays nothing.
func (c *cell) join(fields []string) string {
	first, filled, size := c.at[0], 0, 0
	for _, i := range c.at {
		if f := fields[i]; f != "" {
			if filled == 0 {
				first = i
			}
			filled++
			size += len(f) + len(c.separator)
		}
	}
	if filled < 2 {
		return strings.TrimPrefix(fields[first], c.strip)
	}
	var b strings.Builder
	b.Grow(size)
	for _, i := range c.at {
		if fields[i] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(c.separator)
		}
		b.WriteString(strings.TrimPrefix(fields[i], c.strip))
	}
	return b.String()
}

// Version tells which layout of the shop system's it is, e.g. "2.4", "2.13+" or "4.1-4.3".
func (c *Columns) Version() string { return c.version }

// Grain tells what a row stands for.
func (c *Columns) Grain() Grain { return c.layout.grain }

// Holds lists the roles whose records a row of this file carries, in the order of Roles.
func (c *Columns) Holds() []Role {
	roles := make([]Role, len(c.layout.holds))
	for i, h := range c.layout.holds {
		roles[i] = h.role
	}
	return roles
}

// Has tells whether the file says anything about a field. A field joined from several
// columns is there only if all of them are that it cannot do without.
func (c *Columns) Has(r Role, f Field) bool { return c.cell(r, f) != nil }

func (c *Columns) cell(r Role, f Field) *cell {
	if i := r.index(); i >= 0 {
		return c.roles[i][f]
	}
	return nil
}

// Len is the number of columns.
func (c *Columns) Len() int { return len(c.labels) }

// Exempt tells whether column i, from 0, is not to be searched for card numbers: the profile
// says that it holds ids, codes or money, or the operator vouches for it.
func (c *Columns) Exempt(i int) bool { return c.exempt[i] }

// Mails tells which columns hold e-mail addresses.
func (c *Columns) Mails() []bool {
	mails := make([]bool, c.Len())
	for _, fields := range c.roles {
		for _, f := range [...]Field{Email, EmailMobile} {
			if at := fields[f]; at != nil {
				for _, i := range at.at {
					mails[i] = true
				}
			}
		}
	}
	return mails
}

// Label is the name of column i, from 0, as errors may print it.
func (c *Columns) Label(i int) string { return c.labels[i] }

// Accepted lists the columns that this file lacks and whose lack the operator accepted.
func (c *Columns) Accepted() []string { return slices.Clone(c.accepted) }

// Vouched lists the columns that are not searched for card numbers because the operator
// vouches for them.
func (c *Columns) Vouched() []string { return slices.Clone(c.vouched) }

// MustShow is the kind of row that must occur in this file, or nil: there is none, or the
// operator accepts its lack.
func (c *Columns) MustShow() *MustShow { return c.layout.show }

// Unshown is the refusal of a file in which no row was such as MustShow says. It wraps
// ErrHidden and tells what to do.
func (c *Columns) Unshown(file string) error {
	m := c.layout.show
	if m == nil {
		return nil
	}
	return fmt.Errorf("%w: %s (%s): no %s is in the state %s: %s, or --accept-missing %s; %s explains how to export it",
		ErrHidden, file, c.flag, m.Role.one(), join(m.Values, " or "), m.Why, m.Waiver, c.guide)
}

// Row is one record of a file. The fields must be as many as the header had; a Row is valid
// as long as they are.
func (c *Columns) Row(fields []string, line int) Row { return Row{c, fields, line} }

// Row is one record of a file, by field.
type Row struct {
	columns *Columns
	fields  []string
	line    int
}

// Line is where the record begins, from 1.
func (r Row) Line() int { return r.line }

// Get returns a field as it is written, joined where it stands in several columns; empty
// when the file does not have it, which Has tells from a blank, and where the value is one
// by which the shop system says that nothing was entered.
func (r Row) Get(role Role, f Field) string {
	if c := r.columns.cell(role, f); c != nil {
		return c.get(r.fields)
	}
	return ""
}

// Value returns a field folded.
func (r Row) Value(role Role, f Field) string { return Fold(r.Get(role, f)) }

// Has tells whether the file says anything about a field.
func (r Row) Has(role Role, f Field) bool { return r.columns.Has(role, f) }

// Carries tells whether the row holds a record of a role at all. Where one row is one item,
// some rows have no addressee (postage, fees), and some none of the columns of the order. An
// addressee of whom anything is written is one, even if what usually tells is blank.
func (r Row) Carries(role Role) bool {
	i := role.index()
	if i < 0 || r.columns.roles[i] == nil {
		return false
	}
	by := r.columns.by[i]
	return by == nil || Fold(by.get(r.fields)) != "" || role == Deliveries && (r.filled(r.columns.cell(role, Name)) || r.filled(r.columns.cell(role, Address)))
}

// filled tells whether the row itself says anything in a cell.
func (r Row) filled(c *cell) bool { return c != nil && len(c.at) > 0 && Fold(c.get(r.fields)) != "" }
