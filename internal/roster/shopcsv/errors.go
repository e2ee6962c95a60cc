package shopcsv

import (
	"errors"
	"fmt"
)

// Errors that end reading: the file as a whole is not one this package reads.
var (
	ErrEmpty    = errors.New("the file is empty")
	ErrUTF16    = errors.New("the file is in UTF-16: export or save it as CSV in UTF-8 or Shift_JIS (CP932)")
	ErrWorkbook = errors.New("the file is an Excel workbook (or another archive), not a CSV file: save it as CSV")
	ErrEncoding = errors.New("the file is neither UTF-8 nor Shift_JIS (CP932)")
	ErrHeader   = errors.New("the header line cannot be read")
)

// RowError is a record that cannot be read, or cannot be read in one way only. It
// never holds anything of the record itself. Reading goes on after it.
type RowError struct {
	Line   int    // first line of the record in the file; the header is line 1
	Last   int    // last line that was given up with it; equal to Line mostly
	Reason string // one of a few sentences, lower case, with counts at most
}

func (e *RowError) Error() string {
	if e.Last > e.Line {
		return fmt.Sprintf("lines %d-%d: %s", e.Line, e.Last, e.Reason)
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Reasons of a RowError that hold no figures.
const (
	reasonQuotes    = "its quotes do not fit"
	reasonAmbiguous = "it can be read in more than one way (a quote after the byte 0x5C, then a comma or line end)"
	reasonCP932     = "a field holds bytes that are not Shift_JIS (CP932)"
	reasonUTF8      = "a field holds bytes that are not UTF-8"
	reasonMixed     = "it is in UTF-8 while the file is in Shift_JIS (CP932)"
	reasonLost      = "a field holds U+FFFD: a character was lost before this file was written"
	reasonNUL       = "a field holds a NUL byte"
)

func reasonColumns(got, want int) string {
	return fmt.Sprintf("it has %d columns, the header has %d", got, want)
}

func reasonField(limit int) string {
	return fmt.Sprintf("a field is longer than %d bytes", limit)
}

func reasonRecord(limit int) string {
	return fmt.Sprintf("it does not end within %d bytes", limit)
}
