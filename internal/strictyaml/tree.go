package strictyaml

import (
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxBytes bounds a file. The largest that are known, whole cases in three languages,
// take about 40 KiB.
const MaxBytes = 1 << 20

// maxDepth bounds nesting on one line and inside brackets, because the parser's time
// grows with its square. No file that is read here needs more than seven levels.
const maxDepth = 32

// Tree is the root of the file; false when it cannot be read, and then Err says why.
func (r *Reader) Tree() (ast.Node, bool) {
	if len(r.src) > MaxBytes {
		r.Nowhere("the file has %d bytes; at most %d are read", len(r.src), MaxBytes)
		return nil, false
	}
	if i := foreign(r.src); i >= 0 {
		line, column := lineOf(r.src, i)
		r.At(line, column, "this is not UTF-8 text: save the file as UTF-8")
		return nil, false
	}
	tokens := lexer.Tokenize(string(r.src))
	if !r.plain(tokens) {
		return nil, false
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		r.syntax(err)
		return nil, false
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.Nowhere("the file is empty")
		return nil, false
	}
	return file.Docs[0].Body, true
}

// foreign is where the first byte stands that is no text, or -1.
func foreign(src []byte) int {
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		if c == utf8.RuneError && n <= 1 || c == 0 {
			return i
		}
		i += n
	}
	return -1
}

// plain walks the tokens and refuses constructs by which a file could say something
// else than it seems to, and depth that only an attack has.
func (r *Reader) plain(tokens token.Tokens) bool {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			r.Token(t, "anchors and aliases are not used in %s: write the text out, in quotes if it begins with & or *", r.form.Name)
			return false
		case token.TagType, token.DirectiveType, token.MappingKeyType:
			r.Token(t, "%q is not used in %s", t.Value, r.form.Name)
			return false
		case token.DocumentHeaderType, token.DocumentEndType:
			r.Token(t, "%s is one document: %q does not belong here", r.form.Name, t.Value)
			return false
		case token.SequenceEntryType:
			entries++
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > maxDepth || entries > maxDepth {
			r.Token(t, "nested too deeply")
			return false
		}
	}
	return true
}

// syntax turns an error of the YAML library into ours.
func (r *Reader) syntax(err error) {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil || y.GetToken().Position == nil {
		r.Nowhere("not readable as YAML")
		return
	}
	r.Token(y.GetToken(), "%s", y.GetMessage())
}
