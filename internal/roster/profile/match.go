package profile

import (
	"cmp"
	"slices"
)

// MatchOptions are what the operator says about a file.
type MatchOptions struct {
	// AcceptMissing names columns, by one of their names or by their field, and kinds of rows
	// (MustShow.Waiver) that the shop cannot deliver.
	AcceptMissing []string
	// NotCard names columns the operator vouches for: they are not searched for card numbers.
	NotCard []string
}

func (o MatchOptions) accepts(c *column) bool {
	return slices.ContainsFunc(o.AcceptMissing, func(a string) bool { return c.answersTo(FoldName(a)) })
}

// Match finds the columns of a file that was passed for r, by the layout of that role that
// fits its header best. The error is a *HeaderError and wraps ErrHeader.
func (p *Profile) Match(r Role, file string, header []string, o MatchOptions) (*Columns, error) {
	e := &HeaderError{File: file, Role: r, Flag: p.Flag(r), Guide: p.guide()}
	folded := foldHeader(header)
	best := p.best(r, folded)
	e.UseShop = p.elsewhere(r, folded, best)
	if best == nil {
		e.NoLayout = true
		e.LooksLike, e.UseFlag = p.looksLike(r, folded)
		return nil, e
	}
	e.Missing, e.Twice, e.why = best.missing, best.twice, best.why
	for _, c := range best.hidden {
		if !o.accepts(c) {
			e.Hidden = append(e.Hidden, c.name())
		}
	}
	if !best.fits() {
		e.LooksLike, e.UseFlag = p.looksLike(r, folded)
		e.Never = best.never
	}
	if len(e.Missing)+len(e.Hidden)+len(e.Twice)+len(e.Never) > 0 || e.LooksLike+Role(e.UseShop) != "" {
		return nil, e
	}
	return p.columns(best, header, o), nil
}

func foldHeader(header []string) []string {
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = FoldName(h)
	}
	return folded
}

// best is the layout for files of r that fits a header best; nil if the profile has none.
func (p *Profile) best(r Role, folded []string) *fit {
	var best *fit
	for i := range p.layouts {
		if l := &p.layouts[i]; l.file == r {
			if f := l.fit(folded); best == nil || compare(f, best) < 0 {
				best = f
			}
		}
	}
	return best
}

// clearlyMore is by how many columns another shop system's profile must know a file better
// before the file is taken for that system's.
const clearlyMore = 3

// elsewhere finds the built-in profile that knows a file clearly better than best does: the
// operator has named the wrong shop system. Facts would be missing, or read by the wrong
// words. A mapping file is the operator's own word and is not doubted.
func (p *Profile) elsewhere(r Role, folded []string, best *fit) string {
	if !p.builtin {
		return ""
	}
	shop, most := "", clearlyMore-1
	if best != nil && best.fits() {
		most += len(best.used)
	}
	for _, other := range known() {
		if other.Name == p.Name {
			continue
		}
		if f := other.best(r, folded); f != nil && f.fits() && len(f.used) > most {
			shop, most = other.Name, len(f.used)
		}
	}
	return shop
}

// looksLike finds the role, other than r, for which the file would do.
func (p *Profile) looksLike(r Role, folded []string) (Role, string) {
	var best *fit
	for i := range p.layouts {
		if l := &p.layouts[i]; l.file != r {
			if f := l.fit(folded); f.fits() && (best == nil || compare(f, best) < 0) {
				best = f
			}
		}
	}
	if best == nil {
		return "", ""
	}
	return best.layout.file, p.Flag(best.layout.file)
}

// fit is how well one layout describes one header.
type fit struct {
	layout   *layout
	cells    map[Role]map[Field]*cell
	used     map[int]bool // columns of the file with a field
	exempt   map[int]bool
	missing  []string // names of columns it cannot do without
	hidden   []*column
	why      map[string]string // what the lack of a column means, by its name
	twice    []string
	never    []string
	optional []optionalPart
	total    int // columns the layout knows
	found    int // of them in the header
}

func (f *fit) fits() bool { return len(f.missing) == 0 && len(f.never) == 0 && len(f.twice) == 0 }

// compare orders fits, the better one first: one that fits, then more of its columns.
func compare(a, b *fit) int {
	if a.fits() != b.fits() {
		if a.fits() {
			return -1
		}
		return 1
	}
	if a.fits() {
		return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(b.share(), a.share()))
	}
	return cmp.Or(cmp.Compare(b.share(), a.share()), cmp.Compare(b.found, a.found))
}

func (f *fit) share() float64 { return float64(f.found) / float64(max(f.total, 1)) }

