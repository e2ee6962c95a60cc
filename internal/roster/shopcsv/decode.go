package shopcsv

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// decoder turns the raw fields of one record into text. It keeps its scratch space.
type decoder struct {
	encoding Encoding
	cp932    *encoding.Decoder
	raw      []byte // one field, undoubled
	text     []byte // the whole record, decoded
	ends     []int  // of the fields in text
}

func newDecoder(e Encoding) decoder {
	return decoder{encoding: e, cp932: japanese.ShiftJIS.NewDecoder()}
}

// decode returns the fields of a record, or why it cannot.
func (d *decoder) decode(record []byte, fields []span, php bool, maxField int) ([]string, string) {
	plain := ascii(record)
	if !plain && d.encoding == CP932 && looksUTF8(record) {
		return nil, reasonMixed
	}
	if bytes.IndexByte(record, 0) >= 0 {
		return nil, reasonNUL
	}
	d.text, d.ends = d.text[:0], d.ends[:0]
	for _, f := range fields {
		raw := record[f.from:f.to]
		if f.doubled {
			d.raw = undouble(d.raw[:0], raw, php)
			raw = d.raw
		}
		from := len(d.text)
		if reason := d.append(raw, plain); reason != "" {
			return nil, reason
		}
		if len(d.text)-from > maxField {
			return nil, reasonField(maxField)
		}
		d.ends = append(d.ends, len(d.text))
	}
	return d.split(), ""
}

func (d *decoder) append(raw []byte, plain bool) string {
	switch {
	case plain || ascii(raw):
		d.text = append(d.text, raw...)
	case d.encoding == CP932:
		var ok bool
		if d.text, ok = appendCP932(d.text, raw, d.cp932); !ok {
			return reasonCP932
		}
	case !utf8.Valid(raw):
		return reasonUTF8
	case bytes.Contains(raw, []byte(replaced)):
		return reasonLost
	default:
		d.text = append(d.text, raw...)
	}
	return ""
}

func (d *decoder) split() []string {
	text := string(d.text)
	list := make([]string, len(d.ends))
	from := 0
	for i, to := range d.ends {
		list[i] = text[from:to]
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
