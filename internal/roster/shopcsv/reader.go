package shopcsv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Limits used where [Options] says nothing.
const (
	DefaultMaxField = 1 << 20 // bytes; the longest text field of a shop holds some kilobytes
	DefaultMaxLine  = 4 << 20 // bytes
)

// Options of a [Reader]; the zero value is right for any export.
type Options struct {
	Encoding Encoding // Auto: detected
	MaxField int      // most bytes of one field; 0 is DefaultMaxField
	MaxLine  int      // most bytes of one record with the line breaks in it; 0 is DefaultMaxLine
}

// Record is one row of a file.
type Record struct {
	Line int // the line in the file on which it starts; the header is line 1
	// Fields are decoded, as many as the header has, and belong to the caller.
	// They share one allocation of the whole record: strings.Clone a field that
	// is kept while the others are not.
	Fields []string
}

// Reader reads the records of one file in order. It is for one goroutine.
type Reader struct {
	src     *source
	o       Options
	text    decoder
	header  []string
	err     error // what Header and Next answer from now on
	crlf    bool
	fields  []span // scratch
	ways    ways   // scratch
	php     bool   // some record could only be read by fputcsv's rules
	rfc     bool   // some record could only be read by the ordinary rule
	started bool
}

// NewReader reads r from its beginning; nothing is read before the first call.
func NewReader(r io.Reader, o Options) *Reader {
	if o.MaxField <= 0 {
		o.MaxField = DefaultMaxField
	}
	if o.MaxLine <= 0 {
		o.MaxLine = max(DefaultMaxLine, 4*o.MaxField)
	}
	return &Reader{src: newSource(r, o.MaxLine), o: o}
}

// Encoding is the encoding in use, known once the header was read.
func (r *Reader) Encoding() Encoding { return r.o.Encoding }

// Unterminated tells, once [Reader.Next] has answered io.EOF, whether the file ends
// without a line end: then nobody can say that its last record, or its header, is
// whole. Shop systems end every record with one.
func (r *Reader) Unterminated() bool { return r.err == io.EOF && r.src.last != '\n' }

// Header returns the names of the columns as they are written. Its errors end
// reading: the sentinels of this package, or a failure to read, wrapped.
func (r *Reader) Header() ([]string, error) {
	if !r.start() {
		return nil, r.err
	}
	return slices.Clone(r.header), nil
}

// start reads the header, once.
func (r *Reader) start() bool {
	if !r.started {
		r.started = true
		if r.header, r.err = r.readHeader(); r.err != nil {
			r.err = fmt.Errorf("reading the header: %w", r.err)
		}
	}
	return r.header != nil
}

func (r *Reader) readHeader() ([]string, error) {
	r.src.fill()
	if r.src.err != nil {
		return nil, r.src.err
	}
	if err := r.decide(); err != nil {
		return nil, err
	}
	for {
		b, eof := r.src.window(), r.src.eof
		fields, size, o := anyColumns(b, eof)
		switch {
		case o == done:
			r.crlf = size >= 2 && b[size-2] == '\r'
			names, reason := r.text.decode(nil, b[:size], fields, false, r.o.MaxField)
			if reason != "" {
				return nil, fmt.Errorf("%w: %s", ErrHeader, reason)
			}
			r.src.take(size)
			return names, nil
		case o == unfit && !bytes.Contains(b, []byte("\n")):
			return nil, fmt.Errorf("%w: its lines do not end in LF or CRLF", ErrHeader)
		case o == unfit:
			return nil, fmt.Errorf("%w: %s", ErrHeader, reasonQuotes)
		case !r.src.fill():
			return nil, fmt.Errorf("%w: %s", ErrHeader, reasonRecord(r.o.MaxLine))
		}
		if r.src.err != nil {
			return nil, r.src.err
		}
	}
}

// decide settles the encoding and steps over the byte order mark.
func (r *Reader) decide() error {
	head := r.src.window()
	found, err := Detect(head)
	switch {
	case errors.Is(err, ErrEncoding) && r.o.Encoding != Auto:
	case err != nil:
		return err
	case r.o.Encoding == Auto:
		r.o.Encoding = found
	}
	if len(head) >= 3 && string(head[:3]) == utf8Mark {
		if r.o.Encoding == CP932 {
			return fmt.Errorf("%w: it begins with the mark of UTF-8, but CP932 was asked for", ErrEncoding)
		}
		r.src.take(3)
	}
	r.text = newDecoder(r.o.Encoding)
	return nil
}

// Next returns the next record, a *RowError for one that cannot be read (reading
// goes on after it), or io.EOF. Any other error is final. Empty lines are skipped.
func (r *Reader) Next() (Record, error) {
	return r.Append(make([]string, 0, len(r.header)))
}

// Append is Next for a caller that holds many records at once: Fields is what was
// appended to fields, and shares its array.
func (r *Reader) Append(fields []string) (Record, error) {
	if !r.start() {
		return Record{}, r.err
	}
	for r.err == nil {
		b := r.src.window()
		switch {
		case len(b) > 0 && b[0] == '\n':
			r.src.take(1)
		case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
			r.src.take(2)
		case len(b) == 0 && r.src.eof:
			r.err = io.EOF
		case len(b) < 2 && r.src.fill():
			if r.src.err != nil {
				r.err = fmt.Errorf("reading line %d: %w", r.src.line, r.src.err)
			}
		default:
			return r.record(fields)
		}
	}
	return Record{}, r.err
}

// record reads the record at the start of the window, which is not empty.
func (r *Reader) record(fields []string) (Record, error) {
	for {
		found := r.read(r.src.window(), r.src.eof)
		if found.outcome == done {
			return r.finish(fields, found)
		}
		if found.outcome == unfit {
			return Record{}, r.reject(found.reason, found.size)
		}
		if !r.src.fill() {
			return Record{}, r.reject(reasonRecord(r.o.MaxLine), 0)
		}
		if r.src.err != nil {
			r.err = fmt.Errorf("reading line %d: %w", r.src.line, r.src.err)
			return Record{}, r.err
		}
	}
}

func (r *Reader) finish(fields []string, found reading) (Record, error) {
	line := r.src.line
	raw := r.src.window()[:found.size]
	from := len(fields)
	fields, reason := r.text.decode(fields, raw, found.fields, found.php, r.o.MaxField)
	if reason != "" {
		return Record{}, r.reject(reason, found.size)
	}
	r.src.take(found.size)
	return Record{Line: line, Fields: fields[from:len(fields):len(fields)]}, nil
}

// reject gives up size bytes, or the rest of the line if the record's end is not
// known.
func (r *Reader) reject(reason string, size int) error {
	e := &RowError{Line: r.src.line, Reason: reason}
	if size > 0 {
		r.src.take(size)
	} else {
		r.src.skipLine()
	}
	e.Last = max(e.Line, r.src.line-1)
	return e
}
