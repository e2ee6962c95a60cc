package shopcsv

import (
	"bytes"
	"unicode/utf8"
)

// decoder turns the raw fields of one record into text. It keeps its scratch space.
type decoder struct {
	encoding Encoding
	pairs    *cp932Table
	raw      []byte // one field, undoubled
	text     []byte // the whole record, decoded
	ends     []int  // of the fields in text
}

func newDecoder(e Encoding) decoder {
	d := decoder{encoding: e}
	if e == CP932 {
		d.pairs = cp932()
	}
	return d
}

// decode appends the fields of a record to list, or says why it cannot.
func (d *decoder) decode(list []string, record []byte, fields []span, php bool, maxField int) ([]string, string) {
	plain := ascii(record)
	if !plain && d.encoding == CP932 && looksUTF8(record) {
		return nil, reasonMixed
	}
	if bytes.IndexByte(record, 0) >= 0 {
		return nil, reasonNUL
	}
	if plain || d.encoding == UTF8 {
		if reason := lossless(record, plain); reason != "" {
			return nil, reason
		}
		return d.cut(list, record, fields, php, maxField)
	}
	d.text, d.ends = d.text[:0], d.ends[:0]
	for _, f := range fields {
		raw := d.single(record, f, php)
		from := len(d.text)
		var ok bool
		if d.text, ok = d.pairs.append(d.text, raw); !ok {
			return nil, reasonCP932
		}
		if len(d.text)-from > maxField {
			return nil, reasonField(maxField)
		}
		d.ends = append(d.ends, len(d.text))
	}
	return d.split(list), ""
}

// lossless says what is wrong with a record in UTF-8.
func lossless(record []byte, plain bool) string {
	switch {
	case plain:
		return ""
	case !utf8.Valid(record):
		return reasonUTF8
	case bytes.Contains(record, []byte(replaced)):
		return reasonLost
	default:
		return ""
	}
}

// cut takes the fields out of a record that needs no decoding.
func (d *decoder) cut(list []string, record []byte, fields []span, php bool, maxField int) ([]string, string) {
	text := string(record)
	for _, f := range fields {
		field := text[f.from:f.to]
		if f.doubled {
			field = string(d.single(record, f, php))
		}
		if len(field) > maxField {
			return nil, reasonField(maxField)
		}
		list = append(list, field)
	}
	return list, ""
}

// single returns the bytes of a field with its doubled quotes made single.
func (d *decoder) single(record []byte, f span, php bool) []byte {
	raw := record[f.from:f.to]
	if f.doubled {
		d.raw = undouble(d.raw[:0], raw, php)
		raw = d.raw
	}
	return raw
}

func (d *decoder) split(list []string) []string {
	text := string(d.text)
	from := 0
	for _, to := range d.ends {
		list = append(list, text[from:to])
		from = to
	}
	return list
}

// undouble writes raw with its doubled quotes made single. By PHP's rule a quote
// after 0x5C was never doubled.
func undouble(dst, raw []byte, php bool) []byte {
	for i := 0; i < len(raw); i++ {
		dst = append(dst, raw[i])
		if raw[i] == '"' && (!php || i == 0 || raw[i-1] != '\\') {
			i++
		}
	}
	return dst
}
