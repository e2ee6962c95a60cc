package shopcsv

import (
	"encoding/binary"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// cp932Table holds the text of every character of CP932 in UTF-8: by its byte, or by
// its two bytes. The decoder of x/text fills it and stays the authority; looking a
// character up takes a fraction of its time, and this is where the time of reading an
// export goes.
type cp932Table struct {
	one [1 << 8]utf8Char
	two [1 << 16]utf8Char
}

// utf8Char is a character's UTF-8, first byte lowest, with its length (1 to 3) in the
// highest byte. Zero is no character.
type utf8Char uint32

func (c utf8Char) size() int { return int(c >> 24) }

// cp932 is the table, built at first use in about a millisecond.
var cp932 = sync.OnceValue(func() *cp932Table {
	t := new(cp932Table)
	for lead := range len(t.one) {
		if t.one[lead] = decodeChar(byte(lead)); t.one[lead] != 0 {
			continue
		}
		for trail := range len(t.one) {
			t.two[lead<<8|trail] = decodeChar(byte(lead), byte(trail))
		}
	}
	return t
})

// decodeChar decodes bytes that are one character. The decoder of x/text never errs: it
// writes U+FFFD, which CP932 itself cannot hold, and U+0080 for the byte 0x80.
func decodeChar(raw ...byte) utf8Char {
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
	r, n := utf8.DecodeRune(text)
	if err != nil || n != len(text) || n > 3 || r == utf8.RuneError || r == '\u0080' {
		return 0
	}
	c := utf8Char(n) << 24
	for i, b := range text {
		c |= utf8Char(b) << (8 * i)
	}
	return c
}

// append decodes src onto dst; false means that some byte of it is no CP932.
func (t *cp932Table) append(dst, src []byte) ([]byte, bool) {
	// A character takes up to three bytes, and four or eight are written each time.
	dst = slices.Grow(dst, 3*len(src)+8)
	out := dst[len(dst):cap(dst)]
	n := 0
	for i := 0; i < len(src); {
		if i+8 <= len(src) {
			if eight := binary.LittleEndian.Uint64(src[i:]); eight&highBits == 0 {
				binary.LittleEndian.PutUint64(out[n:], eight)
				n, i = n+8, i+8
				continue
			}
		}
		c, size := t.one[src[i]], 1
		if c == 0 {
			if i+1 == len(src) {
				return dst, false
			}
			if c, size = t.two[int(src[i])<<8|int(src[i+1])], 2; c == 0 {
				return dst, false
			}
		}
		binary.LittleEndian.PutUint32(out[n:], uint32(c))
		n += c.size()
		i += size
	}
	return dst[:len(dst)+n], true
}
