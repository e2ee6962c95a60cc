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

func newAuditKey(k *key) auditKey {
	return auditKey{signer: ed25519.NewKeyFromSeed(k.secret), seal: newMAC(derive(k.secret, "audit-seal"))}
}

// AuditSigner is the key that signs heads of the audit log now.
func (s *Server) AuditSigner() ed25519.PrivateKey { return s.keys().audit.writer().signer }

// AuditVerifiers are the public keys of everything this file ever signed with, newest
// first.
func (s *Server) AuditVerifiers() []ed25519.PublicKey {
	var all []ed25519.PublicKey
	for _, k := range s.keys().audit {
		all = append(all, k.key.signer.Public().(ed25519.PublicKey))
	}
	return all
}

// AuditSeal authenticates what belongs to the audit log. The label says what it is.
func (s *Server) AuditSeal(label string, parts ...[]byte) [32]byte {
	return s.keys().audit.writer().seal.framed(label, parts...)
}

// AuditSealed tells whether AuditSeal gave this under the newest key or an earlier one.
func (s *Server) AuditSealed(seal [32]byte, label string, parts ...[]byte) bool {
	for _, k := range s.keys().audit {
		if want := k.key.seal.framed(label, parts...); hmac.Equal(want[:], seal[:]) {
			return true
		}
	}
	return false
}
