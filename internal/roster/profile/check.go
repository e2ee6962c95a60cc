package profile

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// check looks at what only the whole file can tell.
func (r *reader) check(p *Profile, layouts ast.Node) {
	var dated, deleted, action, typed bool
	for i := range p.layouts {
		for _, h := range p.layouts[i].holds {
			if h.role != Deliveries && h.role != Items {
				dated = true
			}
			if c := h.column(Deleted); c != nil && (len(c.parts) > 0 || c.constant != nil) {
				deleted = true
				if v := c.constant; v != nil && len(p.Yes) > 0 && !slices.Contains(slices.Concat(p.Yes, p.No), Fold(*v)) {
					r.Fail(layouts, "deleted of %s: the constant %q is in neither \"yes\" nor \"no\"", h.role, *v)
				}
			}
			action = action || h.role == Settlements
			typed = typed || h.column(ItemType) != nil
		}
	}
	for _, c := range []struct {
		wrong bool
		what  string
	}{
		{dated && len(p.Times)+len(p.Days) == 0, `the file needs "times": how the shop writes a moment`},
		{deleted && (len(p.Yes) == 0 || len(p.No) == 0), `"deleted" is described: the file needs "yes" and "no"`},
		{action && len(p.Settlement.Approved) == 0, `there are settlements: the file needs "settlement" with "approved"`},
		{typed && len(p.ItemTypes.Product) == 0, `there is a column for "item_type": the file needs "item_types" with "product"`},
		{len(p.layouts) == 0, "there is no layout: nothing could be read"},
	} {
		if c.wrong {
			r.Fail(layouts, "%s", c.what)
		}
	}
}
