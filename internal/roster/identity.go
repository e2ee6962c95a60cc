package roster

import (
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// party is a person while the files are read.
type party struct {
	kind    breach.PersonKind
	member  int32 // -> members, of members only
	address email.Address
	place   string // name|zip|address: of recipients, and of guests without a readable address
	nameEnd int32  // where the name ends in place
	zipEnd  int32

	held  cohorts
	when  answers
	could cohorts // cohorts of open review records
}

func (s *shop) addParty(p party) int32 {
	s.people = append(s.people, p)
	return int32(len(s.people) - 1)
}

// findOwners decides to which member a guest's address belongs. Two members may hold
// one address (a member withdrew and registered again): then the one who can log in,
// then the one whose main address it is, then the newer registration.
func (s *shop) findOwners() {
	for i := range s.members {
		if s.members[i].person == none {
			continue
		}
		for _, a := range [...]email.Address{s.members[i].email, s.members[i].mobile} {
			if a.IsZero() {
				continue
			}
			if had, ok := s.owners[a]; !ok || s.nearer(int32(i), had, a) {
				s.owners[a] = int32(i)
			}
		}
	}
}

func (s *shop) nearer(i, j int32, a email.Address) bool {
	m, n := s.members[i], s.members[j]
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
// links nobody to anybody else.
func (s *shop) whose(memberID string, a email.Address, place place) (person int32) {
	if !slices.Contains(s.words.guests, memberID) {
		if m, ok := s.memberByID[memberID]; ok && s.members[m].person != none {
			return s.members[m].person
		}
	}
	if a.IsZero() {
		return s.find(s.byPlace, breach.KindGuest, place)
	}
	if m, ok := s.owners[a]; ok {
		return s.members[m].person
	}
	if p, ok := s.guests[a]; ok {
		return p
	}
	p := s.addParty(party{kind: breach.KindGuest, member: none, address: a})
	s.guests[a] = p
	return p
}

// place is who and where somebody is, normalised: all there is to know about a
// recipient.
type place struct{ name, zip, address string }

func placeOf(r row) place {
	return place{
		name:    squeeze(r.get(fFamilyName) + r.get(fGivenName)),
		zip:     foldZip(r.get(fZip1) + r.get(fZip2)),
		address: foldAddress(r.get(fPrefecture) + r.get(fAddress1) + r.get(fAddress2)),
	}
}

func (p place) key() string { return p.name + "|" + p.zip + "|" + p.address }

func (s *shop) find(in map[string]int32, kind breach.PersonKind, pl place) int32 {
	key := pl.key()
	if p, ok := in[key]; ok {
		return p
	}
	end := int32(len(pl.name))
	p := s.addParty(party{kind: kind, member: none, place: key, nameEnd: end, zipEnd: end + 1 + int32(len(pl.zip))})
	in[key] = p
	return p
}

// key is the stable name of a person within the shop's data.
func (s *shop) key(p *party) string {
	switch {
	case p.kind == breach.KindMember:
		return "M:" + s.members[p.member].id
	case p.kind == breach.KindRecipient:
		return "R:" + p.place
	case !p.address.IsZero():
		return "G:" + p.address.Reveal()
	default:
		return "G:" + p.place
	}
}

// emails lists a person's addresses, each once. Only the current main address of a
// member who can log in is a login edge.
func (s *shop) emails(at int32) []Email {
	p := &s.people[at]
	var out []Email
	add := func(a email.Address, edge breach.Edge) {
		if !a.IsZero() && !slices.ContainsFunc(out, func(e Email) bool { return e.Address == a }) {
			out = append(out, Email{Address: a, Edge: edge})
		}
	}
	if p.kind == breach.KindMember {
		m := &s.members[p.member]
		edge := breach.EdgeOther
		if m.live() {
			edge = breach.EdgeLogin
		}
		add(m.email, edge)
		add(m.mobile, breach.EdgeOther)
	}
	add(p.address, breach.EdgeOther)
	for _, a := range s.former[at] {
		add(a, breach.EdgeOther)
	}
	return out
}
