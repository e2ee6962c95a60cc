package breach

import (
	"fmt"
	"strings"
)

// RosterKey is one key that names addresses and authenticates the versions of the roster
// made under it. Several live while keys are changed: new versions are made under the
// newest, and each version is proven and asked under its own. Check is what only this
// key gives; MAC authenticates rows, the label saying which kind of row. MAC is a pure
// function and safe for concurrent use.
type RosterKey struct {
	ID    string // 8 hex digits
	Check [32]byte
	MAC   func(label string, parts ...[]byte) [32]byte
}

// KeyedTag is the tag of an address under one key.
type KeyedTag struct {
	Key string // its id, 8 hex digits
	Tag Tag
}

// Tags are the names of one address, or of one thing, under every key that makes tags:
// newest key first. The zero value is nobody's. Values can be compared.
type Tags struct{ packed string }

const (
	keyIDLength = 8
	packedTag   = keyIDLength + len(Tag{})
)

// NewTags packs tags, newest key first. It panics on a key id of another length: ids come
// from key files, which were checked.
func NewTags(list ...KeyedTag) Tags {
	var b strings.Builder
	for _, t := range list {
		if len(t.Key) != keyIDLength {
			panic("breach: a key id of another length")
		}
		b.WriteString(t.Key)
		b.Write(t.Tag[:])
	}
	return Tags{b.String()}
}

// ParseTags reverses Bytes.
func ParseTags(b []byte) (Tags, error) {
	if len(b)%packedTag != 0 {
		return Tags{}, fmt.Errorf("tags of %d bytes are cut off", len(b))
	}
	return Tags{string(b)}, nil
}

// Bytes is the form in which tags are kept.
func (t Tags) Bytes() []byte { return []byte(t.packed) }

// Len is the number of keys.
func (t Tags) Len() int { return len(t.packed) / packedTag }

// At is the i-th tag; 0 is that of the newest key.
func (t Tags) At(i int) KeyedTag {
	p := t.packed[i*packedTag:][:packedTag]
	return KeyedTag{Key: p[:keyIDLength], Tag: Tag([]byte(p[keyIDLength:]))}
}

// Newest is the tag under the newest key: what is written carries it. The zero tag if
// there is none.
func (t Tags) Newest() Tag {
	if t.Len() == 0 {
		return Tag{}
	}
	return t.At(0).Tag
}

// Oldest is the tag under the oldest key. It stays the same when a key is added, so that
// what is counted and kept by it goes on as if nothing had happened.
func (t Tags) Oldest() Tag {
	if t.Len() == 0 {
		return Tag{}
	}
	return t.At(t.Len() - 1).Tag
}

// Of is the tag under the key of that id.
func (t Tags) Of(key string) (Tag, bool) {
	for i := range t.Len() {
		if at := t.At(i); at.Key == key {
			return at.Tag, true
		}
	}
	return Tag{}, false
}

// String prints short forms for people comparing log lines.
func (t Tags) String() string {
	var parts []string
	for i := range t.Len() {
		parts = append(parts, t.At(i).Tag.String())
	}
	return strings.Join(parts, ",")
}

// Equal tells whether both are the same tags under the same keys.
func (t Tags) Equal(o Tags) bool { return t == o }
