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
	s.forget()
	r.People = make([]Person, 0, s.kept()) // in one piece: a copy would double the peak
	for _, kind := range [...]breach.PersonKind{breach.KindMember, breach.KindGuest, breach.KindRecipient} {
		for at := range int32(s.people.n) {
			if s.people.at(at).kind.public() == kind && s.keeps(at) {
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

// keeps tells whether anything is to be said about a person.
func (s *shop) keeps(at int32) bool {
	return s.people.at(at).held != 0 || s.waiting[at] != nil || s.first[at]
}

func (s *shop) kept() int {
	n := 0
	for at := range int32(s.people.n) {
		if s.keeps(at) {
			n++
		}
	}
	return n
}

func (s *shop) person(at int32, spell *speller) Person {
	p := s.people.at(at)
	out := Person{
		Key: s.key(p), Kind: p.kind.public(), Emails: s.emails(at), FirstNotice: s.first[at], Review: s.openOf(at),
		Exposures: spell.exposures(p.held, p.when, s.cardsOf(at)),
	}
	switch p.kind {
	case isMember:
		out.MemberID, out.Withdrawn = out.Key[len("M:"):], s.members.at(p.at).withdrawn == breach.Yes
	case isRecipient:
		out.Postal = postalOf(out.Key[len("R:"):])
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

// forget drops what only finding people needed, before the result takes its place in
// memory.
func (s *shop) forget() {
	s.orders, s.deliveries = pile[order]{}, pile[delivery]{}
	s.orderIDs, s.memberIDs.at = numbers{}, nil
	s.owners, s.guests, s.nameless, s.recipients = nil, nil, nil, nil
	s.approved, s.tokens, s.former = nil, nil, nil
}
