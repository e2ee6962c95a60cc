package audit

import (
	"encoding/binary"
)

// Sealed tells whether a row is what was written at its place, by its seal alone: for
// whoever reads a few rows and not the log.
func Sealed(p Prover, seq int64, encoded, seal []byte) bool {
	return sealedBy(p, seq, Leaf(encoded), seal)
}

func sealedBy(p Prover, seq int64, leaf Hash, seal []byte) bool {
	if len(seal) != 32 {
		return false
	}
	var place [8]byte
	binary.BigEndian.PutUint64(place[:], uint64(seq))
	return p.AuditSealed([32]byte(seal), sealRow, place[:], leaf[:])
}

// SealedBy tells whether a state is what was left beside the rows.
func (s *State) SealedBy(p Prover, seal []byte) bool {
	return len(seal) == 32 && p.AuditSealed([32]byte(seal), sealState, s.sealed()...)
}
