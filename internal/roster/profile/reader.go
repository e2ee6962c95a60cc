package profile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/strictyaml"
)

// reader reads the values of a mapping file.
type reader struct{ *strictyaml.Reader }

// text reads a scalar that is text on one line; blank is a text.
func (r *reader) text(n ast.Node, what string) (string, bool) {
	s, ok := r.Scalar(n, what)
	if !ok {
		return "", false
	}
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) }) {
		r.Fail(n, "%s holds a control character", what)
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
			r.Fail(n, "%s is empty", what)
		default:
			*to = s
		}
	}
}

// words reads a list of texts; blank ones only where blank is a value.
func (r *reader) words(to *[]string, what string, blank bool) func(ast.Node) {
	return func(n ast.Node) {
		r.Each(n, what, func(n ast.Node) {
			s, ok := r.text(n, "an entry of "+what)
			switch {
			case !ok:
			case strings.TrimSpace(s) == "" && !blank:
				r.Fail(n, "%s has an empty entry", what)
			case slices.Contains(*to, s):
				r.Fail(n, "%q stands twice in %s", s, what)
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
			r.Fail(n, "%s must be true or false", what)
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
			r.Fail(n, "%s cannot be %q; it is one of %s", what, s, list(of))
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
