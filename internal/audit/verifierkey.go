package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
)

// ErrVerifierKey means that a text is not what VerifierKey writes.
var ErrVerifierKey = errors.New("not the public key of an audit log")

// ParseVerifierKey reads exactly what VerifierKey writes: one altered letter is ErrVerifierKey.
func ParseVerifierKey(text string) (ed25519.PublicKey, error) {
	parts := strings.SplitN(text, "+", 3) // name, hash, and the key, in whose base64 there is + as well
	if len(parts) != 3 {
		return nil, ErrVerifierKey
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return nil, ErrVerifierKey
	}
	key := ed25519.PublicKey(raw[1:])
	if again, err := VerifierKey(key); err != nil || again != text {
		return nil, ErrVerifierKey
	}
	return key, nil
}
