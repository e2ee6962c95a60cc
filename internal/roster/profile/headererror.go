package profile

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels of this package. The errors that wrap them say what to do.
var (
	ErrHeader = errors.New("the columns of a file are not as expected")
	ErrHidden = errors.New("the export leaves rows out")
)

// HeaderError says what is wrong with the first line of one file, and what to do. It names
// columns as the profile knows them and never repeats the line itself: a file without a
// header would otherwise print a customer.
type HeaderError struct {
	File      string
	Role      Role
	Flag      string
	NoLayout  bool     // the profile does not know such a file
	Missing   []string // columns without which the file is of no use
	Hidden    []string // columns whose lack may be accepted
	Twice     []string // columns of which there are more than the profile can tell apart
	Never     []string // columns that a file of this role does not have
	LooksLike Role     // the file seems to be this one instead; empty otherwise
	UseFlag   string
	UseShop   string // the name of the built-in profile that knows the file better; empty otherwise
	Guide     string // command that prints how to export the file

	why map[string]string // what the lack of a column means, where the profile says it
}

func (e *HeaderError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): ", e.File, e.Flag)
	switch {
	case e.LooksLike != "":
		fmt.Fprintf(&b, "this looks like the %s file: pass it with %s; ", e.LooksLike, e.UseFlag)
	case e.NoLayout:
		fmt.Fprintf(&b, "the profile does not describe a %s file: describe it in a mapping file (--shop generic --mapping FILE), or --accept-missing %s; ", e.Role, e.Role)
	case len(e.Missing) > 0:
		fmt.Fprintf(&b, "no column %s; ", join(e.Missing, ", "))
		e.writeWhy(&b, e.Missing)
	case len(e.Never) > 0:
		fmt.Fprintf(&b, "a file with the column %s is no %s file; ", join(e.Never, ", "), e.Role)
	}
	if e.UseShop != "" {
		fmt.Fprintf(&b, "it looks like an export of another shop system: --shop %s; ", e.UseShop)
	}
	if len(e.Twice) > 0 {
		fmt.Fprintf(&b, "more than one column %s: keep the right one; ", join(e.Twice, ", "))
	}
	if len(e.Hidden) > 0 && e.LooksLike == "" {
		e.writeHidden(&b)
	}
	fmt.Fprintf(&b, "%s explains how to export it", e.Guide)
	return b.String()
}

func (e *HeaderError) writeHidden(b *strings.Builder) {
	fmt.Fprintf(b, "no column %s: the standard export hides rows or facts; ", join(e.Hidden, ", "))
	e.writeWhy(b, e.Hidden)
	b.WriteString("use the advanced export, or")
	for _, c := range e.Hidden {
		if strings.Contains(c, " ") {
			c = "'" + c + "'"
		}
		fmt.Fprintf(b, " --accept-missing %s", c)
	}
	b.WriteString("; ")
}

func (e *HeaderError) writeWhy(b *strings.Builder, columns []string) {
	for _, c := range columns {
		if why := e.why[c]; why != "" {
			fmt.Fprintf(b, "%s: %s; ", c, why)
		}
	}
}

// Unwrap lets errors.Is find ErrHeader.
func (e *HeaderError) Unwrap() error { return ErrHeader }

func join(words []string, with string) string { return strings.Join(words, with) }

// one is a single record of a role, for sentences.
func (r Role) one() string {
	switch r {
	case Deliveries:
		return "delivery"
	default:
		return strings.TrimSuffix(string(r), "s")
	}
}
