package sqlstore

import (
	"bytes"
	"database/sql"
	"fmt"

	"exposure/internal/breach"
)

// The rows of a version's tags form one chain in tag order: each row names the tag
// that follows, the first row has tag zero, and the last row's next is lastTag. So
// one authentic row proves that nothing lies between its tag and its next.
var (
	firstTag = breach.Tag{}
	lastTag  = breach.Tag(bytes.Repeat([]byte{0xff}, 32))
)

// synthetic is the number of rows of a version that stand for no address: the first
// row and the sentinel.
const synthetic = 2

// tagRow is one link of the chain.
type tagRow struct {
	tag, next breach.Tag
	answer    []byte
	mac       [32]byte
}

// authenticate computes the row's MAC. The salt is drawn anew for every staging, so
// that rows of another version, or of another attempt at the same number, do not fit.
func (r *tagRow) authenticate(key breach.RosterKey, version int64, salt []byte) [32]byte {
	return key.MAC("roster-tag", num(version), salt, r.tag[:], r.next[:], r.answer)
}

// splitRow takes apart what rowAt found: tag, next and MAC, of 32 bytes each, and the
// answer, in one value. NULL, when there is no row, splits into none. The bytes are
// copied, because they lie in the driver's memory.
func splitRow(f sql.RawBytes) (tagRow, bool) {
	if len(f) < 3*32 {
		return tagRow{}, false
	}
	return tagRow{tag: breach.Tag(f), next: breach.Tag(f[32:]), mac: [32]byte(f[64:]), answer: bytes.Clone(f[96:])}, true
}

// prove decides what a found row says about a tag: listed, with the answer's bytes,
// or proven absent. Anything else is ErrAltered.
func (r *tagRow) prove(v *versionRow, tag breach.Tag) (listed bool, err error) {
	if r.mac != r.authenticate(v.key, v.ID, v.salt[:]) {
		return false, fmt.Errorf("%w: a row of the list", ErrAltered)
	}
	switch {
	case r.tag == tag:
		return true, nil
	case bytes.Compare(r.tag[:], tag[:]) < 0 && bytes.Compare(tag[:], r.next[:]) < 0:
		return false, nil
	default:
		return false, fmt.Errorf("%w: a row of the list is missing", ErrAltered)
	}
}
