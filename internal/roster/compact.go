package roster

import (
	"strconv"
	"strings"
)

// pile is a list that grows without copying: at some millions of rows the copies of a
// growing slice would be most of the memory.
type pile[T any] struct {
	parts [][]T
	n     int
}

const pilePart = 1 << 15

func (p *pile[T]) add(v T) int32 {
	if p.n%pilePart == 0 {
		first := pilePart
		if p.n == 0 {
			first = 0 // small shops stay small
		}
		p.parts = append(p.parts, make([]T, 0, first))
	}
	last := &p.parts[len(p.parts)-1]
	*last = append(*last, v)
	p.n++
	return int32(p.n - 1)
}

// at returns a pointer that must not outlive the next add.
func (p *pile[T]) at(i int32) *T { return &p.parts[i/pilePart][i%pilePart] }

// numbers keeps the ids of one kind of record in a few bytes each: shops number them, and
// the few that are no number are kept aside.
type numbers struct {
	dense [][]int32        // by id, in pages: where the record is, plus one
	at    map[uint64]int32 // the same for ids that are too large or no number
	odd   map[string]uint64
	odds  []string
}

const (
	oddID = 1 << 63
	// mostDense bounds the pages, at four bytes an id, to what a map of a few million ids
	// would take. Shops count from 1; ids beyond it are no count.
	mostDense = 1 << 24
	densePage = 1 << 12
)

func newNumbers() numbers { return numbers{at: map[uint64]int32{}, odd: map[string]uint64{}} }

// key is the short form of an id.
func (n *numbers) key(id string) uint64 {
	if v, ok := number(id); ok {
		return v
	}
	k, ok := n.odd[id]
	if !ok {
		k = oddID | uint64(len(n.odds))
		id = strings.Clone(id)
		n.odds = append(n.odds, id)
		n.odd[id] = k
	}
	return k
}

// number reads an id that is written exactly as a number of that value: "007" is
// another record than "7".
func number(id string) (uint64, bool) {
	if id == "" || id[0] == '0' && id != "0" {
		return 0, false
	}
	v, err := strconv.ParseUint(id, 10, 63)
	return v, err == nil
}

// id is the id as the shop writes it.
func (n *numbers) id(key uint64) string {
	if key&oddID != 0 {
		return n.odds[key&^oddID]
	}
	return strconv.FormatUint(key, 10)
}

// put says where the record of a key is.
func (n *numbers) put(key uint64, at int32) {
	if key >= mostDense {
		n.at[key] = at
		return
	}
	page := int(key / densePage)
	if missing := page + 1 - len(n.dense); missing > 0 {
		n.dense = append(n.dense, make([][]int32, missing)...)
	}
	if n.dense[page] == nil {
		n.dense[page] = make([]int32, densePage)
	}
	n.dense[page][key%densePage] = at + 1
}

// get is the record of a key.
func (n *numbers) get(key uint64) (int32, bool) {
	if key >= mostDense {
		at, ok := n.at[key]
		return at, ok
	}
	page := int(key / densePage)
	if page >= len(n.dense) || n.dense[page] == nil {
		return 0, false
	}
	at := n.dense[page][key%densePage]
	return at - 1, at > 0
}

// find looks a record up; ids that no record has are not kept.
func (n *numbers) find(id string) (int32, bool) {
	if v, ok := number(id); ok {
		return n.get(v)
	}
	k, ok := n.odd[id]
	if !ok {
		return 0, false
	}
	return n.get(k)
}

// forget drops where the records are; keys can still be spelled out.
func (n *numbers) forget() { n.dense, n.at = nil, nil }
