package incident

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	goyaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxBytes bounds an incident file. A whole case in three languages takes about 40 KiB.
const MaxBytes = 1 << 20

// maxDepth bounds nesting on one line and inside brackets, because the parser's time
// grows with its square. The schema needs six levels.
const maxDepth = 32

// parseTree turns the bytes of a file into one YAML mapping, refusing whatever an
// incident file has no use for.
func parseTree(r *reader, src []byte) (ast.Node, bool) {
	if len(src) > MaxBytes {
		r.nowhere("the file has %d bytes; at most %d are read", len(src), MaxBytes)
		return nil, false
	}
	if i := invalidUTF8(src); i >= 0 {
		line, column := lineOf(src, i)
		r.at(line, column, "this is not UTF-8")
		return nil, false
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line, column := lineOf(src, i)
		r.at(line, column, "a NUL byte has no place here")
		return nil, false
	}
	tokens := lexer.Tokenize(string(src))
	if !r.plain(tokens) {
		return nil, false
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		r.syntax(err)
		return nil, false
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.nowhere("the file is empty")
		return nil, false
	}
	return file.Docs[0].Body, true
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		if c == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// plain walks the tokens and refuses constructs by which a file could say something
// else than it seems to, and depth that only an attack has.
func (r *reader) plain(tokens token.Tokens) bool {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			r.token(t, "anchors and aliases are not used in incident files: write the text out")
			return false
		case token.TagType, token.DirectiveType, token.MappingKeyType:
			r.token(t, "%q is not used in incident files", t.Value)
			return false
		case token.DocumentHeaderType, token.DocumentEndType:
			r.token(t, "an incident file is one document: %q does not belong here", t.Value)
			return false
		case token.SequenceEntryType:
			entries++
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > maxDepth || entries > maxDepth {
			r.token(t, "nested too deeply")
			return false
		}
	}
	return true
}

// syntax turns an error of the YAML library into ours.
func (r *reader) syntax(err error) {
	var y goyaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil || y.GetToken().Position == nil {
		r.nowhere("not readable as YAML")
		return
	}
	r.token(y.GetToken(), "%s", y.GetMessage())
}

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
	return s, true
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
