package profile

import (
	"slices"
	"strings"
	"time"

	"exposure/internal/strictyaml"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

func (r *reader) column(f Field, n ast.Node) column {
	c := column{field: f}
	var p part
	var constant string
	r.Object(n, string(f),
		strictyaml.May("names", r.words(&p.names, "names", false)),
		strictyaml.May("nth", r.nth(&p)),
		strictyaml.May("after", r.word(&p.after, "after")),
		strictyaml.May("before", r.word(&p.before, "before")),
		strictyaml.May("join", func(n ast.Node) {
			r.Each(n, "join", func(n ast.Node) { c.parts = append(c.parts, r.part(n)) })
		}),
		strictyaml.May("separator", func(n ast.Node) { c.separator, _ = r.text(n, "separator") }),
		strictyaml.May("strip", func(n ast.Node) { c.strip, _ = r.text(n, "strip") }),
		strictyaml.May("need", choice(r, &c.need, "need", needs())),
		strictyaml.May("exempt", r.flag(&c.exempt, "exempt")),
		strictyaml.May("blank", r.values(&c.blank, "blank")),
		strictyaml.May("constant", func(n ast.Node) {
			if s, ok := r.text(n, "constant"); ok {
				constant = s
				c.constant = &constant
			}
		}),
		strictyaml.May("why", r.word(&c.why, "why")),
	)
	ways := 0
	for _, given := range []bool{len(p.names) > 0, len(c.parts) > 0, c.constant != nil} {
		if given {
			ways++
		}
	}
	// That the format has no such column can be said of facts whose lack is accepted by name.
	if without := ways == 0 && c.why != "" && c.need != needAlways; ways != 1 && !without {
		r.Fail(n, "%s needs one of names (a column), join (several columns) and constant (what every row says), or only why (there is no such column)", f)
	}
	if len(p.names) > 0 {
		c.parts = []part{p}
	} else if p.nth != 0 || p.after+p.before != "" {
		r.Fail(n, "%s: nth, after and before belong to the names of one column; inside join they stand with each part", f)
	}
	return c
}

func (r *reader) part(n ast.Node) part {
	var p part
	r.Object(n, "a part of join",
		strictyaml.Must("names", r.words(&p.names, "names", false)),
		strictyaml.May("nth", r.nth(&p)),
		strictyaml.May("after", r.word(&p.after, "after")),
		strictyaml.May("before", r.word(&p.before, "before")),
		strictyaml.May("optional", r.flag(&p.optional, "optional")),
	)
	return p
}

// mostNth is how many columns of one name can be told apart.
const mostNth = 9

func (r *reader) nth(p *part) func(ast.Node) {
	return func(n ast.Node) {
		if i, ok := n.(*ast.IntegerNode); ok {
			if v, ok := i.Value.(uint64); ok && v >= 1 && v <= mostNth {
				p.nth = int(v)
				return
			}
		}
		r.Fail(n, "nth must be a number from 1 to %d: which of several columns of the same name", mostNth)
	}
}

// complete adds what the operator must decide about although nobody described it, and finds
// what is missing.
func (r *reader) complete(h *held, k *token.Token) {
	for _, f := range essential(h.role) {
		c := h.column(f)
		if c == nil && (f != ProductName || h.column(ProductCode) == nil) {
			r.Token(k, "holds %s lacks the field %q, without which they are of no use", h.role, f)
		}
		if c != nil && f != ProductName {
			c.need = needAlways
		}
	}
	for _, f := range guarded(h.role) {
		c := h.column(f)
		switch {
		case f == Status && h.column(CancelledAt) != nil:
		case c == nil:
			h.columns = append(h.columns, column{field: f, need: needUnlessAccepted})
		case c.need == needNot:
			c.need = needUnlessAccepted
		}
	}
	if c := h.column(CancelledAt); c != nil && h.column(Status) == nil && c.need == needNot {
		c.need = needUnlessAccepted
	}
}

// values reads a list of words that are compared with folded cells.
func (r *reader) values(to *[]string, what string) func(ast.Node) {
	return func(n ast.Node) {
		r.words(to, what, true)(n)
		for i, v := range *to {
			(*to)[i] = Fold(v)
		}
	}
}

// apart refuses a value that stands in two of the lists: it would mean both.
func (r *reader) apart(n ast.Node, what string, lists ...[]string) {
	seen := map[string]bool{}
	for _, l := range lists {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(l))) {
			if seen[v] {
				r.Fail(n, "%s: %q stands in two of the lists", what, v)
			}
			seen[v] = true
		}
	}
}

// times reads layouts of package time that tell a moment.
func (r *reader) times(to *[]string) func(ast.Node) {
	return r.layoutsOfTime(to, "times", func(l string) string {
		switch {
		case !tells(l, 24*time.Hour):
			return "tells no day"
		case !tells(l, time.Minute):
			return "tells no time of day: give it under days, so that nobody takes midnight for the time of an order"
		}
		return ""
	})
}

// days reads layouts of package time that tell a day and no more.
func (r *reader) days(to *[]string) func(ast.Node) {
	return r.layoutsOfTime(to, "days", func(l string) string {
		switch {
		case !tells(l, 24*time.Hour):
			return "tells no day"
		case tells(l, time.Hour), tells(l, time.Minute):
			return "tells a time of day: give it under times"
		}
		return ""
	})
}

func (r *reader) layoutsOfTime(to *[]string, what string, wrong func(string) string) func(ast.Node) {
	return func(n ast.Node) {
		r.words(to, what, false)(n)
		for _, l := range *to {
			if why := wrong(l); why != "" {
				r.Fail(n, "%s: the layout %q %s; a layout writes the moment 2006-01-02 15:04:05 as the shop would", what, l, why)
			}
		}
	}
}

// tells whether a layout tells moments apart that are this far from each other.
func tells(layout string, apart time.Duration) bool {
	noon := time.Date(2011, 11, 11, 11, 11, 11, 0, time.UTC)
	a, errA := time.Parse(layout, noon.Format(layout))
	b, errB := time.Parse(layout, noon.Add(apart).Format(layout))
	return errA == nil && errB == nil && b.Sub(a) == apart && strings.TrimSpace(layout) != ""
}
