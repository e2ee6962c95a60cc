package profile

import (
	"errors"
	"slices"

	"exposure/internal/strictyaml"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// ErrMapping is wrapped by every error of Parse.
var ErrMapping = errors.New("the mapping file has mistakes")

// Error is one fault of a mapping file. Parse joins several; errors.As finds the first.
type Error = strictyaml.Error

// Parse reads a profile or mapping file strictly; file is what errors call it. Whatever it
// does not understand is an error. The error wraps ErrMapping and joins one *Error, with line,
// column and excerpt, for each of the first faults.
func Parse(file string, src []byte) (*Profile, error) {
	r := &reader{strictyaml.New(strictyaml.Form{Name: "a mapping file"}, file, src)}
	p := &Profile{}
	if root, ok := r.Tree(); ok {
		r.profile(p, root)
	}
	if err := r.Err(); err != nil {
		return nil, errors.Join(ErrMapping, err)
	}
	return p, nil
}

func (r *reader) profile(p *Profile, n ast.Node) {
	layouts := n
	r.Object(n, "the file",
		strictyaml.Must("name", r.word(&p.Name, "name")),
		strictyaml.May("title", r.word(&p.Title, "title")),
		strictyaml.May("times", r.times(&p.Times)),
		strictyaml.May("days", r.days(&p.Days)),
		strictyaml.May("empty_dates", r.values(&p.EmptyDates, "empty_dates")),
		strictyaml.May("guest_ids", r.values(&p.GuestIDs, "guest_ids")),
		strictyaml.May("yes", r.values(&p.Yes, "yes")),
		strictyaml.May("no", r.values(&p.No, "no")),
		strictyaml.May("member_status", r.sorted("member_status", class{"provisional", &p.MemberStatus.Provisional},
			class{"full", &p.MemberStatus.Full}, class{"withdrawn", &p.MemberStatus.Withdrawn})),
		strictyaml.May("order_status", r.sorted("order_status", class{"cancelled", &p.OrderStatus.Cancelled},
			class{"attempted", &p.OrderStatus.Attempted}, class{"other", &p.OrderStatus.Other})),
		strictyaml.May("settlement", r.sorted("settlement", class{"approved", &p.Settlement.Approved}, class{"other", &p.Settlement.Other})),
		strictyaml.May("item_types", r.sorted("item_types", class{"product", &p.ItemTypes.Product}, class{"other", &p.ItemTypes.Other})),
		strictyaml.May("ignore", r.words(&p.Ignore, "ignore", false)),
		strictyaml.May("shown_as", func(n ast.Node) { r.shownAs(p, n) }),
		strictyaml.Must("layouts", func(n ast.Node) {
			layouts = n
			r.Each(n, "layouts", func(n ast.Node) { p.layouts = append(p.layouts, r.layout(n)) })
		}),
	)
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
		var k []strictyaml.Key
		for _, c := range classes {
			k = append(k, strictyaml.May(c.name, r.values(c.to, c.name)))
		}
		r.Object(n, what, k...)
		var lists [][]string
		for _, c := range classes {
			lists = append(lists, *c.to)
		}
		r.apart(n, what, lists...)
	}
}

func (r *reader) layout(n ast.Node) layout {
	l := layout{grain: Record}
	r.Object(n, "a layout",
		strictyaml.Must("file", choice(r, &l.file, "file", Roles())),
		strictyaml.May("version", r.word(&l.version, "version")),
		strictyaml.May("versions", func(n ast.Node) {
			r.Each(n, "versions", func(n ast.Node) {
				var v variant
				r.Object(n, "an entry of versions",
					strictyaml.Must("version", r.word(&v.version, "version")),
					strictyaml.May("has", r.words(&v.has, "has", false)),
					strictyaml.May("lacks", r.words(&v.lacks, "lacks", false)),
				)
				l.variants = append(l.variants, v)
			})
		}),
		strictyaml.May("grain", choice(r, &l.grain, "grain", grains())),
		strictyaml.Must("holds", func(n ast.Node) {
			r.Pairs(n, "holds", func(k *token.Token, v ast.Node) { r.held(&l, k, v) })
		}),
		strictyaml.May("carried_by", func(n ast.Node) {
			r.Pairs(n, "carried_by", func(k *token.Token, v ast.Node) { r.carried(&l, k, v) })
		}),
		strictyaml.May("never", r.words(&l.never, "never", false)),
		strictyaml.May("exempt", r.words(&l.exempt, "exempt", false)),
		strictyaml.May("must_show", func(n ast.Node) { r.show(&l, n) }),
	)
	l.fold()
	slices.SortFunc(l.holds, func(a, b held) int { return a.role.index() - b.role.index() })
	r.alike(&l, n)
	if l.file != "" && len(l.holds) > 0 && l.of(l.file) == nil {
		r.Fail(n, "a file passed as %s must hold %s", l.file, l.file)
	}
	return l
}

func (r *reader) held(l *layout, k *token.Token, n ast.Node) {
	role := Role(k.Value)
	if role.index() < 0 {
		r.Token(k, "holds cannot have %q; it may have %s", k.Value, list(Roles()))
		return
	}
	h := held{role: role}
	what := "holds " + string(role)
	r.Pairs(n, what, func(k *token.Token, v ast.Node) {
		i := slices.Index(fieldsOf(role), Field(k.Value))
		if i < 0 {
			r.Token(k, "%s has no field %q; it may have %s", what, k.Value, list(fieldsOf(role)))
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
		r.Token(k, "carried_by names %q, which this layout does not hold", k.Value)
		return
	}
	r.word((*string)(&h.by), "carried_by "+k.Value)(n)
	if h.by != "" && h.column(h.by) == nil {
		r.Fail(n, "carried_by: %s of this layout have no field %q", h.role, h.by)
	}
}

func (r *reader) show(l *layout, n ast.Node) {
	m := &MustShow{}
	r.Object(n, "must_show",
		strictyaml.Must("role", choice(r, &m.Role, "role", Roles())),
		strictyaml.Must("field", r.word((*string)(&m.Field), "field")),
		strictyaml.Must("values", r.values(&m.Values, "values")),
		strictyaml.Must("waiver", r.word(&m.Waiver, "waiver")),
		strictyaml.Must("why", r.word(&m.Why, "why")),
	)
	if h := l.of(m.Role); m.Role != "" && m.Field != "" && (h == nil || h.column(m.Field) == nil) {
		r.Fail(n, "must_show: this layout has no field %q of %s", m.Field, m.Role)
	}
	if m.Waiver != FoldName(m.Waiver) {
		r.Fail(n, "must_show: the waiver is typed by operators: lower case, no wide characters")
	}
	l.show = m
}
