package roster

import (
	"exposure/internal/breach"
	"exposure/internal/roster/profile"
)

// noOrder is why a row of an item or a delivery is of no use. That the orders file lacks
// the order means that the file was cut, or is of another day: everybody who bought in
// between would be missing.
const noOrder = "its order is not in the orders file: the orders file may have been cut, or exported at another time"

// item notes whether something engraved was bought. An order without a row of a product
// stays Unknown.
func (s *shop) item(r row) error {
	if r.has(profile.ItemType) && s.words.product.tri(r.value(profile.ItemType)) == breach.No {
		return nil // postage, a fee, a discount
	}
	engraved := s.words.engraved(r.get(profile.ProductCode), r.get(profile.ProductName))
	if engraved == breach.No && s.blind(r) {
		engraved = breach.Unknown
	}
	id := r.value(profile.OrderID)
	at, ok := s.orderIDs.find(id)
	switch {
	case ok:
		s.bought(at, engraved)
	case r.in.cols.Grain() == profile.FirstRowOnly && id != "":
		// The row of the order may still come.
		s.early.add(earlyItem{order: s.orderIDs.key(id), line: int32(r.Line()), engraved: engraved})
	default:
		return s.reject(r, noOrder)
	}
	return nil
}

// blind tells whether the file lacks the column by which engraved products are known: then
// a row that matches nothing says nothing.
func (s *shop) blind(r row) bool {
	return !r.has(profile.ProductCode) && len(s.words.engravedCodes) > 0 || !r.has(profile.ProductName) && len(s.words.engravedNames) > 0
}

// earlyItem is a row of an item that stands before the row of its order.
type earlyItem struct {
	order    uint64 // see numbers
	line     int32
	engraved breach.Tri
}

func (s *shop) bought(order int32, engraved breach.Tri) {
	if o := s.orders.at(order); o.engraved != breach.Yes {
		o.engraved = engraved
	}
}

// settleEarly finds the orders of early items once the file was read to its end.
func (s *shop) settleEarly(in *input) {
	for i := range int32(s.early.n) {
		e := s.early.at(i)
		if at, ok := s.orderIDs.get(e.order); ok {
			s.bought(at, e.engraved)
		} else {
			s.rejectLine(in, int(e.line), noOrder)
		}
	}
	s.early = pile[earlyItem]{}
}
