package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// HeaderError says what is wrong with the first line of one file, and what to do.
// It names columns as the profile knows them and never repeats the line itself: a
// file without a header would otherwise print a customer.
type HeaderError struct {
	File      string
	Role      Role
	Flag      string
	Missing   []string // columns without which the file is of no use
	Hidden    []string // columns that may be waived by AcceptMissing
	Twice     []string
	LooksLike Role // the file seems to be this one instead; empty otherwise
	UseFlag   string
	Guide     string // command that prints how to export the file
}

func (e *HeaderError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): ", e.File, e.Flag)
	switch {
	case e.LooksLike != "":
		fmt.Fprintf(&b, "this looks like the %s file: pass it with %s; ", e.LooksLike, e.UseFlag)
	case len(e.Missing) > 0:
		fmt.Fprintf(&b, "no column %s; ", strings.Join(e.Missing, ", "))
	}
	if len(e.Twice) > 0 {
		fmt.Fprintf(&b, "more than one column %s: keep the right one; ", strings.Join(e.Twice, ", "))
	}
	if len(e.Hidden) > 0 && e.LooksLike == "" {
		fmt.Fprintf(&b, "no column %s: the standard export hides rows or facts; use the advanced export, or", strings.Join(e.Hidden, ", "))
		for _, c := range e.Hidden {
			fmt.Fprintf(&b, " --accept-missing %s", c)
		}
		b.WriteString("; ")
	}
	fmt.Fprintf(&b, "%s explains how to export it", e.Guide)
	return b.String()
}

// Unwrap lets errors.Is find ErrHeader.
func (e *HeaderError) Unwrap() error { return ErrHeader }

// columns maps a file's columns to the fields of its profile.
type columns struct {
	at     map[field]int
	exempt []bool
	labels []string // column names as errors may show them
}

func (c *columns) has(f field) bool { _, ok := c.at[f]; return ok }

// row is one record of a file.
type row struct {
	*columns
	fields []string
	line   int
}

// get returns a cell as it is; empty when the file has no such column.
func (r row) get(f field) string {
	if i, ok := r.at[f]; ok {
		return r.fields[i]
	}
	return ""
}

// value returns a cell folded.
func (r row) value(f field) string { return fold(r.get(f)) }

// mapHeader finds the columns of a file by name. The error is a *HeaderError.
func (p *Profile) mapHeader(role Role, file string, header []string, accepted []string) (*columns, error) {
	fp := p.Files[role]
	cols, e := fp.match(header)
	e.File, e.Role, e.Flag, e.Guide = file, role, fp.Flag, "exposurectl export-guide "+p.Name
	e.Hidden = slices.DeleteFunc(e.Hidden, func(name string) bool { return fp.isAccepted(name, accepted) })
	// The standard order export holds every column of the deliveries file, so a file
	// that has all it needs may still be another one.
	if guess := p.guessRole(header); guess != role && guess != "" {
		e.LooksLike, e.UseFlag = guess, p.Files[guess].Flag
	}
	if len(e.Missing)+len(e.Hidden)+len(e.Twice) == 0 && e.LooksLike == "" {
		return cols, nil
	}
	return nil, e
}

func (fp fileProfile) match(header []string) (*columns, *HeaderError) {
	cols := &columns{at: map[field]int{}, exempt: make([]bool, len(header))}
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = foldName(h)
		cols.labels = append(cols.labels, shown(fold(h)))
	}
	e := &HeaderError{}
	for _, f := range slices.Sorted(maps.Keys(fp.Columns)) {
		c := fp.Columns[f]
		found := c.find(folded)
		switch {
		case len(found) > 1:
			e.Twice = append(e.Twice, c.Names[0])
		case len(found) == 1:
			cols.at[f], cols.exempt[found[0]] = found[0], c.Exempt
		case c.Need == needAlways:
			e.Missing = append(e.Missing, c.Names[0])
		case c.Need == needUnlessAccepted:
			e.Hidden = append(e.Hidden, c.Names[0])
		}
	}
	return cols, e
}

func (c columnProfile) find(folded []string) []int {
	var found []int
	for i, h := range folded {
		if slices.ContainsFunc(c.Names, func(name string) bool { return foldName(name) == h }) {
			found = append(found, i)
		}
	}
	return found
}

// isAccepted tells whether the operator waived the column, by any of its names or
// its field id.
func (fp fileProfile) isAccepted(name string, accepted []string) bool {
	for f, c := range fp.Columns {
		if c.Names[0] != name {
			continue
		}
		for _, a := range accepted {
			if a = foldName(a); a == string(f) || slices.ContainsFunc(c.Names, func(n string) bool { return foldName(n) == a }) {
				return true
			}
		}
	}
	return false
}

// guessRole finds the file whose columns this header holds most of, if it has all
// that file needs.
func (p *Profile) guessRole(header []string) Role {
	var best Role
	most := 0
	for _, role := range roles() {
		cols, e := p.Files[role].match(header)
		if len(e.Missing) == 0 && len(cols.at) > most {
			best, most = role, len(cols.at)
		}
	}
	return best
}
