package roster

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// Result is a roster in memory: everything an import found, nothing saved. People are
// built as they are asked for, so that a roster of a million takes no more memory than
// what was read. It is for one goroutine.
type Result struct {
	Rejects        []Reject
	Reconciliation Reconciliation

	// SourcesDigest is SHA-256 over the roles and contents of the files, how they were read
	// and what was decided about records, so that the same sources are recognised whatever
	// the files are called.
	SourcesDigest [32]byte

	from     origin
	incident *breach.Incident
	accepted int
}

// origin is what people are built from: a shop's exports or an approved list.
type origin interface {
	size() int
	person(ref int64) Person // ref from 1 to size
	review() iter.Seq[ReviewRecord]
	evidence(ref int64) []Evidence
	explain(a email.Address) []Explanation
	rules() []RuleCount
	// contacts hands over everybody of whom anything is exposed, once, in any order.
	contacts(ctx context.Context, use func(*reached) error) error
}

// People are all who are on a list, on the review list, or both, in the order of Ref:
// members first, then guests, then recipients, each in the order of the files.
func (r *Result) People() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for ref := int64(1); ref <= int64(r.from.size()); ref++ {
			if !yield(r.from.person(ref)) {
				return
			}
		}
	}
}

// Size is how many people there are.
func (r *Result) Size() int { return r.from.size() }

// Review is the review list in the order of its people, with the records already decided:
// also those of people whom a decision took off every list.
func (r *Result) Review() iter.Seq[ReviewRecord] { return r.from.review() }

// result settles who is told anything, and in which order.
func (s *shop) result() *Result {
	s.forget()
	s.refs = make([]int32, 0, s.kept())
	for at := range s.inOrder() {
		if s.keeps(at) {
			s.refs = append(s.refs, at)
		}
	}
	r := &Result{
		Rejects: s.rejects, SourcesDigest: s.digest(), from: s, incident: s.o.Incident, accepted: s.o.AcceptRejects,
	}
	r.Reconciliation = reconcile(s.o.Incident, r)
	r.Reconciliation.Stray = s.strayRows()
	r.Reconciliation.UnreadableAddresses = s.unreadable
	r.Reconciliation.UnreadableAt = append(r.Reconciliation.UnreadableAt, s.unreadableAt...)
	s.account(&r.Reconciliation)
	return r
}

// inOrder is everybody: members, then guests, then recipients.
func (s *shop) inOrder() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, kind := range [...]breach.PersonKind{breach.KindMember, breach.KindGuest, breach.KindRecipient} {
			for at := range int32(s.people.n) {
				if s.people.at(at).kind.public() == kind && !yield(at) {
					return
				}
			}
		}
	}
}

// keeps tells whether anything is to be said about a person.
func (s *shop) keeps(at int32) bool {
	if s.people.at(at).held != 0 || s.first[at] {
		return true
	}
	for i := s.people.at(at).waits; i != none; i = s.waiting.at(i).before {
		if s.waiting.at(i).open() {
			return true
		}
	}
	return false
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

func (s *shop) size() int { return len(s.refs) }

func (s *shop) person(ref int64) Person {
	at := s.refs[ref-1]
	p := s.people.at(at)
	out := Person{
		Ref: ref, Key: s.key(p), Kind: p.kind.public(), Emails: s.emails(at), FirstNotice: s.first[at], Review: s.openOf(at),
		Exposures: s.speller.exposures(p.held, p.when, s.cardsOf(at)),
	}
	switch p.kind {
	case isMember:
		out.MemberID, out.Withdrawn = out.Key[len("M:"):], s.members.at(p.at).withdrawn == breach.Yes
	case isRecipient:
		out.Postal = postalOf(out.Key[len("R:"):])
	}
	return out
}

// cardsOf is nil for most people: they have no counted card.
func (s *shop) cardsOf(person int32) []int {
	var cards []int
	for i := range s.judge.in.Cohorts {
		if n := len(s.cards[ofCohort{person: person, cohort: i}]); n > 0 {
			if cards == nil {
				cards = make([]int, len(s.judge.in.Cohorts))
			}
			cards[i] = n
		}
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
	plain map[spelling][]breach.Exposure
	cards map[string][]breach.Exposure
}

// spelling is what the exposures of somebody without counted cards follow from.
type spelling struct {
	held cohorts
	when answers
}

func newSpeller(j *judge) speller {
	return speller{judge: j, plain: map[spelling][]breach.Exposure{}, cards: map[string][]breach.Exposure{}}
}

// exposures may be shared between people: nobody may change them. No cards are counted
// where cards is nil.
func (s *speller) exposures(held cohorts, when answers, cards []int) []breach.Exposure {
	if held == 0 {
		return nil
	}
	if cards == nil {
		k := spelling{held, when}
		out, ok := s.plain[k]
		if !ok {
			out = s.judge.exposures(held, when, make([]int, len(s.judge.in.Cohorts)))
			s.plain[k] = out
		}
		return out
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%x %x %v", held, when, cards)
	out, ok := s.cards[b.String()]
	if !ok {
		out = s.judge.exposures(held, when, cards)
		s.cards[b.String()] = out
	}
	return out
}

// forget drops what only finding people needed.
func (s *shop) forget() {
	s.orderIDs.forget()
	s.memberIDs.forget()
	s.orderNumbers.forget()
	s.owners, s.guests, s.nameless, s.recipients = index{}, index{}, index{}, index{}
	s.tokens, s.shipments, s.orderSums = nil, nil, pile[uint64]{}
}
