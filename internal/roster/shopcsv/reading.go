package shopcsv

import "slices"

// reading is the decision about one record.
type reading struct {
	outcome outcome
	fields  []span
	size    int    // bytes to take; 0 with unfit: the end is not known
	php     bool   // by fputcsv's rules
	reason  string // with unfit
}

// read decides how the record at the start of b is read. Nearly all records hold no
// quote after a 0x5C byte, and are the same by every rule.
func (r *Reader) read(b []byte, eof bool) reading {
	fields, size, o := plain(b, eof, r.fields[:0], giveUp)
	r.fields = fields
	switch {
	case o == more:
		return reading{outcome: more}
	case o == unfit:
		return r.untangle(b, eof)
	case len(fields) != len(r.header):
		return reading{outcome: unfit, size: size, reason: reasonColumns(len(fields), len(r.header))}
	default:
		return reading{outcome: done, fields: fields, size: size}
	}
}

// untangle reads a record by fputcsv's rules and by the ordinary one, and accepts it
// if there is exactly one way in all. Records that are readable by one rule only
// show which rule the file was written by; that decides where both would do.
func (r *Reader) untangle(b []byte, eof bool) reading {
	w := &r.ways
	w.b, w.eof, w.crlf, w.columns, w.maxField = b, eof, r.crlf, len(r.header), r.o.MaxField
	if w.search() == more {
		return reading{outcome: more}
	}
	byPHP := reading{outcome: done, size: w.far, php: true}
	if w.found > 0 {
		byPHP.fields = w.fields()
	}
	if w.found == 1 && r.php && !r.rfc {
		return byPHP
	}
	fields, size, o := plain(b, eof, nil, ordinary)
	if o == more {
		return reading{outcome: more}
	}
	byRFC := reading{outcome: done, fields: fields, size: size}
	fits := o == done && len(fields) == len(r.header)
	switch {
	case w.found == 0 && !fits:
		return r.misfit(b, eof, byRFC, o)
	case w.found == 0:
		r.rfc = true
		return byRFC
	case w.found == 1 && !fits:
		r.php = true
		return byPHP
	case w.found == 1 && slices.Equal(byPHP.fields, fields):
		return byPHP
	case r.rfc && !r.php:
		return byRFC
	default:
		// Whoever wrote the text may have chosen it so that a part of it reads as
		// a record of its own: nothing up to the furthest end is returned.
		return reading{outcome: unfit, size: max(w.far, size), reason: reasonAmbiguous}
	}
}

// misfit says what is wrong with a record that no rule reads, and where it ends if
// that can be told.
func (r *Reader) misfit(b []byte, eof bool, byRFC reading, o outcome) reading {
	if fields, size, first := plain(b, eof, nil, firstEnd); first == done {
		return reading{outcome: unfit, size: size, reason: reasonColumns(len(fields), len(r.header))}
	}
	if o == done {
		return reading{outcome: unfit, size: byRFC.size, reason: reasonColumns(len(byRFC.fields), len(r.header))}
	}
	return reading{outcome: unfit, reason: reasonQuotes}
}

// anyColumns reads a record whose number of columns is not known: the header. No
// shop names a column with a quote and a comma in it, so a field ends where it can.
func anyColumns(b []byte, eof bool) ([]span, int, outcome) {
	fields, size, o := plain(b, eof, nil, firstEnd)
	if o == unfit {
		return plain(b, eof, nil, ordinary)
	}
	return fields, size, o
}
