package otp

import "exposure/internal/breach"

// Pepper computes HMAC-SHA-256 under the server's code key over length-prefixed parts.
type Pepper interface {
	CodeMAC(parts ...[]byte) [32]byte
}

// ShortMAC is what is stored of a short web code. It is bound to the verification and to
// the browser's secret: another browser cannot use the code.
func ShortMAC(p Pepper, purpose Purpose, nonce [16]byte, secret [32]byte, digits string) [32]byte {
	return p.CodeMAC([]byte("short"), []byte(purpose), nonce[:], secret[:], []byte(digits))
}

// PhoneMAC is what is stored of a short phone code. It is bound to the address alone,
// because the code is valid in every call about it.
func PhoneMAC(p Pepper, tag breach.Tag, digits string) [32]byte {
	return p.CodeMAC([]byte("short"), []byte(Phone), tag[:], []byte(digits))
}

// LongMAC is what is stored of a long code: bound to address and purpose, to no browser.
func LongMAC(p Pepper, purpose Purpose, tag breach.Tag, digits string) [32]byte {
	return p.CodeMAC([]byte("long"), []byte(purpose), tag[:], []byte(digits))
}
