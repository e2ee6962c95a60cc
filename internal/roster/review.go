package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"strings"

	"exposure/internal/breach"
)

// waiting is one record of the review list.
type waiting struct {
	could    cohorts // the person would belong to if it were decided against them
	about    about
	at       int32 // which record -> members, orders, deliveries; of a first notice the line
	before   int32 // the person's waiting record before this one, or none
	reason   reasonCode
	decision decisionCode
}

// about is the kind of record that waits.
type about uint8

const (
	aboutMember about = iota
	aboutOrder
	aboutDelivery
	aboutFirst // somebody in the first-notice file
)

// reasonCode and decisionCode are short forms: a shop that cannot tell web orders from
// others has a waiting record for each order.
type reasonCode uint8

func reasonNames() [6]breach.ReviewReason {
	return [...]breach.ReviewReason{
		breach.AbandonedCardAttempt, breach.StaffKeyedOrder, breach.BuyerAtOtherAddress, breach.NearBuyer,
		breach.FirstNoticeOnly, breach.UnclearRecord,
	}
}

func codeOf(r breach.ReviewReason) reasonCode {
	names := reasonNames()
	return reasonCode(slices.Index(names[:], r))
}

func (c reasonCode) name() breach.ReviewReason { return reasonNames()[c] }

type decisionCode uint8

func decisionNames() [4]breach.Decision {
	return [...]breach.Decision{"", breach.DecidedIn, breach.DecidedOut, breach.DecidedLater}
}

func (c decisionCode) name() breach.Decision { return decisionNames()[c] }

// open tells whether the record still waits.
func (w *waiting) open() bool {
	d := w.decision.name()
	return d != breach.DecidedIn && d != breach.DecidedOut
}

// wait puts a record on the review list, if it could put its person on any list, and
// tells what was decided about it.
func (s *shop) wait(person int32, w waiting) breach.Decision {
	if w.could == 0 {
		return ""
	}
	id := w.reason.id(s.record(person, &w), w.could.ids(s.judge.in))
	var decision breach.Decision
	if s.o.Decided != nil {
		decision = s.o.Decided(id)
	}
	if decision.Known() {
		names := decisionNames()
		w.decision = decisionCode(slices.Index(names[:], decision))
		s.decided = append(s.decided, id+" "+string(decision))
	}
	p := s.people.at(person)
	w.before = p.waits
	p.waits = s.waiting.add(w)
	return decision
}

// id is the stable name of what is asked about a record: a decision about one list must
// never answer for another one that a later import makes possible as well.
func (c reasonCode) id(record string, could []breach.CohortID) string {
	return string(c.name()) + "/" + record + ":" + joinIDs(could, "+")
}

// decideIn puts a person into cohorts because somebody decided so. The record, as decided,
// answers the conditions that it can answer.
func (s *shop) decideIn(person int32, could cohorts, kind breach.RecordKind, rec facts) error {
	v, err := s.judge.against(could, kind, rec)
	if err != nil {
		return err
	}
	s.note(person, v)
	return nil
}

// waitingOf lists a person's records, oldest first.
func (s *shop) waitingOf(person int32) []*waiting {
	var out []*waiting
	for i := s.people.at(person).waits; i != none; i = s.waiting.at(i).before {
		out = append(out, s.waiting.at(i))
	}
	slices.Reverse(out)
	return out
}

// record names what waits as the shop numbers it, the same in every import.
func (s *shop) record(person int32, w *waiting) string {
	switch w.about {
	case aboutMember:
		return s.memberRecord(w.at)
	case aboutOrder:
		return s.orderRecord(w.at)
	case aboutDelivery:
		return s.deliveryRecord(w.at)
	default:
		return "first_notice/" + pseudonym(s.key(s.people.at(person)))
	}
}

func (s *shop) memberRecord(at int32) string {
	return string(breach.MemberRecord) + "/" + s.memberIDs.id(s.members.at(at).id)
}

func (s *shop) orderRecord(at int32) string {
	return string(breach.OrderRecord) + "/" + s.orderIDs.id(s.orders.at(at).id)
}

func (s *shop) deliveryRecord(at int32) string {
	d := s.deliveries.at(at)
	return string(breach.DeliveryRecord) + "/" + s.orderIDs.id(s.orders.at(d.order).id) + "/" + s.shippingIDs.id(d.id)
}

// where tells the file and line of a waiting record.
func (s *shop) where(w *waiting) (file string, line int) {
	role := RoleMembers
	switch w.about {
	case aboutMember:
		line = int(s.members.at(w.at).line)
	case aboutOrder:
		role, line = RoleOrders, int(s.orders.at(w.at).line)
	case aboutDelivery:
		role, line = RoleDeliveries, int(s.deliveries.at(w.at).line)
	default:
		return s.firstNoticeName(), int(w.at)
	}
	return s.holders[role].base, line
}

// openOf unites the waiting records of one person: one entry per reason.
func (s *shop) openOf(person int32) []breach.Open {
	var out []breach.Open
	var could []cohorts
	for _, w := range s.waitingOf(person) {
		if !w.open() {
			continue
		}
		reason := w.reason.name()
		i := slices.IndexFunc(out, func(o breach.Open) bool { return o.Reason == reason })
		if i < 0 {
			out, could, i = append(out, breach.Open{Reason: reason}), append(could, 0), len(out)
		}
		could[i] |= w.could
		out[i].Cohorts = could[i].ids(s.judge.in)
	}
	return out
}

func (s *shop) review() iter.Seq[ReviewRecord] {
	return func(yield func(ReviewRecord) bool) {
		for person := range s.inOrder() {
			for _, w := range s.waitingOf(person) {
				if !yield(s.reviewRecord(person, w)) {
					return
				}
			}
		}
	}
}

func (s *shop) reviewRecord(person int32, w *waiting) ReviewRecord {
	p := s.people.at(person)
	r := ReviewRecord{
		Reason: w.reason.name(), Person: s.key(p), Cohorts: w.could.ids(s.judge.in), OnList: p.held != 0, Decision: w.decision.name(),
	}
	r.ID = w.reason.id(s.record(person, w), r.Cohorts)
	r.File, r.Line = s.where(w)
	return r
}

// pseudonym is a person's key as part of a record's id. Keys made of an address or a name
// are replaced by a digest: ids stand in the file people decide in, which travels further
// than the exports.
func pseudonym(key string) string {
	if !strings.ContainsAny(key, "@|") {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}
