package roster

import (
	"hash/maphash"

	"exposure/internal/email"
)

// index finds one of millions of things by what they are called. It keeps a part of the
// hash and a number for each, eight bytes, instead of the name: whoever asks says whether
// the thing of that number is the one.
type index struct {
	slots []slot // a power of two of them, at most three quarters in use
	n     int
}

type slot struct {
	hash uint32
	at   int32 // plus one; 0: free
}

const fewestSlots = 16

// find returns where the thing is for which is says yes; none if there is none.
func (x *index) find(hash uint64, is func(at int32) bool) int32 {
	if s := x.slot(hash, is); s != nil && s.at > 0 {
		return s.at - 1
	}
	return none
}

// put says where a thing is, instead of another one if is says yes to that.
func (x *index) put(hash uint64, at int32, is func(at int32) bool) {
	if 4*(x.n+1) > 3*len(x.slots) {
		x.grow()
	}
	s := x.slot(hash, is)
	if s.at == 0 {
		x.n++
	}
	*s = slot{hash: uint32(hash), at: at + 1}
}

// slot is that of a thing, or the free one it would have.
func (x *index) slot(hash uint64, is func(at int32) bool) *slot {
	if len(x.slots) == 0 {
		return nil
	}
	mask := uint32(len(x.slots) - 1)
	for i := uint32(hash) & mask; ; i = (i + 1) & mask {
		if s := &x.slots[i]; s.at == 0 || s.hash == uint32(hash) && is(s.at-1) {
			return s
		}
	}
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]slot, max(fewestSlots, 2*len(old)))
	for _, s := range old {
		if s.at > 0 {
			*x.slot(uint64(s.hash), func(int32) bool { return false }) = s
		}
	}
}

// owner is the member who was found to hold an address, see findOwners.
func (s *shop) owner(a email.Address) (member int32, ok bool) {
	at := s.owners.find(s.addressHash(a), func(at int32) bool { return s.members.at(at).holds(a) })
	return at, at != none
}

func (s *shop) setOwner(a email.Address, member int32) {
	s.owners.put(s.addressHash(a), member, func(at int32) bool { return s.members.at(at).holds(a) })
}

func (m *member) holds(a email.Address) bool { return m.email == a || m.mobile == a }

// guestBy is the guest who is known by an address, or none.
func (s *shop) guestBy(a email.Address) int32 {
	return s.guests.find(s.addressHash(a), func(at int32) bool { return *s.addresses.at(s.people.at(at).at) == a })
}

func (s *shop) guest(a email.Address) int32 {
	p := s.guestBy(a)
	if p == none {
		p = s.people.add(party{kind: isGuest, at: s.addresses.add(a), last: none, waits: none})
		s.guests.put(s.addressHash(a), p, func(int32) bool { return false })
	}
	return p
}

// find finds or adds somebody known by name and postal address only.
func (s *shop) find(in *index, kind partyKind, pl place) int32 {
	h := s.placeHash(pl)
	p := in.find(h, func(at int32) bool { return pl.is(*s.places.at(s.people.at(at).at)) })
	if p == none {
		p = s.people.add(party{kind: kind, at: s.places.add(pl.key()), last: none, waits: none})
		in.put(h, p, func(int32) bool { return false })
	}
	return p
}

func (s *shop) addressHash(a email.Address) uint64 { return maphash.String(s.seed, a.Reveal()) }

func (s *shop) placeHash(pl place) uint64 { return maphash.Comparable(s.seed, pl) }

// is tells whether key is that of this place; no part of one holds the sign between them.
func (p place) is(key string) bool {
	n, z := len(p.name), len(p.zip)
	return len(key) == n+z+len(p.address)+2 && key[:n] == p.name && key[n+1:n+1+z] == p.zip && key[n+z+2:] == p.address &&
		key[n] == '|' && key[n+1+z] == '|'
}
