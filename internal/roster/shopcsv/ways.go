package shopcsv

import "bytes"

// ways finds every reading of one record by fputcsv's rules. Those are: a field is
// quoted if and only if it holds a quote, comma, space, TAB, CR, LF or 0x5C; inside,
// a quote is doubled unless the byte before it is 0x5C. So a quote after 0x5C may be
// text or the end of the field, and only the rest of the record can tell.
//
// All readings are followed at once, byte by byte, and those that are in the same
// state are counted together: the time is linear in the bytes whatever they hold.
type ways struct {
	b        []byte
	eof      bool
	crlf     bool // what ends a record of this file
	columns  int
	maxField int

	found  int     // readings of the whole record, 2 for several
	last   int     // the last field of the first one, in trails
	far    int     // the end of the longest one
	now    []state // readings under way
	then   []state // readings after the current byte
	slot   []int   // where in then a state is, plus one; by key
	alone  bool    // there is one reading: what becomes of it never meets another in slot
	trails []trail // fields read, shared by the readings
}

// mode is where in a field a reading is.
type mode int

const (
	atStart  mode = iota // before the first byte of a field
	inBare               // in a field without quotes
	inPlain              // in a quoted field that so far did not need its quotes
	inQuoted             // in a quoted field
	atFirst              // after a quote in a field that so far did not need its quotes
	atQuote              // after a quote that is doubled or the end, as the next byte says
	atEnd                // after the closing quote
	atReturn             // after the CR of a line end
	modes    = int(iota)

	notCounted = 0
)

// state is one reading under way, or several that differ only in the past.
type state struct {
	mode   mode
	column int
	from   int // start of the field's content
	to     int // its end, once known
	ways   int // at most 2
	past   int // the field before, in trails
}

// trail is the fields of a reading, last one first.
type trail struct {
	from, to int
	before   int
}

// noTrail ends a list of fields; the first trail is never used.
const noTrail = 0

// search follows all readings to their ends. It reports more if the window must
// grow to tell.
func (w *ways) search() outcome {
	w.found, w.far = 0, 0
	w.trails = append(w.trails[:0], trail{})
	w.now, w.then = append(w.now[:0], state{ways: 1}), w.then[:0]
	if w.slot == nil {
		w.slot = make([]int, w.columns*modes)
	}
	for i := 0; len(w.now) > 0; i++ {
		i = w.skip(i)
		if i >= len(w.b) {
			return w.finish()
		}
		w.alone = len(w.now) == 1
		for _, s := range w.now {
			w.step(s, i)
		}
		w.now, w.then = w.then, w.now[:0]
		if w.alone {
			continue
		}
		for _, s := range w.now {
			w.slot[s.key()] = notCounted
		}
	}
	return done
}

// skip jumps over bytes that mean nothing to any reading: up to the next quote while
// all are inside quoted fields, up to the next byte that needs quotes for a single one
// in a field that so far needs none.
func (w *ways) skip(i int) int {
	if m := w.now[0].mode; len(w.now) == 1 && (m == inBare || m == inPlain) {
		for i < len(w.b) && !needsQuotes[w.b[i]] {
			i++
		}
		return i
	}
	for _, s := range w.now {
		if s.mode != inQuoted {
			return i
		}
	}
	k := bytes.IndexByte(w.b[min(i, len(w.b)):], '"')
	if k < 0 {
		return len(w.b)
	}
	return i + k
}

// add remembers the field that s has just read.
func (w *ways) add(s state) int {
	w.trails = append(w.trails, trail{s.from, s.to, s.past})
	return len(w.trails) - 1
}

func (s state) key() int { return s.column*modes + int(s.mode) }

// step takes one reading over the byte at i.
func (w *ways) step(s state, i int) {
	c := w.b[i]
	switch s.mode {
	case atStart:
		s.from = i
		if c == '"' {
			s.from++
			w.keep(s, inPlain)
			return
		}
		w.step(s.in(inBare), i)
	case inBare:
		switch c {
		case ',', '\r', '\n':
			s.to = i
			w.close(s, i)
		case '"', ' ', '\t', '\\':
		default:
			w.keep(s, inBare)
		}
	case inPlain, inQuoted:
		w.quoted(s, i)
	case atFirst:
		// Doubled, or the field would be quoted for nothing.
		if c == '"' {
			w.keep(s, inQuoted)
		}
	case atQuote:
		if c == '"' {
			w.keep(s, inQuoted)
			return
		}
		w.close(s, i)
	case atEnd:
		w.close(s, i)
	case atReturn:
		if c == '\n' {
			w.complete(s, i+1)
		}
	}
}

func (w *ways) quoted(s state, i int) {
	switch c := w.b[i]; {
	case i-s.from > 2*w.maxField: // twice: quotes in it are doubled
	case c == '"' && w.b[i-1] == '\\' && i > s.from:
		w.keep(s, inQuoted)
		s.to = i
		w.keep(s, atEnd)
	case c == '"' && s.mode == inPlain:
		w.keep(s, atFirst)
	case c == '"':
		s.to = i
		w.keep(s, atQuote)
	case s.mode == inPlain && needsQuotes[c]:
		w.keep(s, inQuoted)
	default:
		w.keep(s, s.mode)
	}
}

// close ends the field of s at the byte after it.
func (w *ways) close(s state, i int) {
	switch c := w.b[i]; {
	case c == ',' && s.column+1 < w.columns:
		s.past = w.add(s)
		s.column++
		w.keep(s, atStart)
	case c == '\r' && w.crlf:
		w.keep(s, atReturn)
	case c == '\n' && !w.crlf:
		w.complete(s, i+1)
	}
}

func (w *ways) complete(s state, next int) {
	if s.column+1 != w.columns {
		return
	}
	if w.found == 0 {
		w.last = w.add(s)
	}
	w.found = min(w.found+s.ways, 2)
	w.far = max(w.far, next)
}

func (s state) in(m mode) state {
	s.mode = m
	return s
}

// keep goes on with s in mode m, together with another reading in the same state.
func (w *ways) keep(s state, m mode) {
	s.mode = m
	if w.alone {
		w.then = append(w.then, s)
		return
	}
	at := &w.slot[s.key()]
	if *at == notCounted {
		w.then = append(w.then, s)
		*at = len(w.then)
		return
	}
	other := &w.then[*at-1]
	other.ways = 2
	// The younger field decides when the two are too long to be true.
	other.from = max(other.from, s.from)
}

// finish deals with the readings that reach the end of the window.
func (w *ways) finish() outcome {
	n := len(w.b)
	for _, s := range w.now {
		switch {
		case (s.mode == inQuoted || s.mode == inPlain) && n-s.from > 2*w.maxField:
		case !w.eof:
			return more
		case s.mode == atStart:
			s.from, s.to = n, n
			w.complete(s, n)
		case s.mode == inBare:
			s.to = n
			w.complete(s, n)
		case s.mode == atQuote, s.mode == atEnd:
			w.complete(s, n)
		}
	}
	return done
}

// fields lists the fields of the first reading found.
func (w *ways) fields() []span {
	list := make([]span, w.columns)
	for i, at := len(list)-1, w.last; at != noTrail; i-- {
		t := w.trails[at]
		list[i] = span{t.from, t.to, bytes.IndexByte(w.b[t.from:t.to], '"') >= 0}
		at = t.before
	}
	return list
}

// needsQuotes are the bytes because of which fputcsv puts quotes around a field.
var needsQuotes = [256]bool{'"': true, ',': true, ' ': true, '\t': true, '\r': true, '\n': true, '\\': true}
