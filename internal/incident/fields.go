package incident

import (
	"cel.dev/cel-go/cel"

	"exposure/internal/breach"
)

// fact is one field of a record that a rule may read, and how it is said.
type fact struct {
	name string
	kind *cel.Type
	// get reads the field; false means that the export does not say.
	get func(breach.Record) (any, bool)
	// yes and no say a truth value; noun is what a time or number is compared by.
	yes, no, noun string
}

// factsOf are the fields that the rules of a cohort over that kind of record may
// read. A delivery sees its order under both names.
func factsOf(kind breach.RecordKind) []fact {
	switch kind {
	case breach.MemberRecord:
		return memberFacts()
	case breach.OrderRecord:
		return orderFacts("order.", func(r breach.Record) *breach.Order { return r.Order })
	case breach.DeliveryRecord:
		of := func(r breach.Record) *breach.Order { return r.Delivery.Order }
		facts := append(orderFacts("order.", of), orderFacts("delivery.order.", of)...)
		return append(facts, fact{
			name: "delivery.to_buyer", kind: cel.BoolType,
			get: func(r breach.Record) (any, bool) { return tri(r.Delivery.ToBuyer) },
			yes: "the addressee has the buyer's name", no: "the addressee's name is not the buyer's",
		})
	default:
		return nil
	}
}

// holds tells whether a record carries what rules over that kind read.
func holds(kind breach.RecordKind, r breach.Record) bool {
	switch kind {
	case breach.MemberRecord:
		return r.Member != nil
	case breach.OrderRecord:
		return r.Order != nil
	default:
		return r.Delivery != nil && r.Delivery.Order != nil
	}
}

func tri(t breach.Tri) (any, bool) { return t == breach.Yes, t != breach.Unknown }

func memberFacts() []fact {
	truth := func(name string, of func(*breach.Member) breach.Tri, yes, no string) fact {
		return fact{
			name: "member." + name, kind: cel.BoolType, yes: yes, no: no,
			get: func(r breach.Record) (any, bool) { return tri(of(r.Member)) },
		}
	}
	return []fact{
		{
			name: "member.registered_at", kind: cel.TimestampType, noun: "the member registered",
			get: func(r breach.Record) (any, bool) { return r.Member.RegisteredAt, !r.Member.RegisteredAt.IsZero() },
		},
		truth("provisional", func(m *breach.Member) breach.Tri { return m.Provisional },
			"the registration was never confirmed", "the registration was confirmed"),
		truth("withdrawn", func(m *breach.Member) breach.Tri { return m.Withdrawn },
			"the member has closed the membership", "the member has not closed the membership"),
		truth("has_gender", func(m *breach.Member) breach.Tri { return m.HasGender },
			"the registration holds a gender", "the registration holds no gender"),
		truth("has_birth_date", func(m *breach.Member) breach.Tri { return m.HasBirthDate },
			"the registration holds a birth date", "the registration holds no birth date"),
	}
}

func orderFacts(prefix string, of func(breach.Record) *breach.Order) []fact {
	truth := func(name string, get func(*breach.Order) breach.Tri, yes, no string) fact {
		return fact{
			name: prefix + name, kind: cel.BoolType, yes: yes, no: no,
			get: func(r breach.Record) (any, bool) { return tri(get(of(r))) },
		}
	}
	return []fact{
		{
			name: prefix + "placed_at", kind: cel.TimestampType, noun: "the order was placed",
			get: func(r breach.Record) (any, bool) { return of(r).PlacedAt, !of(r).PlacedAt.IsZero() },
		},
		truth("web", func(o *breach.Order) breach.Tri { return o.Web },
			"the customer placed the order on the site", "the customer did not place the order on the site"),
		truth("card_method", func(o *breach.Order) breach.Tri { return o.CardMethod },
			"the payment method was a card", "the payment method was not a card"),
		truth("card_settled", func(o *breach.Order) breach.Tri { return o.CardSettled },
			"a card payment was approved", "no card payment was approved"),
		truth("cancelled", func(o *breach.Order) breach.Tri { return o.Cancelled },
			"the order was cancelled", "the order was not cancelled"),
		truth("deleted", func(o *breach.Order) breach.Tri { return o.Deleted },
			"the order was deleted", "the order was not deleted"),
		truth("abandoned", func(o *breach.Order) breach.Tri { return o.Abandoned },
			"the order is a card attempt that never became a purchase",
			"the order is not a card attempt that never became a purchase"),
		truth("engraved", func(o *breach.Order) breach.Tri { return o.Engraved },
			"the order holds something with a name and birth date written on it",
			"the order holds nothing with a name and birth date written on it"),
		{
			name: prefix + "delivery_count", kind: cel.IntType, noun: "the number of deliveries is",
			get: func(r breach.Record) (any, bool) { n := of(r).DeliveryCount; return int64(n), n >= 0 },
		},
	}
}
