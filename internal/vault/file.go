package vault

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Errors of loading a key file. They never contain a byte of it.
var (
	// ErrPermissions: somebody besides the owner may read or write the file.
	ErrPermissions = errors.New("key file is open to others than its owner")
	// ErrWrongKind: an operator file where the server's belongs, or the other way round,
	// or no key file at all.
	ErrWrongKind = errors.New("not this kind of key file")
	// ErrDamaged: the file is cut off, edited, or lacks a key.
	ErrDamaged = errors.New("key file is damaged")
	// ErrUnsupported: a format or a purpose that this program does not know, so probably
	// a file made by a newer one.
	ErrUnsupported = errors.New("key file was made by another version of this program")
)

// The kinds of key file.
const (
	kindServer   = "exposure-server-keys"
	kindOperator = "exposure-operator-keys"
)

// fileFormat is the only format there is so far.
const fileFormat = 1

const (
	secretSize = 32
	idSize     = 4
	// maxLive bounds the keys of one purpose that live together: guesses are compared
	// under every one of them.
	maxLive = 8
	// clockTolerance is how far in the future a key may have been made. One made later
	// than that would count as the newest until then, whatever is made after it.
	clockTolerance = 24 * time.Hour
)

// purpose says what a key may be used for. A key never serves two purposes.
type purpose string

const (
	purposeTag       purpose = "tag"
	purposeMemberID  purpose = "member_id_seal"
	purposeSession   purpose = "session_seal"
	purposePepper    purpose = "code_pepper"
	purposeNetwork   purpose = "network"
	purposeCheck     purpose = "check_number"
	purposeLetter    purpose = "letter"
	purposeAudit     purpose = "audit_signing"    // Ed25519 seed
	purposeContacts  purpose = "contacts_public"  // X25519 public key
	purposeContactsS purpose = "contacts_private" // X25519 private key
	purposeEvidence  purpose = "evidence"
)

func serverPurposes() []purpose {
	return []purpose{
		purposeTag, purposeMemberID, purposeSession, purposePepper, purposeNetwork,
		purposeCheck, purposeLetter, purposeAudit, purposeContacts,
	}
}

func operatorPurposes() []purpose { return []purpose{purposeContactsS, purposeEvidence} }

// file is a key file as written.
type file struct {
	Kind   string  `json:"kind"`
	Format int     `json:"format"`
	Keys   []entry `json:"keys"`
}

// entry is one key. Its secret is 32 bytes, in base64 in the file.
type entry struct {
	ID      string    `json:"id"` // 8 hex digits, unique within the file
	Purpose purpose   `json:"purpose"`
	Created time.Time `json:"created"`
	// Writes is from when the key writes; zero means from when it was made. Until then it
	// only opens, so that every node can be given the file first.
	Writes time.Time `json:"writes,omitzero"`
	Secret []byte    `json:"secret"`
}

// key is one parsed key.
type key struct {
	id      [idSize]byte
	name    string // the id in hex
	created time.Time
	writes  time.Time // zero: from the beginning
	secret  []byte
}

// keyring holds the keys of a file by purpose, newest first. It is let go of once the
// file is parsed.
type keyring map[purpose][]*key

// newest returns the newest key.
func (r keyring) newest(p purpose) *key { return r[p][0] }

// Generate makes the two key files of a new installation. The operator's contacts
// key and the server's public one are a pair and share an id.
func Generate(now time.Time) (server, operator []byte, err error) {
	s := file{Kind: kindServer, Format: fileFormat}
	o := file{Kind: kindOperator, Format: fileFormat}
	pair, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("making the contacts key: %w", err)
	}
	used := map[string]bool{}
	for _, p := range serverPurposes() {
		e := newEntry(p, now, used)
		if p == purposeContacts {
			e.Secret = pair.PublicKey().Bytes()
			o.Keys = append(o.Keys, entry{ID: e.ID, Purpose: purposeContactsS, Created: e.Created, Secret: pair.Bytes()})
		}
		s.Keys = append(s.Keys, e)
	}
	o.Keys = append(o.Keys, newEntry(purposeEvidence, now, used))
	if server, err = encode(s); err != nil {
		return nil, nil, err
	}
	if operator, err = encode(o); err != nil {
		return nil, nil, err
	}
	return server, operator, nil
}

// newEntry draws a key and an id that is not used yet.
func newEntry(p purpose, now time.Time, used map[string]bool) entry {
	e := entry{Purpose: p, Created: now.UTC().Truncate(time.Second), Secret: make([]byte, secretSize)}
	rand.Read(e.Secret) // never fails: crypto/rand ends the program instead
	for e.ID == "" || used[e.ID] {
		var id [idSize]byte
		rand.Read(id[:])
		e.ID = hex.EncodeToString(id[:])
	}
	used[e.ID] = true
	return e
}

