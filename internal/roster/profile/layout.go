package profile

import "slices"

// layout is one kind of file of a shop system.
type layout struct {
	file     Role // the flag it is passed with
	version  string
	variants []variant // more exact versions, told by single columns
	grain    Grain
	holds    []held   // in the order of Roles
	never    []string // columns that show that it is another file
	exempt   []string // columns without a field: ids, codes and money, not searched for card numbers
	show     *MustShow
}

// variant names a version by columns that it has or lacks.
type variant struct {
	version    string
	has, lacks []string
}

// held is what a row carries of one role.
type held struct {
	role    Role
	columns []column
	by      Field // blank in rows that carry no such record; "" if every row does
}

// column is where a field is found.
type column struct {
	field     Field
	parts     []part // one, or several that are joined; none: the format has no such column
	separator string
	need      need
	exempt    bool     // an id, a code or money: not searched for card numbers
	strip     string   // a prefix that is no part of the value
	blank     []string // values that say that nothing was entered
	constant  *string
	why       string // what the lack of it means, for the refusal
}

// part is one column of the file.
type part struct {
	names         []string // the first one is what errors print
	folded        []string // the same as they are compared
	times         int      // how often these names must occur, if nth is given
	nth           int      // 1, 2 …: which of several columns of the same name; 0: there is one
	after, before string   // a column that must stand left or right of it, where nth alone could mislead
	optional      bool     // may be missing although the others are needed; see alike.go
}

type need string

const (
	needNot            need = ""
	needAlways         need = "always"
	needUnlessAccepted need = "unless_accepted"
)

func needs() []need { return []need{needNot, needAlways, needUnlessAccepted} }

func (l *layout) of(r Role) *held {
	if i := slices.IndexFunc(l.holds, func(h held) bool { return h.role == r }); i >= 0 {
		return &l.holds[i]
	}
	return nil
}

func (h *held) column(f Field) *column {
	if i := slices.IndexFunc(h.columns, func(c column) bool { return c.field == f }); i >= 0 {
		return &h.columns[i]
	}
	return nil
}

// name is what errors call the column, and what the operator may call it to accept its lack.
func (c *column) name() string {
	if len(c.parts) == 0 {
		return string(c.field)
	}
	return c.parts[0].label()
}

func (p *part) label() string {
	if p.nth > 0 {
		return p.names[0] + " (" + ordinal(p.nth) + " of that name)"
	}
	return p.names[0]
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	default:
		return "third or later"
	}
}

// answersTo tells whether the operator means this column: by one of its names or its field.
func (c *column) answersTo(folded string) bool {
	if folded == string(c.field) {
		return true
	}
	return slices.ContainsFunc(c.parts, func(p part) bool { return slices.Contains(p.folded, folded) })
}

// fold readies a layout for comparing headers with it: the names as they are compared, and
// how often each of them must occur. That is the highest nth the layout gives to a name:
// should a shop have hidden the first of two columns, the second must not pass for it.
func (l *layout) fold() {
	times := map[string]int{}
	l.parts(func(p *part) {
		p.folded = foldHeader(p.names)
		p.after, p.before = FoldName(p.after), FoldName(p.before)
		for _, n := range p.folded {
			times[n] = max(times[n], p.nth)
		}
	})
	l.parts(func(p *part) {
		for _, n := range p.folded {
			p.times = max(p.times, times[n])
		}
	})
	l.never, l.exempt = foldHeader(l.never), foldHeader(l.exempt)
	for i := range l.variants {
		v := &l.variants[i]
		v.has, v.lacks = foldHeader(v.has), foldHeader(v.lacks)
	}
}

func (l *layout) parts(each func(*part)) {
	for i := range l.holds {
		for j := range l.holds[i].columns {
			c := &l.holds[i].columns[j]
			for k := range c.parts {
				each(&c.parts[k])
			}
		}
	}
}

// MustShow is a kind of row that a full export holds and the usual one leaves out. A file in
// which no row has one of the values is refused unless the operator accepts that by name.
type MustShow struct {
	Role   Role
	Field  Field
	Values []string // compared with Fold
	Waiver string   // what to pass to --accept-missing
	Why    string   // what is missing, and what to tick or to do to get it
}

// Holds tells whether a folded value is one of those that must be shown.
func (m *MustShow) Holds(value string) bool { return slices.Contains(m.Values, value) }
