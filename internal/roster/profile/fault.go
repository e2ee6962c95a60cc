package profile

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/width"
)

// Error is one fault of a mapping file. Parse joins several; errors.As finds the first.
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

// ErrMapping is wrapped by every error of Parse.
var ErrMapping = errors.New("the mapping file has mistakes")

// mostErrors bounds what one run reports: the first faults are usually the cause of the
// others.
const mostErrors = 20

func joined(errs []*Error) error {
	list := []error{ErrMapping}
	for i, e := range errs {
		if i == mostErrors {
			break
		}
		list = append(list, e)
	}
	return errors.Join(list...)
}

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

// window cuts a long line around the column and returns what it shows and the part of it
// that stands before the column.
func window(s string, column int) (shown, before string) {
	runes := []rune(strings.TrimRight(s, "\r"))
	at := min(max(column-1, 0), len(runes))
	start := max(0, at-excerptWidth/2)
	end := min(len(runes), start+excerptWidth)
	lead, tail := "", ""
	if start > 0 {
		lead = "…"
	}
	if end < len(runes) {
		tail = "…"
	}
	return lead + string(runes[start:end]) + tail, lead + string(runes[start:at])
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
