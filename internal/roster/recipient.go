package roster

import (
	"context"
	"math"
	"slices"
	"strings"

	"exposure/internal/breach"
)

// delivery is one addressee of an order.
type delivery struct {
	order  int32
	person int32 // -> people: a recipient
	line   int32
	before int32  // the recipient's delivery before this one in the file, or none
	id     uint16 // of the shipping, within the order -> shippings
	buyer  likeness
}

// delivery compares the addressee with the buyer of that order. A recipient is a
// person of their own: never linked to a customer of the same name or address.
func (s *shop) delivery(r row) error {
	at, ok := s.orderIDs.find(r.value(fOrderID))
	if !ok {
		s.stray[RoleDeliveries]++
		return nil
	}
	o, pl := s.orders.at(at), placeOf(r)
	o.deliveries += min(1, math.MaxUint16-o.deliveries)
	if like := s.compare(o, pl, r); like != same {
		person := s.find(s.recipients, isRecipient, pl.key())
		p := s.people.at(person)
		p.last = s.deliveries.add(delivery{
			order: at, line: int32(r.line), id: s.intern(r.value(fShippingID)), buyer: like, person: person, before: p.last,
		})
	}
	return nil
}

// compare answers whether the addressee is the buyer. Two cases are Unknown, and so
// on the review list and in no cohort until somebody decides: the buyer's name at
// another address (a second home, or a namesake), and another name with the buyer's
// reading at the buyer's address (a variant character, or a relative).
func (s *shop) compare(o *order, pl place, r row) likeness {
	samePlace := o.where == s.hash(pl.zip+"|"+pl.address)
	name, kana := s.hash(sameName(pl.name)), s.hash(kanaOf(r))
	switch {
	case name == 0 || o.name == 0:
		return unnamed
	case name == o.name && samePlace:
		return same
	case name == o.name:
		return namesake
	case kana != 0 && kana == o.kana && samePlace:
		return sameKana
	default:
		return other
	}
}

func (s *shop) judgeDeliveries(ctx context.Context) error {
	for i := range int32(s.deliveries.n) {
		d := s.deliveries.at(i)
		if i%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := s.judgeDelivery(i); err != nil {
			return s.ruleError(RoleDeliveries, int(d.line), err)
		}
	}
	return nil
}

// deliveryFacts is a delivery as the rules see it. It follows what was decided about its
// order.
func (s *shop) deliveryFacts(at int32) breach.Record {
	d := s.deliveries.at(at)
	facts := s.facts(d.order)
	if s.orders.at(d.order).counts {
		_, facts, _ = doubt(facts)
	}
	return breach.Record{Order: &facts, Delivery: &breach.Delivery{ToBuyer: d.buyer.tri(), Order: &facts}}
}

func (s *shop) judgeDelivery(at int32) error {
	d, facts := s.deliveries.at(at), s.deliveryFacts(at)
	v, err := s.judge.of(breach.DeliveryRecord, facts)
	if err != nil {
		return err
	}
	s.note(d.person, v)
	w := waiting{reason: codeOf(d.buyer.reason()), could: v.unclear, about: aboutDelivery, at: at}
	if s.wait(d.person, w) == breach.DecidedIn {
		facts.Delivery.ToBuyer = breach.No
		return s.decideIn(d.person, v.unclear, breach.DeliveryRecord, facts)
	}
	return nil
}

// likeness is how an addressee compares with the buyer.
type likeness uint8

const (
	other    likeness = iota
	same              // the buyer
	namesake          // the buyer's name at another address
	sameKana          // another name, but the buyer's reading and address
	unnamed           // one of the two has no name
)

func (l likeness) tri() breach.Tri {
	switch l {
	case other:
		return breach.No
	case same:
		return breach.Yes
	default:
		return breach.Unknown
	}
}

func (l likeness) reason() breach.ReviewReason {
	switch l {
	case namesake:
		return breach.BuyerAtOtherAddress
	case sameKana:
		return breach.NearBuyer
	default:
		return breach.UnclearRecord
	}
}

// intern numbers the shipping numbers: nearly all are 0, 1 or 2. Should there ever be
// more than fit, the rest share a name that only serves as part of a record's id.
func (s *shop) intern(v string) uint16 {
	if i := slices.Index(s.shippings, v); i >= 0 {
		return uint16(i)
	}
	if len(s.shippings) == mostShippings {
		return mostShippings - 1
	}
	s.shippings = append(s.shippings, strings.Clone(v))
	return uint16(len(s.shippings) - 1)
}

const mostShippings = 1000
