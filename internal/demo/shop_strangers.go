package demo

import (
	"cmp"
	"slices"
	"time"
)

// addStrangers adds everybody a wrong rule would put on a list.
func (b *builder) addStrangers() {
	b.addLateMembers()
	b.addLateBuyers()
	b.addAttempts()
	b.addStaffOrders()
	b.take("nobody@example.com")
	b.shop.examples = append(b.shop.examples, Example{"not in the shop's records", "nobody@example.com"})
}

// addLateMembers registers 40 people from the cut-off on. Two had bought as guests
// before, one had been a member before.
func (b *builder) addLateMembers() {
	times := []time.Time{cutOff(), cutOff().Add(time.Microsecond)}
	for range lateMembers - len(times) {
		times = append(times, b.between(cutOff().Add(time.Hour), exported()))
	}
	slices.SortFunc(times, time.Time.Compare)
	known := map[int]*person{5: b.guests[60], 6: b.guests[61], 7: b.idle[6]}
	for i, t := range times {
		var m *person
		if old := known[i]; old != nil {
			again := *old
			again.kind, again.cohorts, again.orders, again.withdrawn = "member", nil, nil, false
			m = &again
		} else {
			m = b.customer("member")
			b.shop.others = append(b.shop.others, m)
		}
		m.id, m.registered = noticeMembers+1+i, t
		b.describe(m)
		b.shop.members = append(b.shop.members, m)
		if i == 0 {
			b.example(m, "late.member@example.com", "registered only after the cut-off: not listed")
		}
	}
}

// addLateBuyers adds orders from the cut-off on: of 25 unknown people, and of ten who
// are on a list already. The first two still paid by card.
func (b *builder) addLateBuyers() {
	for i := range lateBuyers {
		p := b.customer("guest")
		b.shop.others = append(b.shop.others, p)
		at := b.between(cutOff().Add(time.Hour), exported())
		if i < 2 {
			at = cutOff().Add(time.Duration(i) * time.Microsecond)
		}
		o := b.lateOrder(p, at)
		if i < 2 {
			o.method = cardMethod(o)
			b.settle(o, "承認", 9*time.Second, b.token())
		}
		if i == 2 {
			b.example(p, "late.buyer@example.com", "bought only after the cut-off: not listed")
			o.email = p.email
		}
		if i%6 == 0 {
			b.strangeDelivery(o)
		}
	}
	for _, p := range b.guests[100:110] {
		b.lateOrder(p, b.between(cutOff().Add(time.Hour), exported()))
	}
}

func (b *builder) lateOrder(p *person, at time.Time) *order {
	o := b.order(p, at)
	b.payOther(o)
	b.fillPlainly(o)
	return o
}

// fillPlainly puts goods without an inscription into an order, which so tells
// nothing about its buyer.
func (b *builder) fillPlainly(o *order) {
	o.items = append(o.items, line{pick(b, products()[:12]), 1})
}

func (b *builder) strangeDelivery(o *order) {
	r := b.recipientOf(o.buyer, false)
	b.shop.others = append(b.shop.others, r)
	b.deliver(o, r, false)
}

const (
	reviewAttempt = "abandoned_card_attempt"
	reviewStaff   = "staff_keyed_order"
)

// addAttempts adds twelve card payments that were begun and never finished. The shop
// cancelled and deleted them itself after a quarter of an hour.
func (b *builder) addAttempts() {
	people := []*person{b.attempted, b.buyers[6]}
	for i := range 10 {
		p := b.customer("guest")
		b.shop.others = append(b.shop.others, p)
		people = append(people, p)
		if i == 0 {
			b.example(p, "attempt@example.com", "card attempt never finished: not listed, undetermined")
		}
	}
	for i, p := range people {
		o := b.order(p, b.between(settled().AddDate(0, 0, 5), cutOff()))
		o.asGuest = o.asGuest || o.placed.Before(p.registered)
		o.method, o.state, o.deleted = cardMethod(o), stateCancelled, true
		o.updated = o.placed.Add(16 * time.Minute)
		b.fillPlainly(o)
		p.review = reviewAttempt
		if i%2 == 0 {
			b.settle(o, "否認", 30*time.Second, b.token())
		}
		if i%5 == 4 {
			b.strangeDelivery(o)
		}
	}
}

// addStaffOrders adds six orders taken by telephone; one was paid by card within the
// days that count, but not on the site.
func (b *builder) addStaffOrders() {
	people := []*person{b.keyed}
	for i := range 5 {
		p := b.customer("guest")
		b.shop.others = append(b.shop.others, p)
		people = append(people, p)
		if i == 0 {
			b.example(p, "phone.order@example.com", "order taken by telephone: not listed, undetermined")
		}
	}
	for i, p := range people {
		o := b.order(p, b.between(opened(), cutOff()))
		if i == 1 {
			o.placed = b.between(cardFrom(), cardTo())
			o.updated = o.placed.Add(time.Hour).Truncate(time.Second)
		}
		o.device, o.memo = deviceStaff, "電話注文"
		o.asGuest = o.asGuest || o.placed.Before(p.registered)
		b.payOther(o)
		if i == 1 {
			o.method, o.paid = cardMethod(o), time.Time{}
			b.settle(o, "承認", 3*time.Minute, b.token())
		}
		b.fillPlainly(o)
		p.review = reviewStaff
	}
}

// number brings orders and settlements into the order of time.
func (b *builder) number() {
	slices.SortStableFunc(b.shop.orders, func(x, y *order) int { return x.placed.Compare(y.placed) })
	for i, o := range b.shop.orders {
		o.number = 1001 + i
	}
	slices.SortStableFunc(b.shop.settlements, func(x, y settlement) int {
		return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.order.number, y.order.number))
	})
}
