package shopcsv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Encoding is how a file's text is encoded.
type Encoding int

// The encodings of shop exports. Auto decides from the bytes, see [Detect].
const (
	Auto  Encoding = iota
	UTF8           // with or without a byte order mark
	CP932          // Microsoft's Shift_JIS, PHP's SJIS-win
)

func (e Encoding) String() string {
	switch e {
	case UTF8:
		return "UTF-8"
	case CP932:
		return "CP932"
	default:
		return "auto"
	}
}

// ParseEncoding reads the name of an encoding as people write it.
func ParseEncoding(name string) (Encoding, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "", "auto":
		return Auto, nil
	case "utf8":
		return UTF8, nil
	case "cp932", "sjis", "sjiswin", "shiftjis", "windows31j":
		return CP932, nil
	default:
		return Auto, fmt.Errorf("encoding %q: want auto, utf-8 or cp932", name)
	}
}

const (
	utf8Mark  = "\xEF\xBB\xBF"
	zipMagic  = "PK\x03\x04"
	cfbMagic  = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" // .xls
	utf16LE   = "\xFF\xFE"
	utf16BE   = "\xFE\xFF"
	replaced  = "\uFFFD"
	isoEscape = "\x1B$" // ISO-2022-JP switches to kanji
)

// Detect decides the encoding of a file from its beginning, at best some tens of
// kilobytes. The first line that holds other than ASCII decides, because the head of
// a Japanese export is its header line and two encodings may be mixed further down;
// a head of ASCII only reads as UTF-8. Bytes valid in both encodings are UTF-8:
// real CP932 text never is, but for single half-width words.
func Detect(head []byte) (Encoding, error) {
	if err := refuse(head); err != nil {
		return Auto, err
	}
	if bytes.HasPrefix(head, []byte(utf8Mark)) {
		return UTF8, nil
	}
	for len(head) > 0 {
		line, rest, ended := bytes.Cut(head, []byte("\n"))
		if !ascii(line) {
			return detectLine(line, ended)
		}
		head = rest
	}
	return UTF8, nil
}

// refuse recognises what is no CSV file at all.
func refuse(head []byte) error {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0 || string(head) == utf8Mark:
		return ErrEmpty
	case has(zipMagic), has(cfbMagic):
		return ErrWorkbook
	case has(utf16LE), has(utf16BE), bytes.IndexByte(firstLine(head), 0) >= 0:
		return ErrUTF16
	case bytes.Contains(firstLine(head), []byte(isoEscape)):
		return ErrEncoding
	default:
		return nil
	}
}

func firstLine(head []byte) []byte {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return line
}

// detectLine looks at one line; one that the head cuts off may lack up to three
// bytes of its last character.
func detectLine(line []byte, ended bool) (Encoding, error) {
	for cut := 0; cut <= 3 && cut < len(line); cut++ {
		part := line[:len(line)-cut]
		if utf8.Valid(part) {
			return UTF8, nil
		}
		if _, ok := cp932().append(nil, part); ok {
			// UTF-8 with its last character cut may pass for CP932, so the
			// shorter cuts of UTF-8 go first.
			if !ended && cutUTF8(line) {
				return UTF8, nil
			}
			return CP932, nil
		}
		if ended {
			break
		}
	}
	return Auto, ErrEncoding
}

func cutUTF8(line []byte) bool {
	for cut := 1; cut <= 3 && cut < len(line); cut++ {
		if utf8.Valid(line[:len(line)-cut]) {
			return utf8.RuneStart(line[len(line)-cut])
		}
	}
	return false
}

// highBits are the bits that no ASCII character sets, of eight bytes.
const highBits = 0x8080808080808080

// ascii looks at eight bytes at a time.
func ascii(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&highBits != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// looksUTF8 tells a record written in UTF-8 within a CP932 file. Such bytes mostly
// decode as CP932 too, into nonsense that no later check would notice. It wants all
// text of the record to be valid UTF-8 with at least two Japanese characters: a
// record in CP932 is never that by chance, as its name, reading and prefecture would
// all have to be.
func looksUTF8(record []byte) bool {
	japaneseRunes := 0
	for len(record) > 0 {
		r, n := utf8.DecodeRune(record)
		if r == utf8.RuneError {
			return false
		}
		if r >= 0x3000 && r <= 0x9FFF || r >= 0xFF00 && r <= 0xFFEF {
			japaneseRunes++
		}
		record = record[n:]
	}
	return japaneseRunes >= 2
}
