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

// numbers keeps the ids of one kind of record in eight bytes each: shops number them,
// and the few that are no number are kept aside.
type numbers struct {
	at   map[uint64]int32 // -> where the record is
	odd  map[string]uint64
	odds []string
}

const oddID = 1 << 63

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
	v, err := strconv.ParseUint(id, 10, 63)
	return v, err == nil && (id == "0" || id[0] != '0')
}

// id is the id as the shop writes it.
func (n *numbers) id(key uint64) string {
	if key&oddID != 0 {
		return n.odds[key&^oddID]
	}
	return strconv.FormatUint(key, 10)
}

// find looks a record up; ids that no record has are not kept.
func (n *numbers) find(id string) (int32, bool) {
	if v, ok := number(id); ok {
		at, ok := n.at[v]
		return at, ok
	}
	k, ok := n.odd[id]
	if !ok {
		return 0, false
	}
	at, ok := n.at[k]
	return at, ok
}
