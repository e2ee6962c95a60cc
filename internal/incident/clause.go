package incident

import (
	"cmp"
	"time"

	"exposure/internal/breach"
)

// clause is a checked rule in the one form that is both evaluated and said: negations
// stand at the fields only, and a chain of the same operator is one clause. Neither step
// changes an answer, in three-valued logic either.
type clause struct {
	form   form
	parts  []clause // of all and some
	fact   fact     // of the others
	want   bool     // of a constant and a truth: the value at which the clause holds
	by     relation // of a moment and a number
	at     time.Time
	number int64
}

// form tells clauses apart.
type form int

const (
	constant form = iota
	truth         // a field that is true or false
	moment        // a time compared with another
	number        // a number compared with another
	all           // every part must hold
	some          // one part must hold
)

// relation is how a field is compared with a value.
type relation int

const (
	less relation = iota
	atMost
	equal
	other
	atLeast
	more
)

// opposite is the relation that holds exactly when r does not.
func (r relation) opposite() relation {
	return [...]relation{less: atLeast, atMost: more, equal: other, other: equal, atLeast: less, more: atMost}[r]
}

// mirror is the relation with its sides exchanged.
func (r relation) mirror() relation {
	return [...]relation{less: more, atMost: atLeast, equal: equal, other: other, atLeast: atMost, more: less}[r]
}

// holds tells whether a comparison that came out as sign (-1, 0 or +1) satisfies r.
func (r relation) holds(sign int) bool {
	switch r {
	case less:
		return sign < 0
	case atMost:
		return sign <= 0
	case equal:
		return sign == 0
	case other:
		return sign != 0
	case atLeast:
		return sign >= 0
	default:
		return sign > 0
	}
}

// holds evaluates the clause. A field that the record does not know makes it Unknown,
// unless the other parts decide.
func (c *clause) holds(rec breach.Record) breach.Tri {
	switch c.form {
	case constant:
		return breach.TriOf(c.want)
	case truth:
		t := c.fact.truth(rec)
		if t == breach.Unknown {
			return t
		}
		return breach.TriOf((t == breach.Yes) == c.want)
	case moment:
		t := c.fact.moment(rec)
		if t.IsZero() {
			return breach.Unknown
		}
		return breach.TriOf(c.by.holds(t.Compare(c.at)))
	case number:
		n := c.fact.number(rec)
		if n < 0 {
			return breach.Unknown
		}
		return breach.TriOf(c.by.holds(cmp.Compare(int64(n), c.number)))
	case all:
		return c.decide(rec, breach.No, breach.Yes)
	default:
		return c.decide(rec, breach.Yes, breach.No)
	}
}

// decide is settled by the first part that answers first; otherwise it is rest, or
// Unknown when a part is.
func (c *clause) decide(rec breach.Record, first, rest breach.Tri) breach.Tri {
	for i := range c.parts {
		switch c.parts[i].holds(rec) {
		case first:
			return first
		case breach.Unknown:
			rest = breach.Unknown
		}
	}
	return rest
}
