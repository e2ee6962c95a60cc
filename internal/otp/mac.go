package otp

import (
	"encoding/binary"
	"time"

	"exposure/internal/breach"
)

// Pepper computes HMAC-SHA-256 under the server's code key over length-prefixed parts.
type Pepper interface {
	CodeMAC(parts ...[]byte) [32]byte
}

// Peppers is Pepper under every code key that lives, newest first: there is at least one.
type Peppers interface {
	CodeMACs(parts ...[]byte) [][32]byte
}

// ShortMAC is what is stored of a short web code. It is bound to the verification and to
// the browser's secret: another browser cannot use the code.
func ShortMAC(p Pepper, purpose Purpose, nonce [16]byte, secret [32]byte, digits string) [32]byte {
	return p.CodeMAC(shortParts(purpose, nonce, secret, digits)...)
}

// ShortMACs is what may be stored of a short web code, whichever of these secrets the
// browser was given, and whichever key its mail was made under.
func ShortMACs(p Peppers, purpose Purpose, nonce [16]byte, secrets [][32]byte, digits string) [][32]byte {
	var all [][32]byte
	for _, secret := range secrets {
		all = append(all, p.CodeMACs(shortParts(purpose, nonce, secret, digits)...)...)
	}
	return all
}

func shortParts(purpose Purpose, nonce [16]byte, secret [32]byte, digits string) [][]byte {
	return [][]byte{[]byte("short"), []byte(purpose), nonce[:], secret[:], []byte(digits)}
}

// PhoneMAC is what is stored of a short phone code. It is bound to the address alone,
// because the code is valid in every call about it.
func PhoneMAC(p Pepper, tag breach.Tag, digits string) [32]byte {
	return p.CodeMAC(phoneParts(tag, digits)...)
}

// PhoneMACs is PhoneMAC under every key that lives.
func PhoneMACs(p Peppers, tag breach.Tag, digits string) [][32]byte {
	return p.CodeMACs(phoneParts(tag, digits)...)
}

func phoneParts(tag breach.Tag, digits string) [][]byte {
	return [][]byte{[]byte("short"), []byte(Phone), tag[:], []byte(digits)}
}

// LongMAC is what is stored of a long code that is mailed then: bound to address, purpose and
// about the day, to no browser. Whoever writes the store can move the end of a code, but
// make none good again for longer than that.
func LongMAC(p Pepper, purpose Purpose, tag breach.Tag, digits string, mailed time.Time) [32]byte {
	return p.CodeMAC(longParts(purpose, tag, digits, mailed)...)
}

// LongMACs is what may be stored of a long code that is good now, whichever key its mail was
// made under, and by a clock that is up to a day wrong.
func LongMACs(p Peppers, purpose Purpose, tag breach.Tag, digits string, now time.Time) (all [][32]byte) {
	for _, mailed := range []time.Time{now, now.Add(-longDays), now.Add(longDays)} {
		all = append(all, p.CodeMACs(longParts(purpose, tag, digits, mailed)...)...)
	}
	return all
}

// longDays is twice the life of a long code: one that is good was mailed within these two days,
// or the two before.
const longDays = 2 * longLife

func longParts(purpose Purpose, tag breach.Tag, digits string, mailed time.Time) [][]byte {
	days := binary.BigEndian.AppendUint64(nil, uint64(mailed.UnixMilli()/longDays.Milliseconds()))
	return [][]byte{[]byte("long"), []byte(purpose), tag[:], []byte(digits), days}
}
