package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// macKey computes HMAC-SHA-256 under one key. It keeps keyed hashes for reuse, which
// saves the two blocks that keying costs. Safe for concurrent use.
type macKey struct{ pool sync.Pool }

// keyedHash is one reusable HMAC with room for its output and a length.
type keyedHash struct {
	hash.Hash
	out [sha256.Size]byte
	len [8]byte
}

func newMAC(secret []byte) *macKey {
	m := &macKey{}
	m.pool.New = func() any { return &keyedHash{Hash: hmac.New(sha256.New, secret)} }
	return m
}

// sum is the MAC of one message.
func (m *macKey) sum(message []byte) [32]byte {
	h := m.pool.Get().(*keyedHash)
	h.Reset()
	h.Write(message)
	return m.finish(h)
}

// framed is the MAC of a label and a list of parts, each preceded by its length in
// eight bytes, so that no two different lists give the same message.
func (m *macKey) framed(label string, parts ...[]byte) [32]byte {
	h := m.pool.Get().(*keyedHash)
	h.Reset()
	h.frame([]byte(label))
	for _, p := range parts {
		h.frame(p)
	}
	return m.finish(h)
}

func (m *macKey) finish(h *keyedHash) [32]byte {
	h.Sum(h.out[:0])
	out := h.out
	m.pool.Put(h)
	return out
}

func (h *keyedHash) frame(p []byte) {
	binary.BigEndian.PutUint64(h.len[:], uint64(len(p)))
	h.Write(h.len[:])
	h.Write(p)
}

// derive makes an independent key for a label out of a key (RFC 5869, no salt: the
// key is already uniformly random).
func derive(secret []byte, label string) []byte {
	k, err := hkdf.Key(sha256.New, secret, nil, "exposure/"+label, secretSize)
	if err != nil {
		panic("vault: deriving a key: " + err.Error()) // only for absurd lengths
	}
	return k
}
