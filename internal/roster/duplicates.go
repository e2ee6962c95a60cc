package roster

import (
	"cmp"
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// someone is a person under the hash of a name and a postal address.
type someone struct {
	who    uint64
	person int32
}

// countDuplicates counts people who share a name and a postal address. A person may come
// several times, also under several names; most is how often in all, at sixteen bytes each.
func countDuplicates(people iter.Seq[someone], most int) Duplicates {
	list := make([]someone, 0, most)
	list = slices.AppendSeq(list, people)
	slices.SortFunc(list, func(a, b someone) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.person, b.person))
	})
	var d Duplicates
	twice := map[int32]bool{}
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].who == list[from].who {
			to++
		}
		if list[from].person != list[to-1].person { // sorted: then all are the same
			d.Groups++
			for _, s := range list[from:to] {
				twice[s.person] = true
			}
		}
		from = to
	}
	d.People = len(twice)
	return d
}

// duplicates looks for people on a list who share a name and a postal address: buyers as
// their orders have them, and the recipients.
func (s *shop) duplicates() Duplicates {
	return countDuplicates(func(yield func(someone) bool) {
		for i := range int32(s.orders.n) {
			o := s.orders.at(i)
			if o.name == 0 || o.where == 0 || s.people.at(o.person).held == 0 {
				continue
			}
			if !yield(someone{pair(o.name, o.where), o.person}) {
				return
			}
		}
		for i := range int32(s.people.n) {
			p := s.people.at(i)
			if p.held == 0 || p.kind != isRecipient {
				continue
			}
			to := postalOf(*s.places.at(p.at))
			name, where := s.hash(sameName(to.Name)), s.hash(to.Zip+"|"+to.Address)
			if name != 0 && to.Address != "" && !yield(someone{pair(name, where), i}) {
				return
			}
		}
	}, s.orders.n+s.deliveries.n)
}

// pair stands for a name and an address together; both are hashes already.
func pair(name, where uint64) uint64 { return name ^ bits.RotateLeft64(where, 17) }

// duplicates looks for people of an approved list who share a name and a postal address.
func (l *list) duplicates() Duplicates {
	seed := maphash.MakeSeed()
	return countDuplicates(func(yield func(someone) bool) {
		for ref := range int32(l.size()) {
			p := l.person(int64(ref) + 1)
			if len(p.Exposures) == 0 || p.Postal == nil || p.Postal.Name == "" || p.Postal.Address == "" {
				continue
			}
			name, where := sameName(p.Postal.Name), p.Postal.Zip+"|"+p.Postal.Address
			if !yield(someone{maphash.String(seed, name+"|"+where), ref}) {
				return
			}
		}
	}, l.size())
}
