package profile

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// coded is a field whose values are numbers that mean something only on the shop system's
// own screens.
type coded struct {
	role  Role
	field Field
}

// codedFields are the keys of shown_as.
func codedFields() map[string]coded {
	return map[string]coded{
		"device": {Orders, Device}, "order_status": {Orders, Status}, "member_status": {Members, Status},
	}
}

// ShownAs is what the shop system's own screens call a value that an export holds as a
// number; empty where the profile does not say. It decides nothing: it helps people to.
func (p *Profile) ShownAs(r Role, f Field, value string) string {
	return p.shownAs[coded{r, f}][Fold(value)]
}

func (r *reader) shownAs(p *Profile, n ast.Node) {
	p.shownAs = map[coded]map[string]string{}
	r.Pairs(n, "shown_as", func(k *token.Token, v ast.Node) {
		key, ok := codedFields()[k.Value]
		if !ok {
			r.Token(k, "shown_as cannot have %q; it may have device, order_status, member_status", k.Value)
			return
		}
		p.shownAs[key] = map[string]string{}
		r.Pairs(v, "shown_as "+k.Value, func(k *token.Token, v ast.Node) {
			word := ""
			r.word(&word, "the name of "+k.Value)(v)
			p.shownAs[key][Fold(k.Value)] = word
		})
	})
}
