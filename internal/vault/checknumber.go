package vault

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"exposure/internal/breach"
)

// CheckNumber is the word and the four digits by which the shop and this person
// recognise each other. Both parts are uniform. It is made of the oldest tag that this
// file can make, so that a new tag key alone changes nobody's number; a new check-number
// key changes everybody's (see KnowsCheckNumber).
func (s *Server) CheckNumber(of breach.Tags) breach.CheckNumber {
	for i := len(s.keys().tags) - 1; i >= 0; i-- {
		if tag, ok := of.Of(s.keys().tags[i].id); ok {
			return checkNumber(s.keys().check[0], tag)
		}
	}
	return checkNumber(s.keys().check[0], of.Oldest())
}

// KnowsCheckNumber tells whether a person was ever told this number under a key that the
// file still holds: a letter or a mail of before a rotation may quote an old one.
func (s *Server) KnowsCheckNumber(of breach.Tags, n breach.CheckNumber) bool {
	known := 0
	for i := range of.Len() {
		for _, k := range s.keys().check {
			is := checkNumber(k, of.At(i).Tag)
			known |= subtle.ConstantTimeEq(int32(is.Word), int32(n.Word)) & subtle.ConstantTimeCompare([]byte(is.Digits), []byte(n.Digits))
		}
	}
	return known == 1
}

func checkNumber(k *macKey, t breach.Tag) breach.CheckNumber {
	for round := uint64(0); ; round++ {
		mac := k.framed("check-number", t[:], binary.BigEndian.AppendUint64(nil, round))
		// 60,000 is the largest multiple of 10,000 that two bytes reach: a draw above it
		// would favour small numbers and is skipped.
		for i := 2; i+2 <= len(mac); i += 2 {
			if n := binary.BigEndian.Uint16(mac[i:]); n < 60_000 {
				return breach.CheckNumber{Word: int(mac[0] % 64), Digits: fmt.Sprintf("%04d", n%10_000)}
			}
		}
	}
}