func encode(f file) ([]byte, error) {
	b, err := json.Marshal(f, jsontext.WithIndent("  "))
	if err != nil {
		return nil, errors.New("encoding a key file") // the cause could quote a key
	}
	return append(b, '\n'), nil
}

// parse reads a key file of the wanted kind, which must hold every purpose of that kind.
func parse(data []byte, kind string, purposes []purpose) (keyring, error) {
	f, err := decode(data, kind)
	if err != nil {
		return nil, err
	}
	return f.ring(purposes)
}

// decode reads what a key file says, without looking at its keys. The decoder's own errors
// are dropped, because they quote the file.
func decode(data []byte, kind string) (file, error) {
	var f file
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return file{}, fmt.Errorf("%w: it is no complete JSON document of a key file", ErrDamaged)
	}
	switch {
	case f.Kind != kindServer && f.Kind != kindOperator:
		return file{}, fmt.Errorf("%w: it does not say that it is a key file", ErrWrongKind)
	case f.Kind != kind:
		return file{}, fmt.Errorf("%w: it is %s, wanted is %s", ErrWrongKind, f.Kind, kind)
	case f.Format != fileFormat:
		return file{}, fmt.Errorf("%w: its format is not %d", ErrUnsupported, fileFormat)
	}
	return f, nil
}

// ring checks the keys of a file and sorts them by purpose.
func (f file) ring(purposes []purpose) (keyring, error) {
	ring := keyring{}
	ids, secrets := map[string]bool{}, map[[secretSize]byte]bool{}
	for i, e := range f.Keys {
		k, err := e.key(purposes)
		if err != nil {
			return nil, fmt.Errorf("key %d of the file: %w", i+1, err)
		}
		switch {
		case ids[k.name]:
			return nil, fmt.Errorf("%w: key %d of the file repeats an id", ErrDamaged, i+1)
		case secrets[[secretSize]byte(k.secret)]:
			return nil, fmt.Errorf("%w: key %d of the file (%s) is one of those before it again: no key may serve twice", ErrDamaged, i+1, k.name)
		}
		ids[k.name], secrets[[secretSize]byte(k.secret)] = true, true
		ring[e.Purpose] = append(ring[e.Purpose], k)
	}
	for _, p := range purposes {
		switch n := len(ring[p]); {
		case n == 0:
			return nil, fmt.Errorf("%w: it holds no key for %s", ErrDamaged, p)
		case n > maxLive:
			return nil, fmt.Errorf("%w: it holds %d keys for %s, more than %d", ErrDamaged, n, p, maxLive)
		}
		// Stable and reversed: of two keys made in the same second, the later one in the
		// file is the newer one.
		slices.Reverse(ring[p])
		slices.SortStableFunc(ring[p], func(a, b *key) int { return b.created.Compare(a.created) })
	}
	return ring, nil
}

func (e entry) key(purposes []purpose) (*key, error) {
	k := &key{name: e.ID, created: e.Created, writes: e.Writes, secret: e.Secret}
	id, err := hex.DecodeString(e.ID)
	switch {
	case !slices.Contains(purposes, e.Purpose):
		return nil, fmt.Errorf("%w: a purpose that does not belong there", ErrUnsupported)
	case err != nil || len(id) != idSize || hex.EncodeToString(id) != e.ID:
		return nil, fmt.Errorf("%w: its id is not %d hex digits", ErrDamaged, 2*idSize)
	case e.Created.IsZero():
		return nil, fmt.Errorf("%w: it has no time of creation", ErrDamaged)
	case e.Created.After(time.Now().Add(clockTolerance)):
		return nil, fmt.Errorf("%w: it was made in the future, on %s: set this machine's clock, or bring the file back from the safe",
			ErrDamaged, e.Created.UTC().Format(time.DateOnly))
	case !e.Writes.IsZero() && (e.Writes.Before(e.Created) || e.Writes.After(e.Created.Add(maxDelay))):
		return nil, fmt.Errorf("%w: the time from which it writes is no time soon after it was made", ErrDamaged)
	case len(e.Secret) != secretSize:
		return nil, fmt.Errorf("%w: it is not %d bytes long", ErrDamaged, secretSize)
	case slices.Equal(e.Secret, make([]byte, secretSize)):
		return nil, fmt.Errorf("%w: it is all zeroes", ErrDamaged)
	}
	copy(k.id[:], id)
	return k, nil
}
