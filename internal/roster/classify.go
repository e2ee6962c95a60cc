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
	more  int            // rows with further ones
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

// mostUnclassified bounds the unknown values of one column. With more than that it is
// the wrong column, say of names, and none of them is repeated.
const mostUnclassified = 30

// tri classifies a folded cell. Empty means that the shop does not say.
func (c *classifier) tri(v string) breach.Tri {
	if t, ok := c.known[v]; ok {
		return t
	}
	if v == "" {
		return breach.Unknown
	}
	if v = shownWord(v); c.seen[v] == 0 && len(c.seen) >= mostUnclassified {
		c.more++
		return breach.Unknown
	}
	c.seen[strings.Clone(v)]++
	return breach.Unknown
}

// values lists what was unclassified, or one entry for a column of anything.
func (c *classifier) values() []Unclassified {
	if c.more > 0 {
		rows := c.more
		for _, n := range c.seen {
			rows += n
		}
		return []Unclassified{{What: c.what, Value: "(so many different values that it must be another column)", Count: rows, Where: c.where}}
	}
	var out []Unclassified
	for _, v := range slices.Sorted(maps.Keys(c.seen)) {
		out = append(out, Unclassified{What: c.what, Value: v, Count: c.seen[v], Where: c.where})
	}
	return out
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
		e.Values = append(e.Values, c.values()...)
	}
	if len(e.Values) == 0 {
		return nil
	}
	return e
}

// clock reads times as a shop writes them.
type clock struct {
	layouts []string // of a moment
	days    []string // of a date without a time of day
	zone    *time.Location
}

// read parses a time. Fractions beyond the microsecond are cut off, not rounded:
// 23:59:59.9999999 must stay on its day.
func (c clock) read(v string) (time.Time, bool) {
	for _, layout := range c.layouts {
		if t, ok := c.quick(layout, v); ok {
			return t, true
		}
		if t, err := time.ParseInLocation(layout, v, c.zone); err == nil {
			return t.Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// usual is how nearly all times are written, but for the sign in the date.
const usual = "2006-01-02 15:04:05"

// quick reads a time that is written in full in the usual layout, as time.Parse would;
// everything else is left to that.
func (c clock) quick(layout, v string) (time.Time, bool) {
	const year, month, day, hour, minute, second = 0, 5, 8, 11, 14, 17
	if len(v) < len(usual) || len(layout) != len(usual) || layout[4] != layout[7] || strings.IndexByte("-/.", layout[4]) < 0 {
		return time.Time{}, false
	}
	for i := range usual {
		digit := usual[i] >= '0' && usual[i] <= '9'
		if sign := i == 4 || i == 7; layout[i] != usual[i] && !sign || digit && isNoDigit(rune(v[i])) || !digit && v[i] != layout[i] {
			return time.Time{}, false
		}
	}
	two := func(at int) int { return int(v[at]-'0')*10 + int(v[at+1]-'0') }
	micro, ok := micros(v[len(usual):])
	last := 30
	if two(month) == 2 {
		last = 28
	}
	if !ok || two(month) < 1 || two(month) > 12 || two(day) < 1 || two(day) > last || two(hour) > 23 || two(minute) > 59 || two(second) > 59 {
		return time.Time{}, false
	}
	return time.Date(two(year)*100+two(year+2), time.Month(two(month)), two(day), two(hour), two(minute), two(second), micro*1000, c.zone), true
}

// micros reads a fraction of a second, or nothing.
func micros(v string) (int, bool) {
	if v == "" {
		return 0, true
	}
	if len(v) < 2 || len(v) > 10 || v[0] != '.' {
		return 0, false
	}
	n := 0
	for i := range 6 {
		n *= 10
		if i+1 < len(v) {
			n += int(v[i+1] - '0')
		}
	}
	return n, !strings.ContainsFunc(v[1:], isNoDigit)
}

// moment parses a time or a date; of a date it returns the first moment, and says so.
func (c clock) moment(v string) (t time.Time, day, ok bool) {
	if t, ok := c.read(v); ok {
		return t, false, true
	}
	t, ok = clock{layouts: c.days, zone: c.zone}.read(v)
	return t, ok, ok
}

// lastOf is the last moment of a day of the shop's clock.
func lastOf(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Microsecond) }
