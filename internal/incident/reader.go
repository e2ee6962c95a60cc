package incident

import (
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/strictyaml"
)

// reader reads the values of an incident file.
type reader struct{ *strictyaml.Reader }

// str reads a scalar that is text and not blank. Lines may break.
func (r *reader) str(n ast.Node, what string) (string, bool) {
	s, ok := r.Scalar(n, what)
	if !ok {
		return "", false
	}
	s = strings.TrimSpace(s)
	if s == "" {
		r.Fail(n, "%s is empty", what)
		return "", false
	}
	if strings.ContainsFunc(s, hidden) {
		r.Fail(n, "%s holds a control character", what)
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
		r.Fail(n, "%s must be a number", what)
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
	r.Fail(n, "%s must be between 1 and %d", what, maxCount)
	return 0
}

// maxCount is more people than there are.
const maxCount = 20_000_000_000
