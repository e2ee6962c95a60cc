package shopcsv

import (
	"bytes"
	"io"
)

// firstWindow is how much is read at first: some hundred records, and enough to
// find the next quote of a usual file without reading more.
const firstWindow = 256 << 10

// source is a sliding window over the file. The record being read starts at the
// window's start; the window grows up to a limit and never beyond.
type source struct {
	r     io.Reader
	buf   []byte
	start int
	end   int
	limit int  // most bytes of one record
	line  int  // line number of the window's start, from 1
	last  byte // the last byte taken; a line end before the first
	eof   bool
	err   error // what ended reading, other than io.EOF
}

func newSource(r io.Reader, limit int) *source {
	return &source{r: r, buf: make([]byte, min(firstWindow, limit)), limit: limit, line: 1, last: '\n'}
}

func (s *source) window() []byte { return s.buf[s.start:s.end] }

// fill reads more behind the window. It reports false when there is nothing to be
// had: at the end of the file, after a failure, or with the window at its limit.
func (s *source) fill() bool {
	if s.eof || s.err != nil || s.end-s.start >= s.limit {
		return false
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.window())
		s.start = 0
	}
	if s.end == len(s.buf) {
		grown := make([]byte, min(2*len(s.buf), s.limit))
		copy(grown, s.buf[:s.end])
		s.buf = grown
	}
	n, err := io.ReadFull(s.r, s.buf[s.end:])
	s.end += n
	switch err {
	case nil:
	case io.EOF, io.ErrUnexpectedEOF:
		s.eof = true
	default:
		s.err = err
	}
	return true
}

// take consumes n bytes and counts their lines.
func (s *source) take(n int) {
	if n == 0 {
		return
	}
	s.last = s.buf[s.start+n-1]
	s.line += bytes.Count(s.buf[s.start:s.start+n], []byte("\n"))
	s.start += n
}

// skipLine consumes up to and including the next line end, in bounded memory.
func (s *source) skipLine() {
	for {
		if i := bytes.IndexByte(s.window(), '\n'); i >= 0 {
			s.take(i + 1)
			return
		}
		s.take(len(s.window()))
		if !s.fill() {
			return
		}
	}
}
