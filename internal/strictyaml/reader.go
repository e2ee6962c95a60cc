package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Form is a kind of file.
type Form struct {
	Name     string // as faults call it, with its article: "an incident file"
	NullIsNo bool   // a key that may be left out may also stand there without a value
}

// Reader walks the tree of one file and collects faults; it goes on after one, so that a
// file is mended in one go.
type Reader struct {
	form  Form
	file  string
	src   []byte
	lines []string
	errs  []*Error
}

// New reads the bytes of a file; file is what faults call it. A byte order mark is passed
// over.
func New(form Form, file string, src []byte) *Reader {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	return &Reader{form: form, file: file, src: src, lines: strings.Split(string(src), "\n")}
}

// Lines are the lines of the file.
func (r *Reader) Lines() []string { return r.lines }

// Faults counts the faults found so far; of very many it stops counting.
func (r *Reader) Faults() int { return len(r.errs) }

// Err joins one *Error for each of the first faults; nil when there is none.
func (r *Reader) Err() error {
	list := make([]error, 0, maxErrors)
	for _, e := range r.errs[:min(len(r.errs), maxErrors)] {
		list = append(list, e)
	}
	return errors.Join(list...)
}

// Nowhere adds a fault that has no place.
func (r *Reader) Nowhere(format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Message: fmt.Sprintf(format, args...)})
}

// At adds a fault at a line and column, both from 1.
func (r *Reader) At(line, column int, format string, args ...any) {
	if len(r.errs) > maxErrors {
		return // a file of nothing but faults must not cost an excerpt for each
	}
	r.errs = append(r.errs, &Error{
		File: r.file, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Excerpt: r.excerpt(line, column),
	})
}

// excerpt shows nothing of a file that does not begin as one of ours: an export passed by
// mistake would print a customer.
func (r *Reader) excerpt(line, column int) string {
	for _, l := range r.lines {
		l = strings.TrimRight(l, " \t\r")
		if l == "" || strings.HasPrefix(l, "#") || strings.HasPrefix(l, "---") {
			continue
		}
		if key.MatchString(l) {
			return excerpt(r.lines, line, column)
		}
		break
	}
	return "       (nothing of it is shown: it does not begin with a key, and may be another kind of file)"
}

// key begins every file of ours.
var key = regexp.MustCompile(`^[a-z][a-z0-9_]*:(\s|$)`)

// Token adds a fault at a token.
func (r *Reader) Token(t *token.Token, format string, args ...any) {
	r.At(t.Position.Line, max(t.Position.Column, 1), format, args...)
}

// Fail adds a fault at the beginning of a node.
func (r *Reader) Fail(n ast.Node, format string, args ...any) {
	r.Token(First(n), format, args...)
}

// First is the token at which a node begins for a human: a mapping at its first key,
// not at that key's colon; a block scalar at its header.
func First(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle || len(n.Values) == 0 {
			return n.GetToken()
		}
		return First(n.Values[0])
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	case *ast.LiteralNode:
		return n.Start
	default:
		return n.GetToken()
	}
}
