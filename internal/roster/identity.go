package roster

import (
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/profile"
)

// party is a person while the files are read.
type party struct {
	kind partyKind
	at   int32 // where the rest is: -> members, addresses or places
	held cohorts
	when answers

	last  int32 // -> orders, of a recipient deliveries: the last one in the file, or none
	waits int32 // -> waiting: the last one, or none
}

type partyKind uint8

const (
	isMember    partyKind = iota // -> members
	isGuest                      // -> addresses
	isNameless                   // a guest without a readable address -> places
	isRecipient                  // -> places
)

func (k partyKind) public() breach.PersonKind {
	switch k {
	case isMember:
		return breach.KindMember
	case isRecipient:
		return breach.KindRecipient
	default:
		return breach.KindGuest
	}
}

// findOwners decides to which member a guest's address belongs. Two members may hold
// one address (a member withdrew and registered again): then the one who can log in,
// then the one whose main address it is, then the newer registration.
func (s *shop) findOwners() {
	for i := range int32(s.members.n) {
		m := s.members.at(i)
		for _, a := range [...]email.Address{m.email, m.mobile} {
			if m.person == none || a.IsZero() {
				continue
			}
			if had, ok := s.owner(a); !ok || s.nearer(i, had, a) {
				s.setOwner(a, i)
			}
		}
	}
}

func (s *shop) nearer(i, j int32, a email.Address) bool {
	m, n := s.members.at(i), s.members.at(j)
	if m.live() != n.live() {
		return m.live()
	}
	if (m.email == a) != (n.email == a) {
		return m.email == a
	}
	return m.registered > n.registered
}

// whose finds or adds the person of an order: the member it names, if that
// registration counts; else the member who holds its address; else a guest by that
// address; and without a readable address a guest by name and postal address, which
// links nobody to anybody else. Where there is neither, each order is a person.
func (s *shop) whose(memberID string, a email.Address, place place, order string) (person int32) {
	if !slices.Contains(s.words.guests, memberID) {
		m, ok := s.memberIDs.find(memberID)
		if ok && s.members.at(m).person != none {
			return s.members.at(m).person
		}
		if !ok && s.holders[RoleMembers] != nil {
			s.unknownMembers++
		}
	}
	if a.IsZero() && place.blank() {
		s.unidentified++
		return s.alone(isNameless, order)
	}
	if a.IsZero() {
		return s.find(&s.nameless, isNameless, place)
	}
	if m, ok := s.owner(a); ok {
		return s.members.at(m).person
	}
	return s.guest(a)
}

// place is who and where somebody is, normalised: all there is to know about a
// recipient.
type place struct{ name, zip, address string }

func placeOf(r row) place {
	return place{
		name:    withoutBar(squeeze(r.get(profile.Name))),
		zip:     foldZip(r.get(profile.PostalCode)),
		address: withoutBar(foldAddress(r.get(profile.Address))),
	}
}

// withoutBar keeps the sign that separates the parts of a key out of them.
func withoutBar(s string) string { return strings.ReplaceAll(s, "|", "/") }

func (p place) key() string { return p.name + "|" + p.zip + "|" + p.address }

// blank: nothing tells this person from another one.
func (p place) blank() bool { return p.name == "" && p.address == "" }

// alone adds a person of whom only a record is known. What stands for them has no sign
// between parts, so that it is never a name and an address.
func (s *shop) alone(kind partyKind, record string) int32 {
	return s.people.add(party{kind: kind, at: s.places.add(record), last: none, waits: none})
}

// postalOf takes a key apart; the key of a person of whom only a record is known holds nothing.
func postalOf(key string) *Postal {
	name, rest, known := strings.Cut(key, "|")
	if !known {
		return &Postal{}
	}
	zip, address, _ := strings.Cut(rest, "|")
	return &Postal{Name: name, Zip: zip, Address: address}
}

// key is the stable name of a person within the shop's data.
func (s *shop) key(p *party) string {
	switch p.kind {
	case isMember:
		return "M:" + s.memberIDs.id(s.members.at(p.at).id)
	case isGuest:
		return "G:" + s.addresses.at(p.at).Reveal()
	case isNameless:
		return "G:" + *s.places.at(p.at)
	default:
		return "R:" + *s.places.at(p.at)
	}
}

// emails lists a person's addresses, each once. Only the current main address of a
// member who can log in is a login edge.
func (s *shop) emails(at int32) []Email {
	p := s.people.at(at)
	out := make([]Email, 0, 1)
	add := func(a email.Address, edge breach.Edge) {
		if !a.IsZero() && !slices.ContainsFunc(out, func(e Email) bool { return e.Address == a }) {
			out = append(out, Email{Address: a, Edge: edge})
		}
	}
	switch p.kind {
	case isMember:
		m := s.members.at(p.at)
		edge := breach.EdgeOther
		if m.live() {
			edge = breach.EdgeLogin
		}
		add(m.email, edge)
		add(m.mobile, breach.EdgeOther)
	case isGuest:
		add(*s.addresses.at(p.at), breach.EdgeOther)
	}
	for _, a := range s.further[at] {
		add(a, breach.EdgeOther)
	}
	return out
}
