package incident

import (
	"time"

	"cel.dev/cel-go/cel"

	"exposure/internal/breach"
)

// fact is one field of a record that a rule may read, and how it is said. Exactly one
// of the functions is set.
type fact struct {
	name   string
	truth  func(breach.Record) breach.Tri
	moment func(breach.Record) time.Time // zero: the export does not say
	number func(breach.Record) int       // negative: the export does not say
	en, ja phrases
}

// phrases say a field in one language: yes and no a truth value, noun what a time or
// number is compared by. A Japanese number needs the word that counts it.
type phrases struct{ yes, no, noun, counter string }

func (p phrases) truth(yes bool) string {
	if yes {
		return p.yes
	}
	return p.no
}

func (f fact) kind() *cel.Type {
	switch {
	case f.moment != nil:
		return cel.TimestampType
	case f.number != nil:
		return cel.IntType
	default:
		return cel.BoolType
	}
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
			name:  "delivery.to_buyer",
			truth: func(r breach.Record) breach.Tri { return r.Delivery.ToBuyer },
			en:    phrases{yes: "the addressee has the buyer's name", no: "the addressee's name is not the buyer's"},
			ja:    phrases{yes: "お届け先の名前は、購入した方の名前と同じです", no: "お届け先の名前は、購入した方の名前と違います"},
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

func memberFacts() []fact {
	truth := func(name string, of func(*breach.Member) breach.Tri, en, ja phrases) fact {
		return fact{
			name: "member." + name, en: en, ja: ja,
			truth: func(r breach.Record) breach.Tri { return of(r.Member) },
		}
	}
	return []fact{
		{
			name:   "member.registered_at",
			moment: func(r breach.Record) time.Time { return r.Member.RegisteredAt },
			en:     phrases{noun: "the member registered"}, ja: phrases{noun: "会員登録の日時"},
		},
		truth("provisional", func(m *breach.Member) breach.Tri { return m.Provisional },
			phrases{yes: "the registration was never confirmed", no: "the registration was confirmed"},
			phrases{yes: "会員登録の手続きは完了していません（仮登録）", no: "会員登録の手続きは完了しています（仮登録ではありません）"}),
		truth("withdrawn", func(m *breach.Member) breach.Tri { return m.Withdrawn },
			phrases{yes: "the member has closed the membership", no: "the member has not closed the membership"},
			phrases{yes: "退会しています", no: "退会していません"}),
		truth("has_gender", func(m *breach.Member) breach.Tri { return m.HasGender },
			phrases{yes: "the registration holds a gender", no: "the registration holds no gender"},
			phrases{yes: "会員登録に性別が入っています", no: "会員登録に性別が入っていません"}),
		truth("has_birth_date", func(m *breach.Member) breach.Tri { return m.HasBirthDate },
			phrases{yes: "the registration holds a birth date", no: "the registration holds no birth date"},
			phrases{yes: "会員登録に生年月日が入っています", no: "会員登録に生年月日が入っていません"}),
	}
}

func orderFacts(prefix string, of func(breach.Record) *breach.Order) []fact {
	truth := func(name string, get func(*breach.Order) breach.Tri, en, ja phrases) fact {
		return fact{
			name: prefix + name, en: en, ja: ja,
			truth: func(r breach.Record) breach.Tri { return get(of(r)) },
		}
	}
	return []fact{
		{
			name:   prefix + "placed_at",
			moment: func(r breach.Record) time.Time { return of(r).PlacedAt },
			en:     phrases{noun: "the order was placed"}, ja: phrases{noun: "注文の日時"},
		},
		truth("web", func(o *breach.Order) breach.Tri { return o.Web },
			phrases{yes: "the customer placed the order on the site", no: "the customer did not place the order on the site"},
			phrases{yes: "お客様がサイトで注文しました", no: "お客様がサイトで注文したものではありません"}),
		truth("card_method", func(o *breach.Order) breach.Tri { return o.CardMethod },
			phrases{yes: "the payment method was a card", no: "the payment method was not a card"},
			phrases{yes: "支払い方法はカードです", no: "支払い方法はカードではありません"}),
		truth("card_settled", func(o *breach.Order) breach.Tri { return o.CardSettled },
			phrases{yes: "a card payment was approved", no: "no card payment was approved"},
			phrases{yes: "カードの支払いが承認されました", no: "カードの支払いは承認されていません"}),
		truth("cancelled", func(o *breach.Order) breach.Tri { return o.Cancelled },
			phrases{yes: "the order was cancelled", no: "the order was not cancelled"},
			phrases{yes: "注文は取り消されました", no: "注文は取り消されていません"}),
		truth("deleted", func(o *breach.Order) breach.Tri { return o.Deleted },
			phrases{yes: "the order was deleted", no: "the order was not deleted"},
			phrases{yes: "注文の記録は削除されました", no: "注文の記録は削除されていません"}),
		truth("abandoned", func(o *breach.Order) breach.Tri { return o.Abandoned },
			phrases{
				yes: "the order is a card attempt that never became a purchase",
				no:  "the order is not a card attempt that never became a purchase",
			},
			phrases{
				yes: "カードで払おうとして、購入が完了しなかった記録です",
				no:  "カードで払おうとして、購入が完了しなかった記録ではありません",
			}),
		truth("engraved", func(o *breach.Order) breach.Tri { return o.Engraved },
			phrases{
				yes: "the order holds something with a name and birth date written on it",
				no:  "the order holds nothing with a name and birth date written on it",
			},
			phrases{yes: "注文に、名前と生年月日を入れた商品があります", no: "注文に、名前と生年月日を入れた商品はありません"}),
		{
			name:   prefix + "delivery_count",
			number: func(r breach.Record) int { return of(r).DeliveryCount },
			en:     phrases{noun: "the number of deliveries is"}, ja: phrases{noun: "お届け先", counter: "か所"},
		},
	}
}
