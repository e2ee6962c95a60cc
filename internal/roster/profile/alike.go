package profile

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// People are compared by name and postal address: whether the addressee of an order is its
// buyer, for one. So in one file each of these is written in one way, whoever's it is: a part
// of it that may be missing is there for every role or for none.

func comparesPeople(f Field) bool {
	return slices.Contains([]Field{Name, Kana, PostalCode, Address}, f)
}

// optionalPart is a part that may be missing, as a file has it or not for one role.
type optionalPart struct {
	field Field
	place int // in the join
	label string
	found bool
}

// wantAlike misses an optional part that the file has for one role and not for another.
func (f *fit) wantAlike() {
	for _, p := range f.optional {
		if p.found {
			continue
		}
		for _, o := range f.optional {
			if o.found && o.field == p.field && o.place == p.place {
				f.missing = append(f.missing, p.label)
				f.why[p.label] = "the file has " + o.label + ", and without this one people are taken for others: export both, or neither"
			}
		}
	}
}

// alike refuses an optional part that other roles of the layout cannot have in the same place.
func (r *reader) alike(l *layout, n ast.Node) {
	for _, h := range l.holds {
		for _, c := range h.columns {
			for _, other := range l.holds {
				if o := other.column(c.field); o != nil && comparesPeople(c.field) && !o.hasOptional(&c) {
					r.Fail(n, "%s of %s has an optional part; %s of %s must have as many parts and an optional one in the same place, or people are taken for others",
						c.field, h.role, o.field, other.role)
				}
			}
		}
	}
}

// hasOptional tells whether o has an optional part wherever c has one. A format without the
// column writes nothing in two ways.
func (o *column) hasOptional(c *column) bool {
	if len(o.parts) == 0 && o.constant == nil {
		return true
	}
	for i, p := range c.parts {
		if p.optional && (len(o.parts) != len(c.parts) || !o.parts[i].optional) {
			return false
		}
	}
	return true
}