func (l *layout) fit(folded []string) *fit {
	f := &fit{layout: l, cells: map[Role]map[Field]*cell{}, used: map[int]bool{}, exempt: map[int]bool{}, why: map[string]string{}}
	for i := range l.holds {
		h := &l.holds[i]
		f.cells[h.role] = map[Field]*cell{}
		for j := range h.columns {
			f.place(h.role, &h.columns[j], folded)
		}
	}
	f.wantAlike()
	for i, name := range folded {
		if slices.Contains(l.exempt, name) {
			f.exempt[i] = true
		}
	}
	for _, name := range l.never {
		if slices.Contains(folded, name) {
			f.never = append(f.never, name)
		}
	}
	f.missing, f.twice = unique(f.missing), unique(f.twice)
	return f
}

// place finds the columns of one field.
func (f *fit) place(r Role, c *column, folded []string) {
	if c.constant != nil {
		f.cells[r][c.field] = &cell{constant: *c.constant}
		return
	}
	found := &cell{separator: c.separator, strip: c.strip, blank: c.blank}
	var lacking []string
	var optional []optionalPart
	for i := range c.parts {
		p := &c.parts[i]
		f.total++
		at, twice := p.find(folded)
		if p.optional {
			optional = append(optional, optionalPart{c.field, i, p.label(), at >= 0})
		}
		switch {
		case twice:
			f.twice = append(f.twice, p.label())
			return
		case at >= 0:
			f.found++
			found.at = append(found.at, at)
		case !p.optional:
			lacking = append(lacking, p.label())
		}
	}
	switch {
	case len(lacking) == 0 && len(found.at) > 0:
		f.cells[r][c.field] = found
		if comparesPeople(c.field) {
			f.optional = append(f.optional, optional...)
		}
		for _, at := range found.at {
			f.used[at] = true
			f.exempt[at] = f.exempt[at] || c.exempt
		}
	case c.need == needAlways:
		f.missing = append(f.missing, lacking...)
		f.why[lacking[0]] = c.why
	case c.need == needUnlessAccepted:
		f.hidden = append(f.hidden, c)
		f.why[c.name()] = c.why
	}
}

// find returns the column of a part, or -1. Of several by its names none can be chosen,
// unless the layout tells them apart by their order; then they must be as many as it says.
func (p *part) find(folded []string) (at int, twice bool) {
	var found []int
	for i, h := range folded {
		if slices.Contains(p.folded, h) {
			found = append(found, i)
		}
	}
	switch {
	case p.nth == 0 && len(found) > 1, p.nth > 0 && len(found) > p.times:
		return -1, true
	case len(found) == 0, p.nth > 0 && len(found) != p.times:
		return -1, false
	case p.nth > 0:
		at = found[p.nth-1]
	default:
		at = found[0]
	}
	if p.after != "" && !slices.Contains(folded[:at], p.after) ||
		p.before != "" && !slices.Contains(folded[at+1:], p.before) {
		return -1, false
	}
	return at, false
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// columns turns a fit without faults into what rows are read by.
func (p *Profile) columns(f *fit, header []string, o MatchOptions) *Columns {
	l := *f.layout
	c := &Columns{layout: &l, flag: p.Flag(l.file), guide: p.guide(), version: l.versionOf(foldHeader(header)), exempt: make([]bool, len(header))}
	for _, h := range l.holds {
		i := h.role.index()
		c.roles[i], c.by[i] = f.cells[h.role], f.cells[h.role][h.by]
	}
	for i, name := range header {
		c.labels = append(c.labels, Shown(Fold(name)))
		c.exempt[i] = f.exempt[i]
		if slices.ContainsFunc(o.NotCard, func(n string) bool { return FoldName(n) == FoldName(name) }) {
			c.exempt[i] = true
			c.vouched = append(c.vouched, c.labels[i])
		}
	}
	for _, col := range f.hidden {
		c.accepted = append(c.accepted, col.name())
	}
	if l.show != nil && slices.ContainsFunc(o.AcceptMissing, func(a string) bool { return FoldName(a) == l.show.Waiver }) {
		c.accepted = append(c.accepted, l.show.Waiver)
		l.show = nil
	}
	return c
}

// versionOf tells the version by single columns; the first variant that agrees counts.
func (l *layout) versionOf(folded []string) string {
	in := func(name string) bool { return slices.Contains(folded, name) }
	for _, v := range l.variants {
		if !slices.ContainsFunc(v.has, func(n string) bool { return !in(n) }) && !slices.ContainsFunc(v.lacks, in) {
			return v.version
		}
	}
	return l.version
}
