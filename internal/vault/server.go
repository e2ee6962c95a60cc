package vault

import (
	"bytes"
	"crypto/ecdh"
	"encoding/binary"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// Server computes everything that needs the server's key file. All methods are safe
// for concurrent use.
type Server struct {
	// keys is a function, because that is the one thing fmt never looks into: not even a
	// Server in an unexported field of something that is printed shows a key.
	keys func() *serverKeys
}

// serverKeys is what a Server hides.
type serverKeys struct {
	tagKeyID string
	made     time.Time // of the tag key
	tag      *macKey
	rows     *macKey // derived from the tag key: a roster stands and falls with its tags
	handles  *macKey // derived from the tag key, as new tags make a new roster anyway
	pepper   *macKey
	network  *macKey
	check    *macKey
	letter   *macKey
	secrets  *macKey // derived from the session-seal key
	memberID *sealer
	session  *sealer
	audit    []auditKey // newest first
	contacts *ecdh.PublicKey
}

// Labels of what is computed under the tag key itself. An address always holds an @
// and never a NUL, so that no address has the same message.
const keyCheckMessage = "\x00exposure/key-check"

// ParseServer reads the content of the server's key file.
func ParseServer(data []byte) (*Server, error) {
	ring, err := parse(data, kindServer, serverPurposes())
	if err != nil {
		return nil, err
	}
	contacts, err := ecdh.X25519().NewPublicKey(ring.newest(purposeContacts).secret)
	if err != nil {
		return nil, fmt.Errorf("%w: its contacts key is no public key", ErrDamaged)
	}
	tag := ring.newest(purposeTag)
	keys := &serverKeys{
		tagKeyID: tag.name,
		made:     tag.created,
		tag:      newMAC(tag.secret),
		rows:     newMAC(derive(tag.secret, "roster-rows")),
		handles:  newMAC(derive(tag.secret, "handles")),
		pepper:   newMAC(ring.newest(purposePepper).secret),
		network:  newMAC(ring.newest(purposeNetwork).secret),
		check:    newMAC(ring.newest(purposeCheck).secret),
		letter:   newMAC(ring.newest(purposeLetter).secret),
		secrets:  newMAC(derive(ring.newest(purposeSession).secret, "secrets")),
		memberID: newSealer(ring[purposeMemberID]),
		session:  newSealer(ring[purposeSession]),
		audit:    auditKeys(ring[purposeAudit]),
		contacts: contacts,
	}
	return &Server{func() *serverKeys { return keys }}, nil
}

// Tag is the name under which an address is stored: HMAC-SHA-256 of its folded form.
func (s *Server) Tag(a email.Address) breach.Tag {
	return breach.Tag(s.keys().tag.sum([]byte(a.Reveal())))
}

// TagKeyID names the key that made the tags.
func (s *Server) TagKeyID() string { return s.keys().tagKeyID }

// Made is when the key that makes the tags was made.
func (s *Server) Made() time.Time { return s.keys().made }

// KeyCheck is a value that only the right tag key gives. Stored with a roster, it
// tells a wrong key file from a right one before the first answer.
func (s *Server) KeyCheck() [32]byte { return s.keys().tag.sum([]byte(keyCheckMessage)) }

// SentinelTag is the tag of the synthetic row that every version of the roster
// holds. No address has it, and without the key it looks like any other.
func (s *Server) SentinelTag(version int64) breach.Tag {
	return breach.Tag(s.RowMAC("roster-sentinel", binary.BigEndian.AppendUint64(nil, uint64(version))))
}

// RowMAC authenticates a row of the roster. The label says which kind of row.
func (s *Server) RowMAC(label string, parts ...[]byte) [32]byte {
	return s.keys().rows.framed(label, parts...)
}

// PersonHandle names a person of the roster across its versions: the same key of the
// importer has the same handle as long as the tag key is the same.
func (s *Server) PersonHandle(key string) breach.Handle {
	return s.keys().handles.framed("person", []byte(key))
}

// RecordHandle names a record of the review list across versions, by its stable id. No
// person's handle is ever a record's.
func (s *Server) RecordHandle(id string) breach.Handle {
	return s.keys().handles.framed("record", []byte(id))
}

// CodeMAC is what is stored instead of a code. A new pepper makes live codes void.
func (s *Server) CodeMAC(parts ...[]byte) [32]byte { return s.keys().pepper.framed("code", parts...) }

// DeriveSecret gives the same 32 bytes for the same label and nonce, so that a secret
// handed out need not be stored. A new session-seal key makes them void.
func (s *Server) DeriveSecret(label string, nonce []byte) [32]byte {
	return s.keys().secrets.framed(label, nonce)
}

// NetworkTag stands for a client network in limiter keys and audit rows.
func (s *Server) NetworkTag(b []byte) [16]byte {
	mac := s.keys().network.sum(b)
	return [16]byte(mac[:16])
}

// LetterTag is what is stored of a letter number (14 digits, folded).
func (s *Server) LetterTag(digits string) breach.Tag {
	return breach.Tag(s.keys().letter.framed("letter-number", []byte(digits)))
}

// CheckNumber is the word and the four digits by which the shop and this person
// recognise each other. Both parts are uniform.
func (s *Server) CheckNumber(t breach.Tag) breach.CheckNumber {
	for round := uint64(0); ; round++ {
		mac := s.keys().check.framed("check-number", t[:], binary.BigEndian.AppendUint64(nil, round))
		// 60,000 is the largest multiple of 10,000 that two bytes reach: a draw above it
		// would favour small numbers and is skipped.
		for i := 2; i+2 <= len(mac); i += 2 {
			if n := binary.BigEndian.Uint16(mac[i:]); n < 60_000 {
				return breach.CheckNumber{Word: int(mac[0] % 64), Digits: fmt.Sprintf("%04d", n%10_000)}
			}
		}
	}
}

// Seal encrypts and authenticates short-lived records such as sessions. The label is
// a constant that says what the record is; the associated data is what it is bound to
// and must be given again to open it.
func (s *Server) Seal(label string, plaintext, ad []byte) []byte {
	return s.keys().session.seal(label, plaintext, ad)
}

// Open reverses Seal. It returns ErrSealed whatever is wrong.
func (s *Server) Open(label string, sealed, ad []byte) ([]byte, error) {
	return s.keys().session.open(label, sealed, ad)
}

// memberIDBlock pads member ids, so that the length of a sealed one does not tell
// old members from new ones.
const memberIDBlock = 32

// SealMemberID encrypts a shop's member id for storage.
func (s *Server) SealMemberID(id string) []byte {
	padded := append([]byte(id), 0x80)
	for len(padded)%memberIDBlock != 0 {
		padded = append(padded, 0)
	}
	return s.keys().memberID.seal("member-id", padded, nil)
}

// OpenMemberID reverses SealMemberID, or returns ErrSealed.
func (s *Server) OpenMemberID(sealed []byte) (string, error) {
	padded, err := s.keys().memberID.open("member-id", sealed, nil)
	if err != nil {
		return "", err
	}
	end := bytes.LastIndexByte(padded, 0x80)
	if end < 0 {
		return "", ErrSealed
	}
	return string(padded[:end]), nil
}

// ContactsKey is the public key to which contacts for notices and letters are
// sealed. Only the operator's file opens them.
func (s *Server) ContactsKey() *ecdh.PublicKey { return s.keys().contacts }
