package profile

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxBytes bounds a mapping file. The largest built-in one has 20 KiB.
	maxBytes = 1 << 20
	// maxDepth bounds nesting on one line and inside brackets, because the parser's time
	// grows with its square. The format needs seven levels.
	maxDepth = 32
)

// tree turns the bytes of a file into one YAML mapping, refusing whatever a mapping file has
// no use for.
func (r *reader) tree(src []byte) (ast.Node, bool) {
	if len(src) > maxBytes {
		r.nowhere("the file has %d bytes; at most %d are read", len(src), maxBytes)
		return nil, false
	}
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		line, column := firstForeign(src)
		r.at(line, column, "this is not UTF-8 text: save the mapping file as UTF-8")
		return nil, false
	}
	tokens := lexer.Tokenize(string(bytes.TrimPrefix(src, []byte("\ufeff"))))
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

// firstForeign is the line and column, from 1, of the first byte that is no text.
func firstForeign(src []byte) (line, column int) {
	line, column = 1, 1
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		switch {
		case c == utf8.RuneError && n <= 1, c == 0:
			return line, column
		case c == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		i += n
	}
	return line, column
}

// plain walks the tokens and refuses constructs by which a file could say something else than
// it seems to, and depth that only an attack has.
func (r *reader) plain(tokens token.Tokens) bool {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			r.token(t, "anchors and aliases are not used in mapping files: write the text out, in quotes if it begins with & or *")
			return false
		case token.TagType, token.DirectiveType, token.MappingKeyType:
			r.token(t, "%q is not used in mapping files", t.Value)
			return false
		case token.DocumentHeaderType, token.DocumentEndType:
			r.token(t, "a mapping file is one document: %q does not belong here", t.Value)
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
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil || y.GetToken().Position == nil {
		r.nowhere("not readable as YAML")
		return
	}
	r.token(y.GetToken(), "%s", y.GetMessage())
}
