package roster

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/profile"
)

// order is one row of the orders file, reduced to what is still needed after it.
type order struct {
	id                 uint64 // see numbers
	placed             int64  // microseconds since 1970 UTC
	person             int32
	line               int32
	before             int32 // the person's order before this one in the file, or none
	kana               uint32
	name, where        uint64 // hashes of the buyer's, as kana, to compare with addressees
	deliveries         uint16
	shipped            uint16 // bits: the shipping numbers that came already
	web, card          breach.Tri
	cancelled, deleted breach.Tri
	attempted          breach.Tri
	engraved           breach.Tri
	day                bool // placed is the first moment of a day that is all there is known
	counts             bool // a doubt about it was decided against the person
	postal             bool // the row holds a postal address
	lists              bool // somebody is on a list because of it
}

func (s *shop) order(r row) error {
	id := r.value(profile.OrderID)
	if at, again := s.orderIDs.find(id); again {
		return s.orderAgain(r, at)
	}
	placed, day, ok := s.clock.moment(r.value(profile.PlacedAt))
	switch {
	case id == "":
		return s.reject(r, "no order number")
	case s.numbered(r):
		return s.reject(r, "another order has the same number")
	case !ok:
		return s.reject(r, "the time of the order cannot be read: it should look like 2023-03-16 23:59:59")
	}
	pl, a := placeOf(r), s.mainAddress(r)
	o := order{
		id: s.orderIDs.key(id), placed: placed.UnixMicro(), day: day, line: int32(r.Line()),
		person: s.whose(r.value(profile.MemberID), a, pl, "order/"+id),
		name:   s.hash(sameName(pl.name)), kana: s.shortHash(foldKana(r.get(profile.Kana))), where: s.hash(pl.zip + "|" + pl.address),
		web: s.words.web.tri(r.value(profile.Device)), card: s.words.card.tri(r.value(profile.PaymentMethod)),
		cancelled: s.cancelled(r), attempted: s.attempted(r), deleted: s.words.deleted.tri(r.value(profile.Deleted)),
		postal: pl.address != "",
	}
	p := s.people.at(o.person)
	o.before = p.last
	at := s.orders.add(o)
	p.last = at
	s.orderIDs.put(o.id, at)
	if r.in.cols.Grain() == profile.Item {
		s.orderSums.add(s.orderSum(r))
	}
	if n := r.value(profile.OrderNumber); n != "" {
		s.orderNumbers.put(s.orderNumbers.key(n), at)
	}
	s.keepAddress(at, o.person, a)
	return nil
}

// numbered tells whether an order has the number by which this one is known outside.
func (s *shop) numbered(r row) bool {
	_, taken := s.orderNumbers.find(r.value(profile.OrderNumber))
	return taken
}

// orderAgain is a further row of an order. Only where each row is an item that repeats the
// columns of the order it is one; then they must be the same. If they are not, only what the
// row says of the order is rejected: its item was bought and its addressee got something.
func (s *shop) orderAgain(r row, at int32) error {
	if r.in.cols.Grain() != profile.Item {
		return s.reject(r, "the order number occurs twice")
	}
	if *s.orderSums.at(at) != s.orderSum(r) {
		s.rejectLine(r.in, r.Line(), fmt.Sprintf("it says something else about its order than line %d", s.orders.at(at).line))
	}
	return nil
}

// orderSum stands for all that a row says about its order.
func (s *shop) orderSum(r row) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, f := range [...]profile.Field{
		profile.MemberID, profile.Email, profile.Name, profile.Kana, profile.PostalCode, profile.Address, profile.PaymentMethod,
		profile.PlacedAt, profile.Device, profile.Status, profile.CancelledAt, profile.Deleted, profile.OrderNumber,
	} {
		h.WriteString(r.get(f))
		h.WriteByte(0)
	}
	return h.Sum64()
}

// cancelled: the state says so, or that there is a time of it.
func (s *shop) cancelled(r row) breach.Tri {
	at := triOf(r, profile.CancelledAt, s.words.dated(r.value(profile.CancelledAt)))
	if !r.has(profile.Status) && r.has(profile.CancelledAt) {
		return at
	}
	state := s.words.cancelled.tri(r.value(profile.Status))
	if at == breach.Yes {
		return at
	}
	return state
}

// attempted is the state of a payment that was begun and not finished.
func (s *shop) attempted(r row) breach.Tri {
	switch state := r.value(profile.Status); {
	case len(s.words.attempted) == 0:
		return breach.No
	case state == "":
		return breach.Unknown
	default:
		return breach.TriOf(slices.Contains(s.words.attempted, state))
	}
}

// findOrder finds an order by what customers and the payment company call it.
func (s *shop) findOrder(id string) (int32, bool) {
	if at, ok := s.orderNumbers.find(id); ok {
		return at, true
	}
	return s.orderIDs.find(id)
}

// orderFacts is an order as the rules see it.
func (s *shop) orderFacts(at int32) facts {
	o := s.orders.at(at)
	return facts{day: o.day, Record: breach.Record{Order: &breach.Order{
		PlacedAt: s.at(o.placed), Web: o.web, CardMethod: o.card, CardSettled: s.settled(at), Cancelled: o.cancelled,
		Deleted: o.deleted, Abandoned: s.abandoned(at), Engraved: o.engraved, DeliveryCount: s.deliveryCount(o),
	}}}
}

// abandoned: an attempt that never became a purchase. Either the shop system itself
// cancelled and deleted a card order that the payment company never approved, or it left
// it in the state of an attempt; what such an attempt is where it is no card's, nobody can
// tell. Also outside the time the settlement file covers: there it takes the record to
// the review list, where somebody decides.
func (s *shop) abandoned(at int32) breach.Tri {
	o := s.orders.at(at)
	byCard := o.card
	if byCard == breach.No {
		byCard = breach.Unknown
	}
	givenUp := and(o.card, and(o.cancelled, o.deleted)).Or(and(o.attempted, byCard))
	return and(not(s.hasApproval(at)), givenUp)
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
	o, facts := s.orders.at(at), s.orderFacts(at)
	v, err := s.judge.of(breach.OrderRecord, facts)
	if err != nil {
		return err
	}
	w := waiting{reason: codeOf(breach.UnclearRecord), could: v.unclear, about: aboutOrder, at: at}
	resolved := facts
	reason, decided, doubtful := doubt(*facts.Order)
	if doubtful {
		resolved.Order = &decided
		against, err := s.judge.verdict(breach.OrderRecord, resolved)
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
	o.lists = counts != 0
	switch s.wait(o.person, w) {
	case breach.DecidedIn:
		counts, o.counts = counts|w.could, doubtful
		o.lists = counts != 0
		if err := s.decideIn(o.person, w.could, breach.OrderRecord, resolved); err != nil {
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
	if s.holders[RoleDeliveries] == nil {
		return -1
	}
	return int(o.deliveries)
}
