package vault

import (
	"encoding/binary"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// tagKey names addresses, and authenticates what is kept under these names: a roster
// stands and falls with its tags.
type tagKey struct {
	id      string
	made    time.Time
	tag     *macKey
	rows    *macKey
	handles *macKey
}

// Labels of what is computed under the tag key itself. An address always holds an @
// and never a NUL, so that no address has the same message.
const keyCheckMessage = "\x00exposure/key-check"

func newTagKey(k *key) *tagKey {
	return &tagKey{
		id: k.name, made: k.created, tag: newMAC(k.secret),
		rows: newMAC(derive(k.secret, "roster-rows")), handles: newMAC(derive(k.secret, "handles")),
	}
}

func (k *tagKey) check() [32]byte { return k.tag.sum([]byte(keyCheckMessage)) }

func (k *tagKey) roster() breach.RosterKey {
	return breach.RosterKey{ID: k.id, Check: k.check(), MAC: k.rows.framed}
}

// Tag is the name under which an address is stored: HMAC-SHA-256 of its folded form
// under the newest tag key.
func (s *Server) Tag(a email.Address) breach.Tag {
	return breach.Tag(s.keys().tags[0].tag.sum([]byte(a.Reveal())))
}

// Tags are the names of an address under every tag key of the file, newest first.
func (s *Server) Tags(a email.Address) breach.Tags {
	var all []breach.KeyedTag
	for _, k := range s.keys().tags {
		all = append(all, breach.KeyedTag{Key: k.id, Tag: breach.Tag(k.tag.sum([]byte(a.Reveal())))})
	}
	return breach.NewTags(all...)
}

// RosterKeys are the tag keys of the file as rosters need them, newest first: new
// versions are made under the first, and each version is asked under its own.
func (s *Server) RosterKeys() []breach.RosterKey { return s.keys().rosters }

// TagKeyID names the newest tag key.
func (s *Server) TagKeyID() string { return s.keys().tags[0].id }

// Made is when the newest tag key was made.
func (s *Server) Made() time.Time { return s.keys().tags[0].made }

// KeyCheck is a value that only the newest tag key gives. Stored with a roster, it tells a
// wrong key file from a right one before the first answer.
func (s *Server) KeyCheck() [32]byte { return s.keys().rosters[0].Check }

// SentinelTag is the tag of the synthetic row that every version of the roster made under
// the newest key holds. No address has it, and without the key it looks like any other.
func (s *Server) SentinelTag(version int64) breach.Tag {
	return breach.Tag(s.RowMAC("roster-sentinel", binary.BigEndian.AppendUint64(nil, uint64(version))))
}

// RowMAC authenticates a row of the roster under the newest key. The label says which
// kind of row.
func (s *Server) RowMAC(label string, parts ...[]byte) [32]byte {
	return s.keys().tags[0].rows.framed(label, parts...)
}

// PersonHandle names a person of the roster across its versions: the same key of the
// importer has the same handle as long as the tag key is the same.
func (s *Server) PersonHandle(key string) breach.Handle { return s.PersonHandles(key)[0] }

// RecordHandle names a record of the review list across versions, by its stable id. No
// person's handle is ever a record's.
func (s *Server) RecordHandle(id string) breach.Handle { return s.RecordHandles(id)[0] }

// RecordHandles are the names of a record under every tag key, newest first: what was
// decided about it under an older one still holds.
func (s *Server) RecordHandles(id string) []breach.Handle {
	var all []breach.Handle
	for _, k := range s.keys().tags {
		all = append(all, k.handles.framed("record", []byte(id)))
	}
	return all
}

// PersonHandles are the names of a person under every tag key, newest first: what was
// written about them under an older one is still found.
func (s *Server) PersonHandles(key string) []breach.Handle {
	return each(s.keys().tags, func(k *tagKey) breach.Handle { return k.handles.framed("person", []byte(key)) })
}

// PasswordFingerprint is what is kept instead of the stored hash of a member's password:
// a keyed hash of both under every tag key of the file, in the form of [breach.Tags], so
// that fingerprints made before and after a new key can be compared
// ([breach.SamePassword]). It tells neither the hash nor whether two members have the same.
func (s *Server) PasswordFingerprint(memberID string, hash []byte) []byte {
	var all []breach.KeyedTag
	for _, k := range s.keys().tags {
		all = append(all, breach.KeyedTag{Key: k.id, Tag: k.handles.framed("password", []byte(memberID), hash)})
	}
	return breach.NewTags(all...).Bytes()
}
