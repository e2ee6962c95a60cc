package roster

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"math"

	"exposure/internal/breach"
	"exposure/internal/roster/profile"
)

// delivery is one addressee of an order who is not plainly its buyer.
type delivery struct {
	id     uint64 // of the shipping, see numbers
	order  int32
	person int32 // -> people: a recipient
	line   int32
	before int32 // the recipient's delivery before this one in the file, or none
	buyer  likeness
}

// delivery compares the addressee with the buyer of that order. A recipient is a
// person of their own: never linked to a customer of the same name or address.
func (s *shop) delivery(r row) error {
	at, ok := s.orderIDs.find(r.value(profile.OrderID))
	if !ok {
		return s.reject(r, noOrder)
	}
	o, pl := s.orders.at(at), placeOf(r)
	id, again, err := s.shipping(r, at, pl)
	if again || err != nil {
		return err
	}
	o.deliveries += min(1, math.MaxUint16-o.deliveries)
	if like := s.compare(o, pl, r); like != same {
		person := s.addressee(at, id, pl)
		p := s.people.at(person)
		p.last = s.deliveries.add(delivery{order: at, line: int32(r.Line()), id: id, buyer: like, person: person, before: p.last})
	}
	return nil
}

// addressee finds or adds a recipient. Without a name and an address each delivery is one.
func (s *shop) addressee(order int32, id uint64, pl place) int32 {
	if !pl.blank() {
		return s.find(&s.recipients, isRecipient, pl)
	}
	s.unidentified++
	return s.alone(isRecipient, "delivery/"+s.orderIDs.id(s.orders.at(order).id)+"/"+s.shippingIDs.id(id))
}

// numbered and unnumbered are what tells deliveries apart.
type (
	numbered struct {
		order    int32
		shipping uint64
	}
	unnumbered struct {
		order int32
		to    place
	}
)

// shipping numbers a delivery within its order and tells whether the same one came
// already: where each row is an item, its rows repeat it, and must say the same.
func (s *shop) shipping(r row, order int32, pl place) (id uint64, again bool, err error) {
	o := s.orders.at(order)
	name := r.value(profile.ShippingID)
	if name == "" { // then it is who and where it goes to
		key := maphash.Comparable(s.seed, unnumbered{order, pl})
		_, again = s.shipments[key]
		s.shipments[key] = 0
		return unnumberedID(r, pl), again, nil
	}
	id = s.shippingIDs.key(name)
	items := r.in.cols.Grain() == profile.Item
	if id < 16 && !items { // one row a delivery: nearly all are number 0, 1 or 2
		again = o.shipped&(1<<id) != 0
		o.shipped |= 1 << id
	} else {
		key := maphash.Comparable(s.seed, numbered{order, id})
		sum := uint32(s.hash(pl.key() + "|" + r.get(profile.Kana)))
		before, known := s.shipments[key]
		if known && items && before == sum {
			return id, true, nil
		}
		again = known
		s.shipments[key] = sum
	}
	switch {
	case again && items:
		return id, true, s.reject(r, "it says something else about its shipping than a row before it")
	case again:
		return id, true, s.reject(r, "the shipping occurs twice in its order")
	default:
		return id, false, nil
	}
}

// unnumberedID numbers a delivery that the shop gives no number. It must not depend on the
// order of the rows: a decision about one addressee would be taken for another.
func unnumberedID(r row, pl place) uint64 {
	if r.in.cols.Grain() == profile.FirstRowOnly {
		return 0 // an order has one
	}
	sum := sha256.Sum256([]byte(pl.key()))
	return binary.BigEndian.Uint64(sum[:8]) &^ oddID
}

// compare answers whether the addressee is the buyer. Two cases are Unknown, and so
// on the review list and in no cohort until somebody decides: the buyer's name at
// another address (a second home, or a namesake), and another name with the buyer's
// reading at the buyer's address (a variant character, or a relative).
func (s *shop) compare(o *order, pl place, r row) likeness {
	samePlace := o.where == s.hash(pl.zip+"|"+pl.address)
	name, kana := s.hash(sameName(pl.name)), s.shortHash(foldKana(r.get(profile.Kana)))
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
func (s *shop) deliveryFacts(at int32) facts {
	d := s.deliveries.at(at)
	f := s.orderFacts(d.order)
	if s.orders.at(d.order).counts {
		_, decided, _ := doubt(*f.Order)
		f.Order = &decided
	}
	f.Delivery = &breach.Delivery{ToBuyer: d.buyer.tri(), Order: f.Order}
	return f
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
