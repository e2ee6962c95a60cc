package canary

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// wide are the encodings of a text that are not UTF-8.
func wide(value string) map[string][]byte {
	forms := map[string][]byte{}
	little, big := []byte{}, []byte{}
	for _, u := range utf16.Encode([]rune(value)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	forms["UTF-16, low byte first"], forms["UTF-16, high byte first"] = little, big
	if sjis, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(value)); err == nil && string(sjis) != value {
		forms["CP932"] = sjis
	}
	return forms
}

// digests are the plain hashes of a text and of how addresses are mostly hashed: in lower
// case.
func digests(value string) map[string][]byte {
	forms := map[string][]byte{}
	for as, v := range map[string]string{"": value, " of the lower case": strings.ToLower(value)} {
		b := []byte(v)
		five, one, two, long := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
		forms["MD5"+as], forms["SHA-1"+as], forms["SHA-256"+as], forms["SHA-512"+as] = five[:], one[:], two[:], long[:]
	}
	return forms
}

// views are the ways to read what was left behind: as it is, and with each sort of
// escaping undone. A view that changes nothing is left out.
func views(content []byte) map[string][]byte {
	all := map[string][]byte{"": content}
	for name, read := range map[string]func([]byte) []byte{
		"percent-encoded": unpercent, "quoted-printable": unquote, "escaped": unescape, "across lines": joined,
	} {
		if v := read(content); !bytes.Equal(v, content) {
			all[name] = v
		}
	}
	return all
}

// joined drops line ends and the blanks after them.
func joined(content []byte) []byte {
	out := make([]byte, 0, len(content))
	for line := range bytes.Lines(content) {
		out = append(out, bytes.TrimRight(bytes.TrimLeft(line, " \t"), "\r\n")...)
	}
	return out
}

func unpercent(content []byte) []byte {
	return replaced(content, '%', func(rest []byte) (out []byte, n int) { return hexByte(rest, 2) })
}

func unquote(content []byte) []byte {
	return replaced(content, '=', func(rest []byte) (out []byte, n int) {
		for _, end := range []string{"\r\n", "\n"} {
			if bytes.HasPrefix(rest, []byte(end)) { // a line broken for its length
				return nil, len(end)
			}
		}
		return hexByte(rest, 2)
	})
}

// unescape undoes the escapes of JSON, Go and Redis: \" \\ \/ \n \xHH \uHHHH.
func unescape(content []byte) []byte {
	return replaced(content, '\\', func(rest []byte) (out []byte, n int) {
		if len(rest) == 0 {
			return nil, 0
		}
		switch rest[0] {
		case 'x':
			out, n = hexByte(rest[1:], 2)
		case 'u':
			out, n = hexByte(rest[1:], 4)
		case '"', '\\', '/', '\'':
			return rest[:1], 1
		default:
			return nil, 0
		}
		if n == 0 {
			return nil, 0
		}
		return out, n + 1
	})
}

// hexByte reads so many hex digits as one byte, or as a rune when there are four.
func hexByte(b []byte, digits int) (out []byte, n int) {
	if len(b) < digits {
		return nil, 0
	}
	v, err := strconv.ParseUint(string(b[:digits]), 16, 16)
	if err != nil {
		return nil, 0
	}
	if digits == 2 {
		return []byte{byte(v)}, digits
	}
	return utf8.AppendRune(nil, rune(v)), digits
}

// replaced hands what follows each mark to read, which returns what stands for it and how
// much it used; 0: it is no escape.
func replaced(content []byte, mark byte, read func(rest []byte) (out []byte, n int)) []byte {
	if bytes.IndexByte(content, mark) < 0 {
		return content
	}
	result := make([]byte, 0, len(content))
	for {
		i := bytes.IndexByte(content, mark)
		if i < 0 {
			return append(result, content...)
		}
		result = append(result, content[:i]...)
		content = content[i+1:]
		out, n := read(content)
		if n == 0 {
			out = []byte{mark}
		}
		result = append(result, out...)
		content = content[n:]
	}
}

// lower is ASCII alone: anything else would change lengths and bytes of other encodings.
func lower(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return out
}
