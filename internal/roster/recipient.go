package roster

import (
	"context"
	"strings"

	"exposure/internal/breach"
)

// delivery is one addressee of an order.
type delivery struct {
	order   int32
	person  int32 // -> people: a recipient
	line    int32
	id      string // of the shipping, within the order
	toBuyer breach.Tri
	reason  breach.ReviewReason // why toBuyer is Unknown
}

// delivery compares the addressee with the buyer of that order. A recipient is a
// person of their own: never linked to a customer of the same name or address.
func (s *shop) delivery(r row) error {
	at, ok := s.orderByID[r.value(fOrderID)]
	if !ok {
		s.stray[RoleDeliveries]++
		return nil
	}
	o, pl := &s.orders[at], placeOf(r)
	o.deliveries++
	d := delivery{order: at, person: none, line: int32(r.line), id: s.intern(r.value(fShippingID))}
	d.toBuyer, d.reason = s.compare(o, pl, r)
	if d.toBuyer != breach.Yes {
		d.person = s.find(s.recipients, breach.KindRecipient, pl)
		s.deliveries = append(s.deliveries, d)
	}
	return nil
}

// compare answers whether the addressee is the buyer. Two cases are Unknown, and so
// on the review list and in no cohort until somebody decides: the buyer's name at
// another address (a second home, or a namesake), and another name with the buyer's
// reading at the buyer's address (a variant character, or a relative).
func (s *shop) compare(o *order, pl place, r row) (breach.Tri, breach.ReviewReason) {
	samePlace := o.where == s.hash(pl.zip+"|"+pl.address)
	name, kana := s.hash(sameName(pl.name)), s.hash(kanaOf(r))
	switch {
	case name == 0 || o.name == 0:
		return breach.Unknown, breach.UnclearRecord
	case name == o.name && samePlace:
		return breach.Yes, ""
	case name == o.name:
		return breach.Unknown, breach.BuyerAtOtherAddress
	case kana != 0 && kana == o.kana && samePlace:
		return breach.Unknown, breach.NearBuyer
	default:
		return breach.No, ""
	}
}

func (s *shop) judgeDeliveries(ctx context.Context) error {
	for i := range s.deliveries {
		d := &s.deliveries[i]
		if i%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		facts := s.facts(d.order)
		v, err := s.judge.of(breach.DeliveryRecord, breach.Record{
			Order: &facts, Delivery: &breach.Delivery{ToBuyer: d.toBuyer, Order: &facts},
		})
		if err != nil {
			return s.ruleError(RoleDeliveries, int(d.line), err)
		}
		s.note(d.person, v)
		if v.unclear == 0 {
			continue
		}
		w := waiting{reason: breach.UnclearRecord, could: v.unclear, role: RoleDeliveries, id: s.orders[d.order].id + "/" + d.id, line: int(d.line)}
		if d.reason != "" {
			w.reason = d.reason
		}
		s.wait(d.person, w)
	}
	return nil
}

// intern keeps one copy of the few shipping numbers there are.
func (s *shop) intern(v string) string {
	if kept, ok := s.shippings[v]; ok {
		return kept
	}
	v = strings.Clone(v)
	s.shippings[v] = v
	return v
}
