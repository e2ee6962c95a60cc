package profile

import "golang.org/x/text/unicode/norm"

// NFKC is norm.NFKC.String. The text of Japanese shops is told apart without its tables,
// which would take a third of the time of an import: most of it is in normal form, and
// most of the rest is ASCII in full width.
func NFKC(s string) string {
	if len(inert(s)) == len(s) {
		return s
	}
	return string(AppendNFKC(make([]byte, 0, len(s)), s))
}

// AppendNFKC appends the normal form of s, as if s stood alone.
func AppendNFKC(dst []byte, s string) []byte {
	from := len(dst)
	for rest := s; rest != ""; {
		head := inert(rest)
		dst = append(dst, head...)
		if rest = rest[len(head):]; rest == "" {
			break
		}
		c, ok := narrow(rest)
		if !ok {
			return append(dst[:from], norm.NFKC.AppendString(nil, s)...)
		}
		dst = append(dst, c)
		rest = rest[3:]
	}
	return dst
}

// inert is the beginning of s that is its own normal form and combines with nothing:
// ASCII, kana, the ideographs of everyday writing and the signs between them.
func inert(s string) string {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c < 0x80:
			i++
		case i+2 < len(s) && (c >= 0xE5 && c <= 0xE8 || c == 0xE4 && s[i+1] >= 0xB8 || c == 0xE9 || c == 0xE3 && isKana(s[i+1], s[i+2])):
			if !isTrail(s[i+1]) || !isTrail(s[i+2]) {
				return s[:i]
			}
			i += 3
		default:
			return s[:i]
		}
	}
	return s
}

func isTrail(b byte) bool { return b&0xC0 == 0x80 }

// isKana tells, by the bytes after 0xE3, kana, the length mark and 、。々〆〇「」・.
func isKana(b, c byte) bool {
	switch b {
	case 0x80: // U+3000 to U+303F
		return c == 0x81 || c == 0x82 || c >= 0x85 && c <= 0x91
	case 0x81: // U+3040 to U+307F
		return c >= 0x81
	case 0x82: // U+3080 to U+30BF
		return c <= 0x96 || c >= 0xA1
	case 0x83: // U+30C0 to U+30FF
		return c <= 0xBE
	default:
		return false
	}
}

// narrow is the ASCII character of a full-width one, or of the ideographic space, at the
// start of s.
func narrow(s string) (byte, bool) {
	switch {
	case len(s) < 3:
		return 0, false
	case s[:3] == "\u3000":
		return ' ', true
	case s[0] == 0xEF && s[1] == 0xBC && s[2] >= 0x81 && s[2] <= 0xBF: // U+FF01 to U+FF3F
		return s[2] - 0x60, true
	case s[0] == 0xEF && s[1] == 0xBD && s[2] >= 0x80 && s[2] <= 0x9E: // U+FF40 to U+FF5E
		return s[2] - 0x20, true
	default:
		return 0, false
	}
}
