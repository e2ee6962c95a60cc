package roster

import (
	"fmt"
	"strings"

	"exposure/internal/breach"
)

// result spells out everybody who is on a list or on the review list: members first,
// then guests, then recipients, each in the order of the files.
func (s *shop) result() *Result {
	r := &Result{
		Rejects: s.rejects, SourcesDigest: s.digest(), incident: s.o.Incident, accepted: s.o.AcceptRejects,
	}
	spell := speller{judge: s.judge, known: map[string][]breach.Exposure{}}
	for _, kind := range [...]breach.PersonKind{breach.KindMember, breach.KindGuest, breach.KindRecipient} {
		for i := range s.people {
			p := &s.people[i]
			if at := int32(i); p.kind == kind && (p.held|p.could != 0 || s.first[at]) {
				person := s.person(at, &spell)
				r.People = append(r.People, person)
				r.Review = append(r.Review, s.reviewOf(at, person.Key)...)
			}
		}
	}
	r.Reconciliation = reconcile(s.o.Incident, r)
	r.Reconciliation.Stray = s.strayRows()
	r.Reconciliation.UnreadableAddresses = s.unreadable
	return r
}

func (s *shop) person(at int32, spell *speller) Person {
	p := &s.people[at]
	out := Person{
		Key: s.key(p), Kind: p.kind, Emails: s.emails(at), FirstNotice: s.first[at], Review: s.openOf(at),
		Exposures: spell.exposures(p.held, p.when, s.cardsOf(at)),
	}
	if p.kind == breach.KindMember {
		m := &s.members[p.member]
		out.MemberID, out.Withdrawn = m.id, m.withdrawn == breach.Yes
	}
	if p.kind == breach.KindRecipient {
		out.Name, out.Zip, out.Address = p.place[:p.nameEnd], p.place[p.nameEnd+1:p.zipEnd], p.place[p.zipEnd+1:]
	}
	return out
}

func (s *shop) cardsOf(person int32) []int {
	cards := make([]int, len(s.judge.in.Cohorts))
	for i := range cards {
		cards[i] = len(s.cards[ofCohort{person: person, cohort: i}])
	}
	return cards
}

func (s *shop) strayRows() []Stray {
	var out []Stray
	for _, role := range roles() {
		if n := s.stray[role]; n > 0 {
			out = append(out, Stray{File: s.inputs[role].base, Rows: n})
		}
	}
	return out
}

// speller shares equal lists of exposures: a roster of a million has a few dozen.
type speller struct {
	judge *judge
	known map[string][]breach.Exposure
}

func (s *speller) exposures(held cohorts, when answers, cards []int) []breach.Exposure {
	if held == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%x %x %v", held, when, cards)
	out, ok := s.known[b.String()]
	if !ok {
		out = s.judge.exposures(held, when, cards)
		s.known[b.String()] = out
	}
	return out
}
