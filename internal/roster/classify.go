package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"exposure/internal/breach"
)

// classifier knows which values of a column mean yes and which mean no. Every other
// value is unclassified and stops the import: guessing that a payment method is no
// card would tell people that their card is safe.
type classifier struct {
	what  string // e.g. "payment method"
	where string // where to classify it
	known map[string]breach.Tri
	seen  map[string]int // unclassified values, with counts
}

func newClassifier(what, where string, yes, no []string) *classifier {
	c := &classifier{what: what, where: where, known: map[string]breach.Tri{}, seen: map[string]int{}}
	for _, v := range no {
		c.known[fold(v)] = breach.No
	}
	for _, v := range yes {
		c.known[fold(v)] = breach.Yes
	}
	return c
}

// mostUnclassified bounds the values one column may hold that nobody knows: with
// more than that it is the wrong column.
const mostUnclassified = 100

// tri classifies a folded cell. Empty means that the shop does not say.
func (c *classifier) tri(v string) breach.Tri {
	if t, ok := c.known[v]; ok {
		return t
	}
	if v == "" {
		return breach.Unknown
	}
	if v = strings.Clone(shown(v)); c.seen[v] > 0 || len(c.seen) < mostUnclassified {
		c.seen[v]++
	}
	return breach.Unknown
}

// UnclassifiedError names every value that nobody has classified, with its count.
type UnclassifiedError struct{ Values []Unclassified }

// Unclassified is one such value.
type Unclassified struct {
	What  string // e.g. "payment method"
	Value string
	Count int
	Where string // where to classify it
}

func (e *UnclassifiedError) Error() string {
	var b strings.Builder
	b.WriteString(ErrUnclassified.Error())
	for _, v := range e.Values {
		fmt.Fprintf(&b, "\n  %s %q: %d rows; say what it is in %s", v.What, v.Value, v.Count, v.Where)
	}
	return b.String()
}

// Unwrap lets errors.Is find ErrUnclassified.
func (e *UnclassifiedError) Unwrap() error { return ErrUnclassified }

// unclassified is nil, or the *UnclassifiedError of all these classifiers.
func unclassified(cs ...*classifier) error {
	e := &UnclassifiedError{}
	for _, c := range cs {
		for _, v := range slices.Sorted(maps.Keys(c.seen)) {
			e.Values = append(e.Values, Unclassified{What: c.what, Value: v, Count: c.seen[v], Where: c.where})
		}
	}
	if len(e.Values) == 0 {
		return nil
	}
	return e
}

// clock reads times as a shop writes them.
type clock struct {
	layouts []string
	zone    *time.Location
}

// read parses a time. Fractions beyond the microsecond are cut off, not rounded:
// 23:59:59.9999999 must stay on its day.
func (c clock) read(v string) (time.Time, bool) {
	for _, layout := range c.layouts {
		if t, err := time.ParseInLocation(layout, v, c.zone); err == nil {
			return t.Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}
