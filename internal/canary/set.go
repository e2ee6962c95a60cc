package canary

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// shortest is the length in bytes below which a value may stand anywhere by chance.
const shortest = 6

// Set is what was planted. It is used by one goroutine.
type Set struct {
	names    map[string]bool
	exact    index // compared byte by byte
	folded   index // lower case, compared with lower-cased content
	patterns int
}

// New is an empty set.
func New() *Set {
	return &Set{names: map[string]bool{}, exact: newIndex(), folded: newIndex()}
}

// Len is the number of planted values.
func (s *Set) Len() int { return len(s.names) }

// Patterns is in how many forms they are looked for.
func (s *Set) Patterns() int { return s.patterns }

// Text plants a text under a name that a finding tells. Texts of digits alone are only
// found where no further hex digit adjoins them, since hashes hold any eight digits.
func (s *Set) Text(name, value string) {
	s.plant(name, value)
	bare := strings.Trim(value, "0123456789-") == ""
	s.raw(name, "as it is", []byte(value), true, bare)
	for form, encoded := range wide(value) {
		s.raw(name, form, encoded, true, false)
	}
	s.encodings(name, "", []byte(value))
	for form, sum := range digests(value) {
		s.raw(name, form, sum, false, false)
		s.encodings(name, form+" in ", sum)
	}
}

// Address plants an e-mail address and its local part.
func (s *Set) Address(name, address string) {
	s.Text(name, address)
	if local, _, _ := strings.Cut(address, "@"); len(local) >= shortest {
		s.raw(name+", local part", "as it is", []byte(local), true, false)
	}
}

// Plain plants one text of many: as it is, in hex and in base64, without its digests.
func (s *Set) Plain(name, value string) {
	s.plant(name, value)
	s.raw(name, "as it is", []byte(value), true, false)
	s.encodings(name, "", []byte(value))
}

// Bytes plants a key: in binary, and as it may be printed.
func (s *Set) Bytes(name string, value []byte) {
	s.plant(name, string(value))
	s.raw(name, "as it is", value, false, false)
	s.encodings(name, "", value)
	s.raw(name, "as a list of numbers", []byte(strings.Trim(fmt.Sprint(value), "[]")), false, false)
}

func (s *Set) plant(name, value string) {
	if len(value) < shortest {
		panic("canary: " + name + " is too short to be told from chance")
	}
	s.names[name] = true
}

// encodings adds hex and base64.
func (s *Set) encodings(name, of string, value []byte) {
	s.raw(name, of+"hex", []byte(hex.EncodeToString(value)), true, false)
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			s.raw(name, of+"base64", aligned(e, value, offset), false, false)
		}
	}
}

// aligned is what of value is the same whatever stands around it, when so many bytes
// (modulo three) stand before it.
func aligned(e *base64.Encoding, value []byte, offset int) []byte {
	all := e.EncodeToString(append(make([]byte, offset), value...))
	first := []int{0, 2, 3}[offset]
	return []byte(all[first : (offset+len(value))*8/6])
}

func (s *Set) raw(name, form string, content []byte, fold, bare bool) {
	if len(content) < shortest {
		panic("canary: " + name + " is too short to be told from chance, " + form)
	}
	p := &pattern{name: name, form: form, content: content, bare: bare}
	if fold {
		p.content = lower(content)
		s.patterns += s.folded.add(p)
		return
	}
	s.patterns += s.exact.add(p)
}
