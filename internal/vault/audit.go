package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
)

// auditKey signs heads of the audit log, and seals its rows under a key derived from it.
type auditKey struct {
	signer ed25519.PrivateKey
	seal   *macKey
}

func auditKeys(keys []*key) []auditKey {
	all := make([]auditKey, 0, len(keys))
	for _, k := range keys {
		all = append(all, auditKey{signer: ed25519.NewKeyFromSeed(k.secret), seal: newMAC(derive(k.secret, "audit-seal"))})
	}
	return all
}

// AuditSigner is the key that signs heads of the audit log.
func (s *Server) AuditSigner() ed25519.PrivateKey { return s.keys().audit[0].signer }

// AuditVerifiers are the public keys of everything this file ever signed with, newest
// first.
func (s *Server) AuditVerifiers() []ed25519.PublicKey {
	var all []ed25519.PublicKey
	for _, k := range s.keys().audit {
		all = append(all, k.signer.Public().(ed25519.PublicKey))
	}
	return all
}

// AuditSeal authenticates what belongs to the audit log. The label says what it is.
func (s *Server) AuditSeal(label string, parts ...[]byte) [32]byte {
	return s.keys().audit[0].seal.framed(label, parts...)
}

// AuditSealed tells whether AuditSeal gave this under the newest key or an earlier one.
func (s *Server) AuditSealed(seal [32]byte, label string, parts ...[]byte) bool {
	for _, k := range s.keys().audit {
		if want := k.seal.framed(label, parts...); hmac.Equal(want[:], seal[:]) {
			return true
		}
	}
	return false
}
