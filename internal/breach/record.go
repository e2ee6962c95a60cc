package breach

import "time"

// Tri is a three-valued truth: an export may simply not say.
type Tri int8

// The zero value is Unknown, so that a field nobody filled in never reads as "no".
const (
	Unknown Tri = iota
	No
	Yes
)

// TriOf turns a known truth into a Tri.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	default:
		return "unknown"
	}
}

// Or is Kleene's disjunction: what is known about a person from several records.
func (t Tri) Or(u Tri) Tri {
	switch {
	case t == Yes || u == Yes:
		return Yes
	case t == No && u == No:
		return No
	default:
		return Unknown
	}
}

// RecordKind says which kind of record a cohort's rule reads.
type RecordKind string

// The kinds of record a shop holds about people.
const (
	MemberRecord   RecordKind = "member"
	OrderRecord    RecordKind = "order"
	DeliveryRecord RecordKind = "delivery"
)

// Record is one row of a shop as the rules of an incident see it: facts, no values
// that identify anybody. Exactly one of the pointers is set, except that a
// delivery also carries its order.
type Record struct {
	Member   *Member
	Order    *Order
	Delivery *Delivery
}

// Member is a registration.
type Member struct {
	RegisteredAt time.Time
	Provisional  Tri
	Withdrawn    Tri
	HasGender    Tri
	HasBirthDate Tri
}

// Order is a purchase or an attempt at one.
type Order struct {
	PlacedAt      time.Time
	Web           Tri // placed by the customer on the site, not keyed in by staff
	CardMethod    Tri // the payment method is a card method
	CardSettled   Tri // card method and the payment company approved it
	Cancelled     Tri
	Deleted       Tri
	Abandoned     Tri // card attempt that never became a purchase
	Engraved      Tri // holds an item with a name and birth date written on it
	DeliveryCount int // negative: the export does not say
}

// Delivery is one addressee of an order.
type Delivery struct {
	ToBuyer Tri // the addressee has the buyer's name
	Order   *Order
}

// Rule decides whether a record falls under a cohort or a condition.
//
// Holds is pure and safe for concurrent use. Unknown means that the record does
// not say enough; callers put such a record on the review list and never treat it
// as No. An error means that the rule cannot be evaluated at all.
type Rule interface {
	Holds(Record) (Tri, error)
}
