package vault

import (
	"bytes"
	"fmt"
	"slices"

	"exposure/internal/breach"
)

// Server computes everything that needs the server's key file. All methods are safe
// for concurrent use.
type Server struct {
	// keys is a function, because that is the one thing fmt never looks into: not even a
	// Server in an unexported field of something that is printed shows a key.
	keys func() *serverKeys
}

// serverKeys is what a Server hides. Lists of a purpose are newest first.
type serverKeys struct {
	tags     []*tagKey
	rosters  []breach.RosterKey
	pepper   living[*macKey]
	secrets  living[*macKey] // derived from the session-seal keys
	network  *macKey
	check    []*macKey
	letter   []letterKey
	memberID *sealer
	accounts living[accountKey] // derived from the member-id seals
	session  *sealer
	audit    living[auditKey]
	contacts contactsKey
	newest   []string // purpose=id of the newest key of each purpose
	rotated  bool     // some purpose has several keys
}

// ParseServer reads the content of the server's key file.
func ParseServer(data []byte) (*Server, error) {
	ring, err := parse(data, kindServer, serverPurposes())
	if err != nil {
		return nil, err
	}
	contacts, err := publicContacts(ring.newest(purposeContacts))
	if err != nil {
		return nil, fmt.Errorf("%w: its contacts key is no public key", ErrDamaged)
	}
	mac := func(k *key) *macKey { return newMAC(k.secret) }
	keys := &serverKeys{
		tags:     each(ring[purposeTag], newTagKey),
		pepper:   alive(ring[purposePepper], mac),
		secrets:  alive(ring[purposeSession], func(k *key) *macKey { return newMAC(derive(k.secret, "secrets")) }),
		network:  mac(ring.newest(purposeNetwork)),
		check:    each(ring[purposeCheck], mac),
		letter:   each(ring[purposeLetter], func(k *key) letterKey { return letterKey{k.name, newMAC(k.secret)} }),
		memberID: newSealer(ring[purposeMemberID]),
		accounts: alive(ring[purposeMemberID], newAccountKey),
		session:  newSealer(ring[purposeSession]),
		audit:    alive(ring[purposeAudit], newAuditKey),
		contacts: contacts,
	}
	keys.rosters = each(keys.tags, (*tagKey).roster)
	for _, p := range serverPurposes() {
		keys.newest = append(keys.newest, p.name()+"="+ring.newest(p).name)
		keys.rotated = keys.rotated || len(ring[p]) > 1
	}
	return &Server{func() *serverKeys { return keys }}, nil
}

// Newest names the newest key of each purpose, "PURPOSE=ID", and tells whether older ones
// live beside any of them.
func (s *Server) Newest() (names []string, rotated bool) {
	return slices.Clone(s.keys().newest), s.keys().rotated
}

func each[A, B any](list []A, f func(A) B) []B {
	var all []B
	for _, a := range list {
		all = append(all, f(a))
	}
	return all
}

// CodeMAC is what is stored instead of a code, under the pepper that writes.
func (s *Server) CodeMAC(parts ...[]byte) [32]byte {
	return s.keys().pepper.writer().framed("code", parts...)
}

// CodeMACs is CodeMAC under every pepper of the file, newest first: a code that was mailed
// before a new one was made is still known.
func (s *Server) CodeMACs(parts ...[]byte) [][32]byte {
	return each(s.keys().pepper, func(k liveKey[*macKey]) [32]byte { return k.key.framed("code", parts...) })
}

// DeriveSecret gives the same 32 bytes for the same label and nonce as long as the same
// session-seal key writes, so that a secret handed out need not be stored.
func (s *Server) DeriveSecret(label string, nonce []byte) [32]byte {
	return s.keys().secrets.writer().framed(label, nonce)
}

// DeriveSecrets is DeriveSecret under every session-seal key of the file, newest first.
func (s *Server) DeriveSecrets(label string, nonce []byte) [][32]byte {
	return each(s.keys().secrets, func(k liveKey[*macKey]) [32]byte { return k.key.framed(label, nonce) })
}

// NetworkTag stands for a client network in limiter keys and audit rows. Under a new key
// the limits begin a new window.
func (s *Server) NetworkTag(b []byte) [16]byte {
	mac := s.keys().network.sum(b)
	return [16]byte(mac[:16])
}

// letterKey names letter numbers.
type letterKey struct {
	id  string
	mac *macKey
}

// LetterTags are the names of a letter number (its 14 digits) under every letter key of the
// file, newest first: a letter of before a new key is still known.
func (s *Server) LetterTags(digits string) breach.Tags {
	return breach.NewTags(each(s.keys().letter, func(k letterKey) breach.KeyedTag {
		return breach.KeyedTag{Key: k.id, Tag: breach.Tag(k.mac.framed("letter-number", []byte(digits)))}
	})...)
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
