package profile

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Parse reads a profile or mapping file strictly; file is what errors call it. Whatever it
// does not understand is an error. The error wraps ErrMapping and joins one *Error, with line,
// column and excerpt, for each of the first faults.
func Parse(file string, src []byte) (*Profile, error) {
	r := &reader{file: file, lines: strings.Split(strings.TrimPrefix(string(src), "\ufeff"), "\n")}
	p := &Profile{}
	if root, ok := r.tree(src); ok {
		r.profile(p, root)
	}
	if len(r.errs) > 0 {
		return nil, joined(r.errs)
	}
	return p, nil
}

func (r *reader) profile(p *Profile, n ast.Node) {
	layouts := n
	r.object(n, "the file", keys{
		must("name", r.word(&p.Name, "name")),
		may("title", r.word(&p.Title, "title")),
		may("times", r.times(&p.Times)),
		may("days", r.days(&p.Days)),
		may("empty_dates", r.values(&p.EmptyDates, "empty_dates")),
		may("guest_ids", r.values(&p.GuestIDs, "guest_ids")),
		may("yes", r.values(&p.Yes, "yes")),
		may("no", r.values(&p.No, "no")),
		may("member_status", r.sorted("member_status", class{"provisional", &p.MemberStatus.Provisional},
			class{"full", &p.MemberStatus.Full}, class{"withdrawn", &p.MemberStatus.Withdrawn})),
		may("order_status", r.sorted("order_status", class{"cancelled", &p.OrderStatus.Cancelled},
			class{"attempted", &p.OrderStatus.Attempted}, class{"other", &p.OrderStatus.Other})),
		may("settlement", r.sorted("settlement", class{"approved", &p.Settlement.Approved}, class{"other", &p.Settlement.Other})),
		may("item_types", r.sorted("item_types", class{"product", &p.ItemTypes.Product}, class{"other", &p.ItemTypes.Other})),
		may("ignore", r.words(&p.Ignore, "ignore", false)),
		may("shown_as", func(n ast.Node) { r.shownAs(p, n) }),
		must("layouts", func(n ast.Node) {
			layouts = n
			r.each(n, "layouts", func(n ast.Node) { p.layouts = append(p.layouts, r.layout(n)) })
		}),
	})
	r.apart(n, "yes and no", p.Yes, p.No)
	r.check(p, layouts)
}

// class is one of the lists that words of the shop system are sorted into.
type class struct {
	name string
	to   *[]string
}

func (r *reader) sorted(what string, classes ...class) func(ast.Node) {
	return func(n ast.Node) {
		var k keys
		for _, c := range classes {
			k = append(k, may(c.name, r.values(c.to, c.name)))
		}
		r.object(n, what, k)
		var lists [][]string
		for _, c := range classes {
			lists = append(lists, *c.to)
		}
		r.apart(n, what, lists...)
	}
}

func (r *reader) layout(n ast.Node) layout {
	l := layout{grain: Record}
	r.object(n, "a layout", keys{
		must("file", choice(r, &l.file, "file", Roles())),
		may("version", r.word(&l.version, "version")),
		may("versions", func(n ast.Node) {
			r.each(n, "versions", func(n ast.Node) {
				var v variant
				r.object(n, "an entry of versions", keys{
					must("version", r.word(&v.version, "version")),
					may("has", r.words(&v.has, "has", false)),
					may("lacks", r.words(&v.lacks, "lacks", false)),
				})
				l.variants = append(l.variants, v)
			})
		}),
		may("grain", choice(r, &l.grain, "grain", grains())),
		must("holds", func(n ast.Node) {
			r.pairs(n, "holds", func(k *token.Token, v ast.Node) { r.held(&l, k, v) })
		}),
		may("carried_by", func(n ast.Node) {
			r.pairs(n, "carried_by", func(k *token.Token, v ast.Node) { r.carried(&l, k, v) })
		}),
		may("never", r.words(&l.never, "never", false)),
		may("exempt", r.words(&l.exempt, "exempt", false)),
		may("must_show", func(n ast.Node) { r.show(&l, n) }),
	})
	l.fold()
	slices.SortFunc(l.holds, func(a, b held) int { return a.role.index() - b.role.index() })
	if l.file != "" && len(l.holds) > 0 && l.of(l.file) == nil {
		r.fail(n, "a file passed as %s must hold %s", l.file, l.file)
	}
	return l
}

func (r *reader) held(l *layout, k *token.Token, n ast.Node) {
	role := Role(k.Value)
	if role.index() < 0 {
		r.token(k, "holds cannot have %q; it may have %s", k.Value, list(Roles()))
		return
	}
	h := held{role: role}
	what := "holds " + string(role)
	r.pairs(n, what, func(k *token.Token, v ast.Node) {
		i := slices.Index(fieldsOf(role), Field(k.Value))
		if i < 0 {
			r.token(k, "%s has no field %q; it may have %s", what, k.Value, list(fieldsOf(role)))
			return
		}
		h.columns = append(h.columns, r.column(fieldsOf(role)[i], v))
	})
	r.complete(&h, k)
	l.holds = append(l.holds, h)
}

func (r *reader) carried(l *layout, k *token.Token, n ast.Node) {
	h := l.of(Role(k.Value))
	if h == nil {
		r.token(k, "carried_by names %q, which this layout does not hold", k.Value)
		return
	}
	r.word((*string)(&h.by), "carried_by "+k.Value)(n)
	if h.by != "" && h.column(h.by) == nil {
		r.fail(n, "carried_by: %s of this layout have no field %q", h.role, h.by)
	}
}

func (r *reader) show(l *layout, n ast.Node) {
	m := &MustShow{}
	r.object(n, "must_show", keys{
		must("role", choice(r, &m.Role, "role", Roles())),
		must("field", r.word((*string)(&m.Field), "field")),
		must("values", r.values(&m.Values, "values")),
		must("waiver", r.word(&m.Waiver, "waiver")),
		must("why", r.word(&m.Why, "why")),
	})
	if h := l.of(m.Role); m.Role != "" && m.Field != "" && (h == nil || h.column(m.Field) == nil) {
		r.fail(n, "must_show: this layout has no field %q of %s", m.Field, m.Role)
	}
	if m.Waiver != FoldName(m.Waiver) {
		r.fail(n, "must_show: the waiver is typed by operators: lower case, no wide characters")
	}
	l.show = m
}
