package roster

import (
	"context"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// order is one row of the orders file, reduced to what is still needed after it.
type order struct {
	id                 uint64 // see numbers
	placed             int64  // microseconds since 1970 UTC
	person             int32
	line               int32
	before             int32  // the person's order before this one in the file, or none
	name, kana, where  uint64 // hashes of the buyer's, to compare with addressees
	deliveries         uint16
	web, card          breach.Tri
	cancelled, deleted breach.Tri
	engraved           breach.Tri
	counts             bool // a doubt about it was decided against the person
}

func (s *shop) order(r row) error {
	id := r.value(fOrderID)
	placed, ok := s.clock.read(r.value(fPlacedAt))
	switch _, twice := s.orderIDs.find(id); {
	case id == "":
		s.reject(s.inputs[RoleOrders], r.line, "no order number")
		return nil
	case twice:
		s.reject(s.inputs[RoleOrders], r.line, "the order number occurs twice")
		return nil
	case !ok:
		s.reject(s.inputs[RoleOrders], r.line, "the time of the order cannot be read: it should look like 2023-03-16 23:59:59")
		return nil
	}
	pl, a := placeOf(r), s.address(r.get(fEmail))
	o := order{
		id: s.orderIDs.key(id), placed: placed.UnixMicro(), line: int32(r.line),
		person: s.whose(r.value(fMemberID), a, pl),
		name:   s.hash(sameName(pl.name)), kana: s.hash(kanaOf(r)), where: s.hash(pl.zip + "|" + pl.address),
		web: s.words.web.tri(r.value(fDevice)), card: s.words.card.tri(r.value(fMethod)),
		cancelled: s.words.cancelled.tri(r.value(fStatus)), deleted: s.words.deleted.tri(r.value(fDeleted)),
	}
	p := s.people.at(o.person)
	o.before = p.last
	at := s.orders.add(o)
	p.last = at
	s.orderIDs.at[o.id] = at
	s.keepAddress(at, o.person, a)
	return nil
}

func kanaOf(r row) string { return foldKana(r.get(fFamilyKana) + r.get(fGivenKana)) }

// item notes whether something engraved was bought. An order without a row in the
// items file stays Unknown.
func (s *shop) item(r row) error {
	at, ok := s.orderIDs.find(r.value(fOrderID))
	if !ok {
		s.stray[RoleItems]++
		return nil
	}
	if o := s.orders.at(at); o.engraved != breach.Yes {
		o.engraved = s.words.engraved(r.get(fProductCode), r.get(fProductName))
	}
	return nil
}

// facts is an order as the rules see it.
func (s *shop) facts(at int32) breach.Order {
	o := s.orders.at(at)
	return breach.Order{
		PlacedAt: s.at(o.placed), Web: o.web, CardMethod: o.card, CardSettled: s.settled(at), Cancelled: o.cancelled,
		Deleted: o.deleted, Abandoned: s.abandoned(at), Engraved: o.engraved, DeliveryCount: s.deliveryCount(o),
	}
}

// abandoned: a card attempt that the shop system itself cancelled and deleted, and
// that the payment company never approved. Also outside the time the settlement file
// covers: there it takes the record to the review list, where somebody decides.
func (s *shop) abandoned(at int32) breach.Tri {
	o := s.orders.at(at)
	return and(o.card, and(not(s.hasApproval(at)), and(o.cancelled, o.deleted)))
}

func and(a, b breach.Tri) breach.Tri { return not(not(a).Or(not(b))) }

func not(t breach.Tri) breach.Tri {
	switch t {
	case breach.Yes:
		return breach.No
	case breach.No:
		return breach.Yes
	default:
		return breach.Unknown
	}
}

// judgeOrders applies the rules once all facts about the orders are in.
func (s *shop) judgeOrders(ctx context.Context) error {
	for i := range int32(s.orders.n) {
		if i%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := s.judgeOrder(i); err != nil {
			return s.ruleError(RoleOrders, int(s.orders.at(i).line), err)
		}
	}
	return nil
}

func (s *shop) judgeOrder(at int32) error {
	o, facts := s.orders.at(at), s.facts(at)
	v, err := s.judge.of(breach.OrderRecord, breach.Record{Order: &facts})
	if err != nil {
		return err
	}
	w := waiting{reason: codeOf(breach.UnclearRecord), could: v.unclear, about: aboutOrder, at: at}
	reason, resolved, doubtful := doubt(facts)
	if doubtful {
		against, err := s.judge.verdict(breach.OrderRecord, breach.Record{Order: &resolved})
		if err != nil {
			return err
		}
		if could := (against.held | against.unclear) &^ v.held; could != 0 {
			w.reason, w.could = codeOf(reason), could|v.unclear
		} else {
			resolved, doubtful = facts, false
		}
	}
	s.note(o.person, v)
	counts := v.held
	switch s.wait(o.person, w) {
	case breach.DecidedIn:
		counts, o.counts = counts|w.could, doubtful
		if err := s.decideIn(o.person, w.could, breach.OrderRecord, breach.Record{Order: &resolved}); err != nil {
			return err
		}
		s.countCards(at, counts)
	case breach.DecidedOut:
		s.countCards(at, counts)
	default:
		s.countCards(at, counts)
		counts |= w.could
	}
	if a, ok := s.former[at]; ok && counts != 0 {
		s.further[o.person] = append(s.further[o.person], a)
	}
	return nil
}

// doubt finds what makes an order doubtful, and what it would be if that were
// decided against the person. The reason people are told first is the attempt.
func doubt(o breach.Order) (reason breach.ReviewReason, resolved breach.Order, doubtful bool) {
	resolved = o
	if o.Web == breach.No {
		reason, resolved.Web = breach.StaffKeyedOrder, breach.Yes
	}
	if o.Abandoned == breach.Yes {
		reason, resolved.Abandoned, resolved.CardSettled = breach.AbandonedCardAttempt, breach.No, breach.Yes
	}
	return reason, resolved, reason != ""
}

func (s *shop) countCards(at int32, held cohorts) {
	for i := range s.judge.in.Cohorts {
		if held := held & s.judge.countCards; !held.has(i) {
			continue
		}
		k := ofCohort{person: s.orders.at(at).person, cohort: i}
		for _, t := range s.approved[at] {
			if !slices.Contains(s.cards[k], t) {
				s.cards[k] = append(s.cards[k], t)
			}
		}
	}
}

// keepAddress keeps the address of an order if it is no other of the person's
// already: a former address of a member. It counts only if the order does.
func (s *shop) keepAddress(order, person int32, a email.Address) {
	p := s.people.at(person)
	if p.kind != isMember || a.IsZero() {
		return
	}
	if m := s.members.at(p.at); a != m.email && a != m.mobile {
		s.former[order] = a
	}
}

// deliveryCount is negative, which rules read as unknown, without a deliveries file.
func (s *shop) deliveryCount(o *order) int {
	if s.inputs[RoleDeliveries] == nil {
		return -1
	}
	return int(o.deliveries)
}
