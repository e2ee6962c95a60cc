package profile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reader walks the tree and collects faults; it goes on after one, so that a file is mended
// in one go.
type reader struct {
	file  string
	lines []string
	errs  []*Error
}

func (r *reader) nowhere(format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) at(line, column int, format string, args ...any) {
	if len(r.errs) > mostErrors {
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

// first is the token at which a node begins for a human: a mapping at its first key, not at
// that key's colon; a block scalar at its header.
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

// keys are the keys a mapping may have and how their values are read, in that order.
type keys []key

type key struct {
	name string
	need bool
	read func(ast.Node)
}

func must(name string, read func(ast.Node)) key { return key{name, true, read} }
func may(name string, read func(ast.Node)) key  { return key{name, false, read} }

// object reads a mapping with exactly these keys.
func (r *reader) object(n ast.Node, what string, keys keys) {
	found := map[string]ast.Node{}
	ok := r.pairs(n, what, func(k *token.Token, v ast.Node) {
		if !slices.ContainsFunc(keys, func(known key) bool { return known.name == k.Value }) {
			r.token(k, "%s has no key %q; it may have %s", what, k.Value, keys)
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
			r.fail(n, "%s lacks %q", what, k.name)
		case v == nil:
		case v.Type() == ast.NullType:
			r.fail(v, "%q of %s is empty: fill it in or leave it out", k.name, what)
		default:
			k.read(v)
		}
	}
}

func (k keys) String() string {
	names := make([]string, len(k))
	for i := range k {
		names[i] = k[i].name
	}
	return strings.Join(names, ", ")
}

// pairs reads the entries of a mapping in file order.
func (r *reader) pairs(n ast.Node, what string, read func(k *token.Token, v ast.Node)) bool {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.fail(n, "%s must be a mapping (key: value)", what)
		return false
	}
	seen := map[string]bool{}
	for _, v := range values {
		k := v.Key.GetToken()
		if seen[k.Value] {
			r.token(k, "%q stands twice in %s", k.Value, what)
			continue
		}
		seen[k.Value] = true
		read(k, v.Value)
	}
	return true
}

// each reads a list.
func (r *reader) each(n ast.Node, what string, read func(ast.Node)) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "%s must be a list: [a, b] or a line with - for each", what)
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

// text reads a scalar that is text. Numbers and booleans must be quoted, so that 010 or "no"
// never change on the way.
func (r *reader) text(n ast.Node, what string) (string, bool) {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		r.fail(n, "%s must be text: put it in quotes", what)
		return "", false
	default:
		r.fail(n, "%s must be text", what)
		return "", false
	}
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) }) {
		r.fail(n, "%s holds a control character", what)
		return "", false
	}
	return s, true
}

// word reads text that is not blank into a variable.
func (r *reader) word(to *string, what string) func(ast.Node) {
	return func(n ast.Node) {
		s, ok := r.text(n, what)
		switch {
		case !ok:
		case strings.TrimSpace(s) == "":
			r.fail(n, "%s is empty", what)
		default:
			*to = s
		}
	}
}

// words reads a list of texts; blank ones only where blank is a value.
func (r *reader) words(to *[]string, what string, blank bool) func(ast.Node) {
	return func(n ast.Node) {
		r.each(n, what, func(n ast.Node) {
			s, ok := r.text(n, "an entry of "+what)
			switch {
			case !ok:
			case strings.TrimSpace(s) == "" && !blank:
				r.fail(n, "%s has an empty entry", what)
			case slices.Contains(*to, s):
				r.fail(n, "%q stands twice in %s", s, what)
			default:
				*to = append(*to, s)
			}
		})
	}
}

// flag reads true or false.
func (r *reader) flag(to *bool, what string) func(ast.Node) {
	return func(n ast.Node) {
		b, ok := n.(*ast.BoolNode)
		if !ok {
			r.fail(n, "%s must be true or false", what)
			return
		}
		*to = b.Value
	}
}

// choice reads one of a fixed list of words.
func choice[T ~string](r *reader, to *T, what string, of []T) func(ast.Node) {
	return func(n ast.Node) {
		s, ok := r.text(n, what)
		if !ok {
			return
		}
		if !slices.Contains(of, T(s)) {
			r.fail(n, "%s cannot be %q; it is one of %s", what, s, list(of))
			return
		}
		*to = T(s)
	}
}

func list[T ~string](of []T) string {
	var words []string
	for _, w := range of {
		if w != "" {
			words = append(words, string(w))
		}
	}
	return strings.Join(words, ", ")
}
