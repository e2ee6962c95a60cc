package canary

import (
	"bytes"
	"fmt"
)

// Hit is a planted value that was found.
type Hit struct {
	Name   string // of the value
	Form   string // in which it was planted
	View   string // of the content; empty: as it is
	Offset int    // in that view
}

// String never holds the value.
func (h Hit) String() string {
	s := fmt.Sprintf("%s, %s, at byte %d", h.Name, h.Form, h.Offset)
	if h.View != "" {
		s += " (" + h.View + ")"
	}
	return s
}

// Search returns every planted value that the content holds, each once for each form.
func (s *Set) Search(content []byte) []Hit {
	var hits []Hit
	seen := map[*pattern]bool{}
	for name, view := range views(content) {
		add := func(p *pattern, at int) {
			if !seen[p] {
				seen[p] = true
				hits = append(hits, Hit{p.name, p.form, name, at})
			}
		}
		s.exact.scan(view, add)
		s.folded.scan(lower(view), add)
	}
	return hits
}

// pattern is one form of one value.
type pattern struct {
	name, form string
	content    []byte
	bare       bool // digits alone
}

// index finds many patterns in one pass: by their first two bytes, then by as many as
// the shortest has.
type index struct {
	first []bool
	by    map[[shortest]byte][]*pattern
}

func newIndex() index {
	return index{first: make([]bool, 1<<16), by: map[[shortest]byte][]*pattern{}}
}

// add returns how many patterns are new.
func (x index) add(p *pattern) int {
	key := [shortest]byte(p.content)
	for _, other := range x.by[key] {
		if bytes.Equal(other.content, p.content) && other.bare == p.bare {
			return 0
		}
	}
	x.first[int(key[0])<<8|int(key[1])] = true
	x.by[key] = append(x.by[key], p)
	return 1
}

func (x index) scan(content []byte, found func(p *pattern, at int)) {
	for i := 0; i+shortest <= len(content); i++ {
		if !x.first[int(content[i])<<8|int(content[i+1])] {
			continue
		}
		for _, p := range x.by[[shortest]byte(content[i:])] {
			if bytes.HasPrefix(content[i:], p.content) && (!p.bare || alone(content, i, i+len(p.content))) {
				found(p, i)
			}
		}
	}
}

// alone tells whether no hex digit adjoins.
func alone(content []byte, from, to int) bool {
	return (from == 0 || !hexDigit(content[from-1])) && (to == len(content) || !hexDigit(content[to]))
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
