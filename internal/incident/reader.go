package incident

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reader walks the tree and collects faults; it goes on after one, so that a file is
// mended in one go.
type reader struct {
	file  string
	lines []string
	errs  []*Error
}

func newReader(file string, src []byte) *reader {
	return &reader{file: file, lines: strings.Split(string(src), "\n")}
}

func (r *reader) nowhere(format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) at(line, column int, format string, args ...any) {
	if len(r.errs) > maxErrors {
		return // a file of nothing but faults must not cost an excerpt for each
	}
	r.errs = append(r.errs, &Error{
		File: r.file, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Excerpt: excerpt(r.lines, line, column),
	})
}

func (r *reader) token(t *token.Token, format string, args ...any) {
	r.at(t.Position.Line, max(t.Position.Column, 1), format, args...)
}

func (r *reader) fail(n ast.Node, format string, args ...any) {
	r.token(first(n), format, args...)
}

// first is the token at which a node begins for a human: a mapping at its first key,
// not at that key's colon; a block scalar at its header.
func first(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle || len(n.Values) == 0 {
			return n.GetToken()
		}
		return first(n.Values[0])
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	case *ast.LiteralNode:
		return n.Start
	default:
		return n.GetToken()
	}
}

// key is one key of a mapping: whether it must be there and how its value is read.
type key struct {
	name string
	need bool
	read func(ast.Node)
}

func must(name string, read func(ast.Node)) key { return key{name, true, read} }
func may(name string, read func(ast.Node)) key  { return key{name, false, read} }

// object reads a mapping with exactly these keys, in the order in which they are
// given here, which is the order of their dependencies. null counts as left out.
func (r *reader) object(n ast.Node, what string, keys ...key) {
	values, ok := r.pairs(n, what)
	if !ok {
		return
	}
	found := map[string]ast.Node{}
	for _, v := range values {
		name := v.Key.GetToken().Value
		if !known(keys, name) {
			r.fail(v, "%s has no key %q; it may have %s", what, name, names(keys))
			continue
		}
		found[name] = v.Value
	}
	for _, k := range keys {
		switch v := found[k.name]; {
		case v == nil && k.need:
			r.fail(n, "%s lacks %q", what, k.name)
		case v == nil:
		case v.Type() == ast.NullType && k.need:
			r.fail(v, "%q of %s is empty", k.name, what)
		case v.Type() == ast.NullType:
		default:
			k.read(v)
		}
	}
}

func known(keys []key, name string) bool {
	for _, k := range keys {
		if k.name == name {
			return true
		}
	}
	return false
}

func names(keys []key) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return strings.Join(list, ", ")
}

// pairs are the entries of a mapping in file order.
func (r *reader) pairs(n ast.Node, what string) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	default:
		r.fail(n, "%s must be a mapping (key: value)", what)
		return nil, false
	}
}

// each reads a list.
func (r *reader) each(n ast.Node, what string, read func(ast.Node)) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "%s must be a list", what)
		return
	}
	for _, v := range s.Values {
		if v == nil || v.Type() == ast.NullType {
			r.fail(n, "%s has an empty entry", what)
			continue
		}
		read(v)
	}
}

// str reads a scalar that is text. Numbers and booleans must be quoted, so that 010
// or "no" never change on the way.
func (r *reader) str(n ast.Node, what string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return r.nonEmpty(n, what, n.Value)
	case *ast.LiteralNode:
		return r.nonEmpty(n, what, n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		r.fail(n, "%s must be text: put it in quotes", what)
	default:
		r.fail(n, "%s must be text", what)
	}
	return "", false
}

func (r *reader) nonEmpty(n ast.Node, what, s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		r.fail(n, "%s is empty", what)
		return "", false
	}
	if strings.ContainsFunc(s, hidden) {
		r.fail(n, "%s holds a control character", what)
		return "", false
	}
	return s, true
}

// hidden tells whether a rune is one that people cannot see but programs obey. Lines
// may break.
func hidden(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// count reads a number of people or cards.
func (r *reader) count(n ast.Node, what string) int {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		r.fail(n, "%s must be a number", what)
		return 0
	}
	switch v := i.Value.(type) {
	case uint64:
		if v >= 1 && v <= maxCount {
			return int(v)
		}
	case int64:
		if v >= 1 && v <= maxCount {
			return int(v)
		}
	}
	r.fail(n, "%s must be between 1 and %d", what, maxCount)
	return 0
}

// maxCount is more people than there are.
const maxCount = 20_000_000_000
