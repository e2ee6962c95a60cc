package shopgen

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// Encodings of a written file.
const (
	CP932   = "cp932"
	UTF8    = "utf-8"
	UTF8BOM = "utf-8-bom"
)

// Quoting is how a shop system puts fields into quotes.
type Quoting int

const (
	// FPutCSV is PHP's fputcsv applied to encoded bytes (EC-CUBE 2.13 and later, 3 and
	// 4). A byte 0x5C, in CP932 the second half of 表, ソ or 能, counts as an escape
	// character: it alone makes a field quoted, and a quote after it is not doubled. A
	// record may therefore be impossible to read back; that is the point.
	FPutCSV Quoting = iota
	// RFC4180 doubles every quote, before the text is encoded (EC-CUBE 2.4 to 2.12, and
	// everybody else).
	RFC4180
)

// Style is the outward form of a file.
type Style struct {
	Encoding string // CP932, UTF8 or UTF8BOM
	LineEnd  string
	Quoting  Quoting
}

// ExportWriter writes rows byte for byte as a shop system exports them.
type ExportWriter struct {
	w     *bufio.Writer
	style Style
	codes *codePage // nil: UTF-8
	begun bool
	err   error
}

// NewExportWriter writes to w as EC-CUBE 2.13 and later do, in CP932, with the line end
// of a shop system: CRLF for EC-CUBE 2, LF for EC-CUBE 3 and 4.
func NewExportWriter(w io.Writer, lineEnd string) *ExportWriter {
	return NewWriter(w, Style{Encoding: CP932, LineEnd: lineEnd})
}

// NewWriter writes to w in any style. An encoding it does not know is an error of the
// first Write.
func NewWriter(w io.Writer, style Style) *ExportWriter {
	e := &ExportWriter{w: bufio.NewWriter(w), style: style}
	switch style.Encoding {
	case CP932:
		e.codes = newCodePage()
	case UTF8, UTF8BOM:
	default:
		e.err = fmt.Errorf("no encoding %q", style.Encoding)
	}
	return e
}

// Write writes one record. A character outside CP932 becomes a question mark, as in
// the shop. The first error stays and is returned by every later call.
func (e *ExportWriter) Write(fields ...string) error {
	if !e.begun && e.style.Encoding == UTF8BOM {
		e.put("\ufeff")
	}
	e.begun = true
	for i, f := range fields {
		if i > 0 {
			e.put(",")
		}
		e.put(e.field(f))
	}
	e.put(e.style.LineEnd)
	return e.err
}

func (e *ExportWriter) field(f string) string {
	if e.style.Quoting == RFC4180 {
		return e.encode(rfc4180(f))
	}
	return fputcsv(e.encode(f))
}

func (e *ExportWriter) encode(s string) string {
	if e.codes == nil {
		return s
	}
	return e.codes.encode(s)
}

// Flush writes what is buffered.
func (e *ExportWriter) Flush() error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

func (e *ExportWriter) put(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

// codePage encodes text in CP932 as PHP does.
type codePage struct {
	text  *encoding.Encoder
	codes map[rune]string   // bytes of the characters met so far
	ibm   map[string]string // by the code x/text prefers
}

func newCodePage() *codePage {
	return &codePage{text: japanese.ShiftJIS.NewEncoder(), codes: map[rune]string{}, ibm: ibmCodes()}
}

// shopForm maps characters as PHP's converter does: to a look-alike that CP932 has.
func shopForm(r rune) rune {
	switch r {
	case '−':
		return '－'
	case '〜':
		return '～'
	case '—':
		return '―'
	case '‖':
		return '∥'
	default:
		return r
	}
}

func (c *codePage) encode(s string) string {
	if plain(s) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			out.WriteByte(byte(r))
			continue
		}
		code, known := c.codes[r]
		if !known {
			code = c.code(r)
			c.codes[r] = code
		}
		out.WriteString(code)
	}
	return out.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (c *codePage) code(r rune) string {
	b, err := c.text.String(string(shopForm(r)))
	if err != nil {
		return "?"
	}
	if code, ok := c.ibm[b]; ok {
		return code
	}
	return b
}

// ibmCodes maps NEC's codes of some kanji (髙, 﨑, 濵 and others stand twice in CP932)
// to IBM's, which PHP writes and x/text does not.
func ibmCodes() map[string]string {
	codes := map[string]string{}
	dec, enc := japanese.ShiftJIS.NewDecoder(), japanese.ShiftJIS.NewEncoder()
	for lead := byte(0xFA); lead <= 0xFC; lead++ {
		for trail := byte(0x40); trail <= 0xFC; trail++ {
			ibm := string([]byte{lead, trail})
			kanji, err := dec.String(ibm)
			if err != nil || utf8.RuneCountInString(kanji) != 1 {
				continue
			}
			if nec, err := enc.String(kanji); err == nil && nec[0] >= 0xED && nec[0] <= 0xEE {
				codes[nec] = ibm
			}
		}
	}
	return codes
}

// fputcsv encloses one field as PHP does.
func fputcsv(raw string) string {
	if !strings.ContainsAny(raw, "\",\\\n\r\t ") {
		return raw
	}
	var out strings.Builder
	out.WriteByte('"')
	escaped := false
	for i := range len(raw) {
		switch c := raw[i]; {
		case c == '\\':
			escaped = true
		case c == '"' && !escaped:
			out.WriteByte('"')
		default:
			escaped = false
		}
		out.WriteByte(raw[i])
	}
	out.WriteByte('"')
	return out.String()
}

func rfc4180(s string) string {
	if !strings.ContainsAny(s, "\",\n\r\t ") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
