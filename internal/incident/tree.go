package incident

import (
	"bytes"
	"errors"
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
