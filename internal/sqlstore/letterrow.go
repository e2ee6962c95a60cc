package sqlstore

import (
	"encoding/hex"
	"fmt"

	"exposure/internal/breach"
)

// The states of a person's letter number. One that was replaced has no row any more.
const (
	letterLive   = "live"
	letterClosed = "closed"
)

// letterDrawn is the detail of the entry about the tag of a number that is somebody's; when
// it is nobody's any more, its newest entry says moved.
const letterDrawn = "drawn"

const letterColumns = `handle, key_check, person, tag, letter_key, check_tags, state, issued, version, change, mac`

// letterRow is a person's letter number as stored.
type letterRow struct {
	bound
	person    breach.Handle
	tag       breach.Tag
	letterKey string // id of the key of tag
	check     []byte
	state     string
	issued    int64
	version   int64 // in which the person was, when it was drawn
}

func (l *letterRow) label() string { return "letter" }

func (l *letterRow) targets() []any {
	return []any{optional{l.handle[:]}, optional{l.keyCheck[:]}, optional{l.person[:]}, optional{l.tag[:]}, optional{&l.letterKey}, optional{&l.check},
		optional{&l.state}, optional{&l.issued}, optional{&l.version}, optional{&l.change}, optional{l.mac[:]}}
}

func (l *letterRow) values() []any {
	return []any{l.handle[:], l.keyCheck[:], l.person[:], l.tag[:], l.letterKey, bytesOf(l.check), l.state, l.issued, l.version, l.change, l.mac[:]}
}

func (l *letterRow) parts() [][]byte {
	return [][]byte{l.person[:], l.tag[:], []byte(l.letterKey), l.check, []byte(l.state), num(l.issued), num(l.version)}
}

// letterName is the name by which handles are made of a person's letter.
func letterName(person breach.Handle) string { return "L:" + hex.EncodeToString(person[:]) }

// sane proves that a proven row says what rows of letters say.
func (l *letterRow) sane() error {
	if l.state != letterLive && l.state != letterClosed {
		return fmt.Errorf("%w: a letter in an unknown state", ErrAltered)
	}
	if _, err := breach.ParseTags(l.check); err != nil {
		return fmt.Errorf("%w: a letter's check number", ErrAltered)
	}
	return nil
}
