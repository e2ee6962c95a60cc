package roster

import (
	"context"
	"iter"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// listed is one person of an approved list. It waits on the review list if it could be in
// further cohorts.
type listed struct {
	Person
	written  Postal // as it stands in the list
	line     int32
	stated   cohorts // as the list says
	held     cohorts // with what was decided
	could    cohorts
	decision breach.Decision
}

func (e *listed) open() bool {
	return e.could != 0 && e.decision != breach.DecidedIn && e.decision != breach.DecidedOut
}

// decide asks what was decided about somebody who got the first notice and is in no cohort
// about cards: without a decision card data would be ruled out without a word.
func (l *list) decide(p *Person, could cohorts) breach.Decision {
	if l.o.Decided == nil {
		return ""
	}
	id := l.recordID(p, could)
	d := l.o.Decided(id)
	if !d.Known() {
		return ""
	}
	l.decided = append(l.decided, id+" "+string(d))
	return d
}

func (l *list) recordID(p *Person, could cohorts) string {
	return codeOf(breach.FirstNoticeOnly).id("list/"+pseudonym(p.Key), could.ids(l.o.Incident))
}

func (l *list) size() int { return l.people.n }

func (l *list) person(ref int64) Person {
	e := l.people.at(int32(ref - 1))
	p := e.Person
	if e.open() {
		p.Review = []breach.Open{{Reason: breach.FirstNoticeOnly, Cohorts: e.could.ids(l.o.Incident)}}
	}
	return p
}

func (l *list) review() iter.Seq[ReviewRecord] {
	return func(yield func(ReviewRecord) bool) {
		for i := range int32(l.people.n) {
			e := l.people.at(i)
			if e.could == 0 {
				continue
			}
			if !yield(ReviewRecord{
				ID: l.recordID(&e.Person, e.could), Reason: breach.FirstNoticeOnly, Person: e.Key, File: l.mistakes.File, Line: int(e.line),
				Cohorts: e.could.ids(l.o.Incident), OnList: e.held != 0, Decision: e.decision,
			}) {
				return
			}
		}
	}
}

func (l *list) contacts(ctx context.Context, use func(*reached) error) error {
	for i := range int32(l.people.n) {
		e := l.people.at(i)
		if len(e.Exposures) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := use(&reached{key: e.Key, emails: e.Emails, postal: e.written}); err != nil {
			return err
		}
	}
	return nil
}

// evidence of an approved list is the list: somebody else applied the rules.
func (l *list) evidence(ref int64) []Evidence {
	e := l.people.at(int32(ref - 1))
	record := lineRecord("list", int(e.line))
	var out []Evidence
	for _, id := range e.stated.ids(l.o.Incident) {
		out = append(out, Evidence{Record: record, Cohort: id, Verdict: breach.Yes})
	}
	return append(out, toldFirstEvidence(l.o.Incident, e.could, record, e.decision)...)
}

func (l *list) explain(a email.Address) []Explanation {
	var out []Explanation
	for i := range int32(l.people.n) {
		e := l.people.at(i)
		if slices.ContainsFunc(e.Emails, func(m Email) bool { return m.Address == a }) {
			p := l.person(e.Ref)
			out = append(out, Explanation{Kind: p.Kind, Cohorts: e.held.ids(l.o.Incident), Review: p.Review, Evidence: l.evidence(e.Ref)})
		}
	}
	return out
}

// rules has no records to count: a list comes without any.
func (l *list) rules() []RuleCount {
	out := slices.Clone(l.judge.counts)
	for i := range int32(l.people.n) {
		for k := range out {
			if l.people.at(i).held.has(k) {
				out[k].People++
			}
		}
	}
	return out
}
