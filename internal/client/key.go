package client

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

const (
	// keyPrefix lets people and secret scanners see what a string is.
	keyPrefix = "exk_"
	keyBytes  = 32
)

// keyText is unpadded base64url without spare bits, so that one key has one form.
var keyText = base64.RawURLEncoding.Strict()

// NewKey draws a key. The text is told once and never kept.
func NewKey(at time.Time) (text string, k Key) {
	var secret [keyBytes]byte
	rand.Read(secret[:]) // never fails: crypto/rand aborts the program instead
	text = keyPrefix + keyText.EncodeToString(secret[:])
	k.Hash, _ = HashKey(text)
	k.Made = at
	return text, k
}

// HashKey is what is kept of a key. A plain hash will do: nobody can try out 256 random
// bits. It tells whether the text has the form of a key.
func HashKey(text string) (hash [32]byte, ok bool) {
	body, found := strings.CutPrefix(text, keyPrefix)
	if b, err := keyText.DecodeString(body); !found || err != nil || len(b) != keyBytes || len(body) != keyText.EncodedLen(keyBytes) {
		return hash, false
	}
	return sha256.Sum256([]byte(text)), true
}

// ID names a key among the few of a client: the beginning of its hash, 8 hex digits.
func (k Key) ID() string { return hex.EncodeToString(k.Hash[:4]) }
