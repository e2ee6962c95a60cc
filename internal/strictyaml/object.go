package strictyaml

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Key is one key of a mapping: whether it must be there and how its value is read.
type Key struct {
	name string
	need bool
	read func(ast.Node)
}

// Must is a key that has to be there.
func Must(name string, read func(ast.Node)) Key { return Key{name, true, read} }

// May is a key that can be left out.
func May(name string, read func(ast.Node)) Key { return Key{name, false, read} }

// Object reads a mapping with exactly these keys, in the order in which they are given
// here, which is the order of their dependencies.
func (r *Reader) Object(n ast.Node, what string, keys ...Key) {
	found := map[string]ast.Node{}
	ok := r.Pairs(n, what, func(k *token.Token, v ast.Node) {
		if !slices.ContainsFunc(keys, func(known Key) bool { return known.name == k.Value }) {
			r.Token(k, "%s has no key %q; it may have %s", what, k.Value, names(keys))
			return
		}
		found[k.Value] = v
	})
	if !ok {
		return
	}
	for _, k := range keys {
		switch v := found[k.name]; {
		case v == nil && k.need:
			r.Fail(n, "%s lacks %q", what, k.name)
		case v == nil:
		case v.Type() != ast.NullType:
			k.read(v)
		case k.need:
			r.Fail(v, "%q of %s is empty", k.name, what)
		case !r.form.NullIsNo:
			r.Fail(v, "%q of %s is empty: fill it in or leave it out", k.name, what)
		}
	}
}

func names(keys []Key) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return strings.Join(list, ", ")
}

// Pairs reads the entries of a mapping in file order; false when it is none.
func (r *Reader) Pairs(n ast.Node, what string, read func(k *token.Token, v ast.Node)) bool {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.Fail(n, "%s must be a mapping (key: value)", what)
		return false
	}
	seen := map[string]bool{}
	for _, v := range values {
		k := v.Key.GetToken()
		if seen[k.Value] {
			r.Token(k, "%q stands twice in %s", k.Value, what)
			continue
		}
		seen[k.Value] = true
		read(k, v.Value)
	}
	return true
}

// Each reads a list.
func (r *Reader) Each(n ast.Node, what string, read func(ast.Node)) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.Fail(n, "%s must be a list: [a, b] or a line with - for each", what)
		return
	}
	for _, v := range s.Values {
		if v == nil || v.Type() == ast.NullType {
			r.Fail(n, "%s has an empty entry", what)
			continue
		}
		read(v)
	}
}

// Scalar reads a scalar that is text, as it stands. Numbers and booleans must be quoted,
// so that 010 or "no" never change on the way.
func (r *Reader) Scalar(n ast.Node, what string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		r.Fail(n, "%s must be text: put it in quotes", what)
	default:
		r.Fail(n, "%s must be text", what)
	}
	return "", false
}
