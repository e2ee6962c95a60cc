package vault

import (
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
)

// Marks tell the keys of an installation from those of others, and hold none: each is a
// hash of 32 random bytes. A report may keep them after the keys are destroyed, so that a
// copy that turns up later is known.
type Marks []string

// keyText is a key as it stands in a file. Nothing around it is looked at: a file that is
// cut off, or half overwritten, is no JSON any more and may still hold keys.
var keyText = regexp.MustCompile(`"[A-Za-z0-9+/]{43}="`)

// marksOf returns the marks of all keys that stand in data, and whether any is one of own,
// or the private half of one.
func marksOf(data []byte, own Marks) (all Marks, held bool) {
	for _, text := range keyText.FindAll(data, -1) {
		var secret [secretSize]byte
		if n, err := base64.StdEncoding.Decode(secret[:], text[1:len(text)-1]); err != nil || n != secretSize {
			continue
		}
		m := mark(secret[:])
		held = held || slices.Contains(own, m) || slices.Contains(own, publicMark(secret[:]))
		clear(secret[:])
		all = all.With(Marks{m})
	}
	return all, held
}

func mark(secret []byte) string {
	sum := sha256.Sum256(append([]byte("exposure/key-mark\x00"), secret...))
	return hex.EncodeToString(sum[:16])
}

// publicMark is the mark of the public half that the server's file holds, were this the
// private one.
func publicMark(secret []byte) string {
	private, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return ""
	}
	return mark(private.PublicKey().Bytes())
}

// With adds marks that are not there yet.
func (m Marks) With(more Marks) Marks {
	all := slices.Clone(m)
	for _, o := range more {
		if !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

// Meets tells whether both have a key in common.
func (m Marks) Meets(other Marks) bool {
	return slices.ContainsFunc(m, func(s string) bool { return slices.Contains(other, s) })
}
