package shopcsv

import "bytes"

// span is one field in the window: its raw bytes without the quotes around it.
type span struct {
	from, to int
	doubled  bool // holds quotes that may have to be undoubled
}

// outcome is how far a reading of one record came.
type outcome int

const (
	done  outcome = iota // read up to its end
	more                 // the window ends too early to tell
	unfit                // not readable by this rule
)

// rule says what a quote after a byte 0x5C is, inside a quoted field.
type rule int

const (
	ordinary rule = iota // nothing special, as in RFC 4180
	giveUp               // a reason to stop: up to there all rules read the same
	firstEnd             // the end of the field if a comma or line end follows, else text
)

// plain reads the record at the start of b in the one way a rule allows: a quote
// inside a quoted field is doubled, a field without quotes holds none.
//
// It returns the fields and the length of the record with its line end (LF or CRLF).
func plain(b []byte, eof bool, fields []span, r rule) ([]span, int, outcome) {
	at := 0
	for {
		var field span
		var next int
		var o outcome
		end := at
		for end < len(b) && !ends[b[end]] {
			end++
		}
		if end < len(b) && b[end] == ',' { // nearly every field
			fields = append(fields, span{from: at, to: end})
			at = end + 1
			continue
		}
		if at < len(b) && b[at] == '"' {
			field, next, o = plainQuoted(b, eof, at+1, r)
		} else {
			field, next, o = bare(b, eof, at, end)
		}
		if o != done {
			return fields, 0, o
		}
		fields = append(fields, field)
		size, last, o := separator(b, eof, next)
		if o != done {
			return fields, 0, o
		}
		if at = next + size; last {
			return fields, at, done
		}
	}
}

// ends are the bytes that end a field without quotes, or must not be in it.
var ends = [256]bool{',': true, '\n': true, '\r': true, '"': true}

// bare reads a field without quotes, of which to is the first byte in ends.
func bare(b []byte, eof bool, from, to int) (span, int, outcome) {
	switch {
	case to == len(b):
		return span{from: from, to: to}, to, missingUnless(eof)
	case b[to] == '"':
		return span{}, 0, unfit
	default:
		return span{from: from, to: to}, to, done
	}
}

// plainQuoted reads a quoted field whose content starts at from.
func plainQuoted(b []byte, eof bool, from int, r rule) (span, int, outcome) {
	field := span{from: from}
	for i := from; ; {
		k := bytes.IndexByte(b[i:], '"')
		if k < 0 {
			return span{}, 0, missing(eof)
		}
		i += k
		if i+1 == len(b) && !eof {
			return span{}, 0, more
		}
		field.to = i
		if r != ordinary && i > from && b[i-1] == '\\' {
			if r == giveUp {
				return span{}, 0, unfit
			}
			if _, _, o := separator(b, eof, i+1); o != unfit {
				return field, i + 1, o
			}
			field.doubled = true
			i++
			continue
		}
		if i+1 == len(b) || b[i+1] != '"' {
			return field, i + 1, done
		}
		field.doubled = true
		i += 2
	}
}

// separator looks at what follows a field: a comma, a line end or the end of the
// file, and tells whether the record ends there.
func separator(b []byte, eof bool, at int) (size int, last bool, o outcome) {
	switch {
	case at == len(b):
		return 0, true, missingUnless(eof)
	case b[at] == ',':
		return 1, false, done
	case b[at] == '\n':
		return 1, true, done
	case b[at] != '\r':
		return 0, false, unfit
	case at+1 == len(b):
		return 0, false, missing(eof)
	case b[at+1] == '\n':
		return 2, true, done
	default:
		return 0, false, unfit
	}
}

// missing is the outcome when a needed byte is not in the window.
func missing(eof bool) outcome {
	if eof {
		return unfit
	}
	return more
}

func missingUnless(eof bool) outcome {
	if eof {
		return done
	}
	return more
}
