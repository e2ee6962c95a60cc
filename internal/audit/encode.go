package audit

import (
	"encoding/binary"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// format is the first byte of every encoding. A change of the form needs a new one,
// because rows are never rewritten.
const format = 1

// Encode returns the canonical byte form, the leaf that a hash over the log covers:
// the format; the time in milliseconds since 1970 UTC; the version; tag (preceded by
// 1, or just 0), attempt and network; then actor kind, actor ID, action, outcome,
// purpose and detail, each preceded by its length. Numbers are big-endian, lengths
// two bytes. The entry must be valid: a length that does not fit would be cut.
func (e Entry) Encode() []byte {
	b := make([]byte, 0, 160+len(e.Detail))
	b = append(b, format)
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Version))
	if e.Tag == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = append(b, e.Tag[:]...)
	}
	b = append(b, e.Attempt[:]...)
	b = append(b, e.Network[:]...)
	for _, s := range [...]string{string(e.Actor.Kind), e.Actor.ID, string(e.Action), string(e.Outcome), e.Purpose, e.Detail} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	return b
}

// Decode reverses Encode. It accepts nothing that Encode would not have written for a
// valid entry, so that one entry never has two forms. Errors wrap ErrInvalid.
func Decode(encoded []byte) (Entry, error) {
	r := reader{rest: encoded}
	if f := r.take(1); len(f) == 1 && f[0] != format {
		return Entry{}, fmt.Errorf("%w: unknown format", ErrInvalid)
	}
	var e Entry
	e.At = time.UnixMilli(int64(r.uint64())).UTC()
	e.Version = int64(r.uint64())
	switch has := r.take(1); {
	case len(has) == 1 && has[0] == 1:
		if t := r.take(len(breach.Tag{})); t != nil {
			tag := breach.Tag(t)
			e.Tag = &tag
		}
	case len(has) == 1 && has[0] != 0:
		r.short = true
	}
	copy(e.Attempt[:], r.take(len(e.Attempt)))
	copy(e.Network[:], r.take(len(e.Network)))
	e.Actor.Kind, e.Actor.ID = ActorKind(r.string()), r.string()
	e.Action, e.Outcome = Action(r.string()), Outcome(r.string())
	e.Purpose, e.Detail = r.string(), r.string()
	if r.short || len(r.rest) > 0 {
		return Entry{}, fmt.Errorf("%w: it is cut off, too long or altered", ErrInvalid)
	}
	return e, e.Validate()
}

// reader takes fields off the front and remembers once that something was missing.
type reader struct {
	rest  []byte
	short bool
}

// take returns the next n bytes, or nil when there are fewer.
func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.short, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) string() string {
	if b := r.take(2); b != nil {
		return string(r.take(int(binary.BigEndian.Uint16(b))))
	}
	return ""
}
