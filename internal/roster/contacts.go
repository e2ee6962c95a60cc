package roster

import (
	"context"
	"fmt"
	"strings"

	"exposure/internal/roster/profile"
)

// reached is somebody of whom anything is exposed, and where they can be written to.
type reached struct {
	key    string
	emails []Email
	postal Postal // as the shop writes it; empty parts: it does not have them
}

// writtenPostal is a postal address as the shop writes it.
func writtenPostal(name, zip, address string) Postal {
	return Postal{Name: strings.TrimSpace(strings.Clone(name)), Zip: strings.TrimSpace(strings.Clone(zip)), Address: strings.TrimSpace(strings.Clone(address))}
}

// Fold is the form in which names and postal addresses are compared: width, white space,
// dashes and signs in postal codes do not count.
func (p Postal) Fold() Postal {
	return Postal{Name: sameName(p.Name), Zip: foldZip(p.Zip), Address: foldAddress(p.Address)}
}

// contacts reads the files again, of which no address was kept: of a member the registration,
// of a recipient the last delivery, of everybody else, and of members without an address
// there, the newest order that puts them on a list. Not just any order: whoever knows an
// e-mail address can place one under it, and would be sent the letter.
func (s *shop) contacts(ctx context.Context, use func(*reached) error) error {
	wanted := marks{}
	for _, at := range s.refs {
		if s.people.at(at).held == 0 {
			continue
		}
		if from, ok := s.source(at); ok {
			wanted.set(from)
		} else if err := use(&reached{key: s.key(s.people.at(at)), emails: s.emails(at)}); err != nil {
			return err
		}
	}
	for _, role := range roles() {
		in := s.inputs[role]
		if in == nil {
			continue
		}
		if err := s.contactsOf(ctx, *in, wanted, use); err != nil {
			return err
		}
	}
	return nil
}

// contactsOf reads one file again.
func (s *shop) contactsOf(ctx context.Context, in input, wanted marks, use func(*reached) error) error {
	var walks []*walk
	for _, role := range in.uses {
		if w := s.walk(role); w != nil && wanted[role] != nil {
			walks = append(walks, w)
		}
	}
	if len(walks) == 0 {
		return nil
	}
	first := in.sum
	err := s.each(ctx, &in, silent{}, func(r profile.Row) error {
		for _, w := range walks {
			at, ok := w.reach(r.Line())
			if !ok || !wanted.has(record{w.role, w.at}) {
				continue
			}
			get := row{Row: r, in: &in, role: w.role}.get
			if err := use(&reached{
				key: s.key(s.people.at(at)), emails: s.emails(at),
				postal: writtenPostal(get(profile.Name), get(profile.PostalCode), get(profile.Address)),
			}); err != nil {
				return err
			}
		}
		return nil
	}, func(*input, int, string) {}) // they are rejects since it was read first
	if err == nil && in.sum != first {
		err = fmt.Errorf("%w: %s: it was changed while it was imported", ErrUnreadable, in.base)
	}
	return err
}

// record is one record of a file.
type record struct {
	role Role
	at   int32
}

// source is the record that says where a person lives; not ok: none does.
func (s *shop) source(at int32) (from record, ok bool) {
	p := s.people.at(at)
	switch {
	case p.kind == isMember && s.members.at(p.at).postal:
		return record{RoleMembers, p.at}, true
	case p.kind == isRecipient:
		return record{RoleDeliveries, p.last}, p.last != none
	}
	newest := none
	for i := p.last; i != none; i = s.orders.at(i).before {
		o := s.orders.at(i)
		if o.lists && o.postal && (newest == none || o.placed > s.orders.at(newest).placed) {
			newest = i
		}
	}
	return record{RoleOrders, newest}, newest != none
}

// marks are records, a bit each.
type marks map[Role][]uint64

func (m marks) set(r record) {
	page := int(r.at / 64)
	if missing := page + 1 - len(m[r.role]); missing > 0 {
		m[r.role] = append(m[r.role], make([]uint64, missing)...)
	}
	m[r.role][page] |= 1 << (r.at % 64)
}

func (m marks) has(r record) bool {
	page := int(r.at / 64)
	return page < len(m[r.role]) && m[r.role][page]&(1<<(r.at%64)) != 0
}

// walk goes through the records of a role in the order of their lines, beside the rows of
// the file they came from.
type walk struct {
	role Role
	n    int32
	at   int32 // the record that comes next, or is here
	line func(at int32) (line, person int32)
}

// walk is nil for roles that hold no people.
func (s *shop) walk(role Role) *walk {
	switch role {
	case RoleMembers:
		return &walk{role: role, n: int32(s.members.n), line: func(i int32) (int32, int32) { m := s.members.at(i); return m.line, m.person }}
	case RoleOrders:
		return &walk{role: role, n: int32(s.orders.n), line: func(i int32) (int32, int32) { o := s.orders.at(i); return o.line, o.person }}
	case RoleDeliveries:
		return &walk{role: role, n: int32(s.deliveries.n), line: func(i int32) (int32, int32) { d := s.deliveries.at(i); return d.line, d.person }}
	default:
		return nil
	}
}

// reach tells whether a record came from this line, and whose it is.
func (w *walk) reach(line int) (person int32, ok bool) {
	for ; w.at < w.n; w.at++ {
		from, person := w.line(w.at)
		if int(from) >= line {
			return person, int(from) == line && person != none
		}
	}
	return none, false
}
