package demo

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// ExportWriter writes rows byte for byte as EC-CUBE 2.13 and later exports them:
// in CP932, with PHP's fputcsv applied after the conversion. So a byte 0x5C, the
// second half of 表, ソ or 能, counts as an escape character: it alone makes a field
// quoted, and a quote after it is not doubled. A record may therefore be impossible
// to read back; that is the point.
type ExportWriter struct {
	w       *bufio.Writer
	lineEnd string
	text    *encoding.Encoder
	codes   map[rune]string   // bytes of the characters met so far
	ibm     map[string]string // by the code x/text prefers
	err     error
}

// NewExportWriter writes to w with the line end of a shop system: CRLF for EC-CUBE
// 2, LF for EC-CUBE 3 and 4.
func NewExportWriter(w io.Writer, lineEnd string) *ExportWriter {
	return &ExportWriter{
		w: bufio.NewWriter(w), lineEnd: lineEnd, text: japanese.ShiftJIS.NewEncoder(),
		codes: map[rune]string{}, ibm: ibmCodes(),
	}
}

// Write writes one record. A character outside CP932 becomes a question mark, as in
// the shop. The first error stays and is returned by every later call.
func (e *ExportWriter) Write(fields ...string) error {
	for i, f := range fields {
		if i > 0 {
			e.put(",")
		}
		e.put(fputcsv(e.cp932(f)))
	}
	e.put(e.lineEnd)
	return e.err
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

// shopForms are characters that PHP's converter maps to a look-alike of CP932.
var shopForms = strings.NewReplacer("−", "－", "〜", "～", "—", "―", "‖", "∥")

func (e *ExportWriter) cp932(s string) string {
	var out strings.Builder
	for _, r := range shopForms.Replace(s) {
		if r < utf8.RuneSelf {
			out.WriteByte(byte(r))
			continue
		}
		code, known := e.codes[r]
		if !known {
			code = e.code(r)
			e.codes[r] = code
		}
		out.WriteString(code)
	}
	return out.String()
}

func (e *ExportWriter) code(r rune) string {
	b, err := e.text.String(string(r))
	if err != nil {
		return "?"
	}
	if code, ok := e.ibm[b]; ok {
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
