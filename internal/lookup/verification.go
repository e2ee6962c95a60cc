package lookup

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/otp"
)

// verification is one browser's or call's attempt to prove a mailbox. It is kept
// nowhere: its id carries it, sealed, so that a forged or foreign id never reaches a
// store, and its secret is derived from its nonce.
type verification struct {
	nonce   [16]byte
	purpose otp.Purpose
	issued  time.Time
	address email.Address
	tags    breach.Tags // under every key that lives
}

// place is the tag under which codes, tries and mails of the address are kept: that of the
// oldest key, so that a new key changes nothing about what is running.
func (v verification) place() breach.Tag { return v.tags.Oldest() }

// verificationLabel separates sealed ids from whatever else the same keys seal.
const verificationLabel = "verification"

const verificationHead = 16 + 8 + 1

func (s *Service) newVerification(a email.Address, p otp.Purpose) verification {
	v := verification{purpose: p, issued: s.Now().Truncate(time.Millisecond), address: a, tags: s.Keys.Tags(a)}
	rand.Read(v.nonce[:]) // never fails: crypto/rand aborts the program instead
	return v
}

func (s *Service) sealID(v verification) string {
	b := make([]byte, 0, verificationHead+len(v.purpose)+len(v.address.Reveal()))
	b = append(b, v.nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(v.issued.UnixMilli()))
	b = append(b, byte(len(v.purpose)))
	b = append(b, v.purpose...)
	b = append(b, v.address.Reveal()...)
	return base64.RawURLEncoding.EncodeToString(s.Keys.Seal(verificationLabel, b, nil))
}

// maxID bounds the work done on a foreign id: the longest address sealed and encoded.
const maxID = 512

// openID returns ErrNotFound for every id that is not ours or whose time is over.
func (s *Service) openID(id string) (verification, error) {
	v, err := s.unseal(id)
	if age := s.Now().Sub(v.issued); err == nil && (age >= Life || age < -Life) {
		return verification{}, ErrNotFound
	}
	return v, err
}

// Begun is what a browser began a verification with.
type Begun struct {
	Address   email.Address
	ExpiresAt time.Time
}

// Recall tells the holder of a verification what it was begun with, also after its time:
// a page shows the address back and lets it be used again. It asks no store, and says
// nothing that whoever began it did not say.
//
// Errors: ErrNotFound for an id that does not open or whose secret is not this one.
func (s *Service) Recall(id, secret string) (Begun, error) {
	v, err := s.unseal(id)
	if err != nil {
		return Begun{}, err
	}
	if v.purpose != otp.Web || !s.knows(v, secret) {
		return Begun{}, ErrNotFound
	}
	return Begun{Address: v.address, ExpiresAt: v.issued.Add(Life)}, nil
}

// unseal returns ErrNotFound for every id that is not ours.
func (s *Service) unseal(id string) (verification, error) {
	if len(id) > maxID {
		return verification{}, ErrNotFound
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil {
		return verification{}, ErrNotFound
	}
	b, err := s.Keys.Open(verificationLabel, sealed, nil)
	if err != nil || len(b) < verificationHead || len(b) < verificationHead+int(b[verificationHead-1]) {
		return verification{}, ErrNotFound
	}
	v := verification{issued: time.UnixMilli(int64(binary.BigEndian.Uint64(b[16:])))}
	copy(v.nonce[:], b)
	rest := b[verificationHead:]
	n := b[verificationHead-1]
	v.purpose = otp.Purpose(rest[:n])
	if v.address, err = email.Parse(string(rest[n:])); err != nil {
		return verification{}, fmt.Errorf("%w: its address no longer parses", ErrNotFound)
	}
	v.tags = s.Keys.Tags(v.address)
	return v, nil
}

// secrets are what browsers may have been given for a verification: it may have begun
// before the keys changed.
func (s *Service) secrets(v verification) [][32]byte {
	return s.Keys.DeriveSecrets(otp.SecretLabel, v.nonce[:])
}

func (s *Service) encodedSecret(v verification) string {
	return encodeSecret(s.Keys.DeriveSecret(otp.SecretLabel, v.nonce[:]))
}

func encodeSecret(secret [32]byte) string { return base64.RawURLEncoding.EncodeToString(secret[:]) }

// knows tells whether the browser was given this verification's secret.
func (s *Service) knows(v verification, secret string) bool {
	same := 0
	for _, own := range s.secrets(v) {
		same |= subtle.ConstantTimeCompare([]byte(encodeSecret(own)), []byte(secret))
	}
	return same == 1
}
