package roster

import (
	"slices"
	"strconv"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
)

// evidence is worked out anew from the facts that are kept of each record: nothing is
// stored for it. Records that no rule and no doubt ties to a list are left out.
func (s *shop) evidence(ref int64) []Evidence { return s.evidenceOf(s.refs[ref-1], false) }

// evidenceOf lists what the rules say about a person's records, in the order of the
// files; with all also where they plainly say no.
func (s *shop) evidenceOf(person int32, all bool) []Evidence {
	p := s.people.at(person)
	waits := s.waitingOf(person)
	var out []Evidence
	add := func(kind about, at int32, record string, rec facts, ordered breach.Decision) {
		w := waitingAbout(waits, kind, at)
		out = append(out, s.judge.evidence(kind, record, rec, w, ordered, all)...)
	}
	if p.kind == isMember {
		add(aboutMember, p.at, s.memberRecord(p.at), s.memberFacts(p.at), "")
	}
	for _, at := range s.chain(p) {
		if p.kind != isRecipient {
			add(aboutOrder, at, s.orderRecord(at), s.orderFacts(at), "")
			continue
		}
		ordered := breach.Decision("")
		if s.orders.at(s.deliveries.at(at).order).counts {
			ordered = breach.DecidedIn
		}
		add(aboutDelivery, at, s.deliveryRecord(at), s.deliveryFacts(at), ordered)
	}
	for _, w := range waits {
		if w.about == aboutFirst {
			out = append(out, toldFirstEvidence(s.judge.in, w.could, lineRecord("first_notice", int(w.at)), w.decision.name())...)
		}
	}
	return out
}

// chain lists a person's orders, or a recipient's deliveries, in the order of the file.
func (s *shop) chain(p *party) []int32 {
	n := 0
	before := func(at int32) int32 {
		if p.kind == isRecipient {
			return s.deliveries.at(at).before
		}
		return s.orders.at(at).before
	}
	for at := p.last; at != none; at = before(at) {
		n++
	}
	out := make([]int32, n)
	for at := p.last; at != none; at = before(at) {
		n--
		out[n] = at
	}
	return out
}

func waitingAbout(waits []*waiting, kind about, at int32) *waiting {
	for _, w := range waits {
		if w.about == kind && w.at == at {
			return w
		}
	}
	return nil
}

func (a about) kind() breach.RecordKind {
	return [...]breach.RecordKind{breach.MemberRecord, breach.OrderRecord, breach.DeliveryRecord, ""}[a]
}

// evidence is what each rule for this kind of record says about one. w is the record on
// the review list, or nil; ordered is what was decided about the order of a delivery.
func (j *judge) evidence(kind about, record string, rec facts, w *waiting, ordered breach.Decision, all bool) []Evidence {
	var out []Evidence
	for i := range j.in.Cohorts {
		c := &j.in.Cohorts[i]
		if c.Record != kind.kind() {
			continue
		}
		e := Evidence{Record: record, Cohort: c.ID, Verdict: holds(c.Where, rec), Decision: ordered}
		doubtful := w != nil && w.could.has(i)
		if doubtful {
			e.Decision = w.decision.name()
		}
		if e.Verdict == breach.No && !doubtful && !all {
			continue
		}
		e.Conditions = j.marks(i, e.Verdict, rec)
		out = append(out, e)
	}
	return out
}

// holds evaluates a rule that was evaluated on the same record before, without an error.
func holds(rule breach.Rule, rec facts) breach.Tri {
	if rule == nil {
		return breach.Unknown
	}
	t, err := rec.hold(rule)
	if err != nil {
		return breach.Unknown
	}
	return t
}

// marks answers each condition of the rule of cohort i.
func (j *judge) marks(i int, verdict breach.Tri, rec facts) string {
	if j.parts == nil {
		j.parts = make([][]incident.Condition, len(j.in.Cohorts))
		for i, c := range j.in.Cohorts {
			j.parts[i] = incident.Conditions(c.Where)
		}
	}
	if verdict == breach.Yes { // then all of them hold
		return strings.Repeat("y", len(j.parts[i]))
	}
	var b strings.Builder
	for _, c := range j.parts[i] {
		b.WriteByte(mark(holds(c.Rule, rec)))
	}
	return b.String()
}

func mark(t breach.Tri) byte {
	switch t {
	case breach.Yes:
		return 'y'
	case breach.No:
		return 'n'
	default:
		return '?'
	}
}

// toldFirstEvidence is of somebody who got the first notice although no record puts them
// into the cohorts it may have meant.
func toldFirstEvidence(in *breach.Incident, could cohorts, record string, decision breach.Decision) []Evidence {
	var out []Evidence
	for _, id := range could.ids(in) {
		out = append(out, Evidence{Record: record, Cohort: id, Verdict: breach.Unknown, Decision: decision})
	}
	return out
}

func lineRecord(kind string, line int) string { return kind + "/" + strconv.Itoa(line) }

func (s *shop) explain(a email.Address) []Explanation {
	var out []Explanation
	for person := range int32(s.people.n) {
		if s.usedBy(person, a) {
			p := s.people.at(person)
			out = append(out, Explanation{Kind: p.kind.public(), Cohorts: p.held.ids(s.judge.in), Review: s.openOf(person),
				Evidence: s.evidenceOf(person, true)})
		}
	}
	// A registration on no list is nobody's identity, and still an answer.
	for at := range int32(s.members.n) {
		if m := s.members.at(at); m.person == none && (m.email == a || m.mobile == a) {
			out = append(out, Explanation{Kind: breach.KindMember,
				Evidence: s.judge.evidence(aboutMember, s.memberRecord(at), s.memberFacts(at), nil, "", true)})
		}
	}
	return out
}

// usedBy tells whether an address is a person's: of the registration or of any order.
func (s *shop) usedBy(person int32, a email.Address) bool {
	switch p := s.people.at(person); p.kind {
	case isGuest:
		return *s.addresses.at(p.at) == a
	case isMember:
		if m := s.members.at(p.at); m.email == a || m.mobile == a {
			return true
		}
		for at := p.last; at != none; at = s.orders.at(at).before {
			if s.former[at] == a {
				return true
			}
		}
	}
	return false
}

func (s *shop) rules() []RuleCount {
	out := slices.Clone(s.judge.counts)
	for _, at := range s.refs {
		p := s.people.at(at)
		for i := range out {
			if p.held.has(i) {
				out[i].People++
			}
		}
	}
	return out
}
