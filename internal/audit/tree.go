package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of RFC 6962: SHA-256 with a prefix that tells rows from nodes.
type Hash = tlog.Hash

// Leaf is the hash of one row, by its encoding.
func Leaf(encoded []byte) Hash { return tlog.RecordHash(encoded) }

// errTree means that stored peaks do not fit the number of rows.
var errTree = errors.New("not the peaks of a tree of that size")

// Tree is a Merkle tree (RFC 6962) of which only the roots of its complete subtrees are
// kept, the peaks: enough to append and to name the root, a few hundred bytes at any
// size. The zero Tree is empty.
type Tree struct {
	size  int64
	peaks []Hash // largest subtree first
}

// ParseTree reverses Peaks.
func ParseTree(size int64, peaks []byte) (Tree, error) {
	if size < 0 || len(peaks) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return Tree{}, errTree
	}
	t := Tree{size: size}
	for len(peaks) > 0 {
		t.peaks = append(t.peaks, Hash(peaks[:tlog.HashSize]))
		peaks = peaks[tlog.HashSize:]
	}
	return t, nil
}

// Size is the number of rows.
func (t *Tree) Size() int64 { return t.size }

// Peaks is the stored form: the hashes of the complete subtrees, largest first.
func (t *Tree) Peaks() []byte {
	b := make([]byte, 0, len(t.peaks)*tlog.HashSize)
	for _, p := range t.peaks {
		b = append(b, p[:]...)
	}
	return b
}

// Append adds a row by its hash.
func (t *Tree) Append(leaf Hash) {
	// Each subtree that the row completes swallows the peak beside it.
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.peaks) - 1
		leaf = tlog.NodeHash(t.peaks[last], leaf)
		t.peaks = t.peaks[:last]
	}
	t.peaks = append(t.peaks, leaf)
	t.size++
}

// Root is the hash over all rows and their order.
func (t *Tree) Root() Hash {
	root, err := tlog.TreeHash(t.size, tlog.HashReaderFunc(func([]int64) ([]Hash, error) { return t.peaks, nil }))
	if err != nil {
		panic("audit: " + err.Error()) // only when there were too few or too many peaks
	}
	return root
}

// State is what a log keeps beside its rows.
type State struct {
	Tree  Tree
	Head  int64 // the size of the newest signed head
	Marks Marks
}

// Marks are the numbers of the newest rows that decide what everybody is answered; 0: there is
// none. What another table says about it must have been written with that row.
type Marks struct {
	Known     bool  // false: the log was last written before marks were kept
	Published int64 // which version answers
	Paused    int64 // whether the look-up is shut
}

// Pass takes the next row.
func (m *Marks) Pass(seq int64, a Action) {
	switch a {
	case Publish:
		m.Published = seq
	case Pause, Resume:
		m.Paused = seq
	}
}

// Sealer computes MACs under the key that signs the log. A label separates what is
// sealed for different reasons. Safe for concurrent use.
type Sealer interface {
	AuditSeal(label string, parts ...[]byte) [32]byte
}

// What is sealed.
const (
	sealRow   = "row"
	sealState = "state"
)

// SealRow binds a row to its place. Somebody who may write the database, but has no key,
// can hash again whatever they changed; they cannot seal it.
func SealRow(s Sealer, seq int64, leaf Hash) [32]byte {
	return s.AuditSeal(sealRow, binary.BigEndian.AppendUint64(nil, uint64(seq)), leaf[:])
}

// Seal binds the parts of a state to each other.
func (s *State) Seal(by Sealer) [32]byte { return by.AuditSeal(sealState, s.sealed()...) }

func (s *State) sealed() [][]byte {
	const none = 0 // rows that are taken on trust
	all := []int64{s.Tree.size, none, s.Head}
	if s.Marks.Known {
		all = append(all, s.Marks.Published, s.Marks.Paused)
	}
	var numbers []byte
	for _, n := range all {
		numbers = binary.BigEndian.AppendUint64(numbers, uint64(n))
	}
	return [][]byte{numbers, s.Tree.Peaks()}
}

// Follows tells whether the tree may be a later state of an earlier one: it is not
// shorter, and it is the same when it has the same size.
func (t *Tree) Follows(earlier *Tree) bool {
	return t.size > earlier.size || t.size == earlier.size && bytes.Equal(t.Peaks(), earlier.Peaks())
}

// Clone returns a tree that shares nothing with t.
func (t *Tree) Clone() Tree { return Tree{size: t.size, peaks: append([]Hash(nil), t.peaks...)} }
