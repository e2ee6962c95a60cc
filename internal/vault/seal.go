package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrSealed means that a sealed value does not open: altered, cut off, made for
// another label, with other associated data, or under a key this file does not hold.
// The cases are not told apart on purpose.
var ErrSealed = errors.New("sealed value does not open")

// overhead is what sealing adds: key id, nonce, authentication tag.
const overhead = idSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// sealer seals under the key of a purpose that writes and opens under all of them. A
// sealed value is the key's id, a random nonce and XChaCha20-Poly1305's output.
// Safe for concurrent use.
type sealer struct{ keys living[*sealKey] }

// sealKey is one key with the ciphers derived from it, one for each label. Labels
// are constants of the program, so that the map stays small.
type sealKey struct {
	id     [idSize]byte
	secret []byte
	aeads  sync.Map // label -> cipher.AEAD
}

func newSealer(keys []*key) *sealer {
	return &sealer{alive(keys, func(k *key) *sealKey { return &sealKey{id: k.id, secret: k.secret} })}
}

func (s *sealer) seal(label string, plaintext, ad []byte) []byte {
	k := s.keys.writer()
	out := make([]byte, idSize+chacha20poly1305.NonceSizeX, overhead+len(plaintext))
	copy(out, k.id[:])
	nonce := out[idSize:]
	rand.Read(nonce)
	return k.aead(label).Seal(out, nonce, plaintext, ad)
}

func (s *sealer) open(label string, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < overhead {
		return nil, ErrSealed
	}
	id := [idSize]byte(sealed)
	for _, at := range s.keys {
		k := at.key
		if k.id != id {
			continue
		}
		rest := sealed[idSize:]
		plain, err := k.aead(label).Open(nil, rest[:chacha20poly1305.NonceSizeX], rest[chacha20poly1305.NonceSizeX:], ad)
		if err != nil {
			return nil, ErrSealed
		}
		return plain, nil
	}
	return nil, ErrSealed
}

func (k *sealKey) aead(label string) cipher.AEAD {
	if a, ok := k.aeads.Load(label); ok {
		return a.(cipher.AEAD)
	}
	a, err := chacha20poly1305.NewX(derive(k.secret, "seal/"+label))
	if err != nil {
		panic("vault: making a cipher: " + err.Error()) // only for a wrong key length
	}
	kept, _ := k.aeads.LoadOrStore(label, a)
	return kept.(cipher.AEAD)
}
