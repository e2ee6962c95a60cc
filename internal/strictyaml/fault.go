package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Error is one fault of a file. Err joins several; errors.As finds the first.
type Error struct {
	File    string
	Line    int // from 1; 0 when the fault has no place
	Column  int // from 1, in characters
	Message string
	Excerpt string // the line with its neighbour above and a caret under the column
}

// Error gives file:line:column, the message, and the excerpt on lines of its own.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s\n%s", e.File, e.Line, e.Column, e.Message, e.Excerpt)
}

// maxErrors bounds what one run reports: the first faults are usually the cause of
// the others.
const maxErrors = 20

// excerptWidth bounds a shown line, in characters.
const excerptWidth = 110

// excerpt shows line (from 1) of lines, with the one above and a caret under column.
func excerpt(lines []string, line, column int) string {
	if line < 1 || line > len(lines) {
		return ""
	}
	var b strings.Builder
	if line > 1 {
		above, _ := window(lines[line-2], column)
		fmt.Fprintf(&b, "  %4d | %s\n", line-1, above)
	}
	text, before := window(lines[line-1], column)
	fmt.Fprintf(&b, "> %4d | %s\n       | %s^", line, text, blank(before))
	return b.String()
}

// window cuts a long line around the column and returns what it shows and the part
// of it that stands before the column.
func window(s string, column int) (shown, before string) {
	runes := []rune(strings.TrimRight(s, "\r"))
	at := min(max(column-1, 0), len(runes))
	start := max(0, at-excerptWidth/2)
	end := min(len(runes), start+excerptWidth)
	lead := ""
	if start > 0 {
		lead = "…"
	}
	tail := ""
	if end < len(runes) {
		tail = "…"
	}
	shown = lead + string(runes[min(start, end):end]) + tail
	return shown, lead + string(runes[min(start, at):at])
}

// blank is as wide on a terminal as s is: Japanese characters take two cells.
func blank(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch k := width.LookupRune(r).Kind(); {
		case r == '\t':
			b.WriteByte('\t')
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// lineOf is the line and column (from 1) of a byte offset.
func lineOf(src []byte, offset int) (line, column int) {
	head := src[:min(offset, len(src))]
	line = 1 + strings.Count(string(head), "\n")
	start := strings.LastIndexByte(string(head), '\n') + 1
	return line, 1 + utf8.RuneCount(head[start:])
}
