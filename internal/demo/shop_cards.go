package demo

import (
	"slices"
	"time"
)

// addCards gives 18 members and 12 guests their 38 cards, all paid within the days
// that count. Two people used three cards, four used two.
func (b *builder) addCards() {
	people := slices.Concat(b.buyers[:noticeCardPeople-12], b.guests[:12])
	count := map[*person]int{
		b.guests[0]: 3, b.buyers[1]: 3,
		b.buyers[2]: 2, b.buyers[3]: 2, b.guests[2]: 2, b.guests[3]: 2,
	}
	for _, p := range people {
		p.join("card")
		p.cards = max(count[p], 1)
		o := b.cardOrder(p, b.between(cardFrom(), cardTo()))
		b.settle(o, "承認", 10*time.Second, b.token())
		for range p.cards - 1 {
			if p == b.guests[2] { // two cards for one order
				b.settle(o, "承認", 5*time.Minute, b.token())
				continue
			}
			b.settle(b.cardOrder(p, b.between(cardFrom(), cardTo())), "承認", 10*time.Second, b.token())
		}
	}
	b.cardEdges()
	b.cardFates()
}

func (b *builder) cardOrder(p *person, at time.Time) *order {
	o := b.order(p, at)
	o.asGuest = o.asGuest || at.Before(p.registered)
	o.method = cardMethod(o)
	o.shipped = o.updated
	b.fill(o)
	return o
}

// cardEdges puts orders on both sides of both ends of the days that count.
func (b *builder) cardEdges() {
	b.move(b.lastOrder(b.buyers[4]), cardFrom())
	b.move(b.lastOrder(b.guests[4]), cardTo().Add(-time.Microsecond))
	for i, at := range []time.Time{settled(), cardFrom().Add(-time.Microsecond), cardTo(), cutOff().Add(-time.Second)} {
		b.settle(b.cardOrder(b.guests[62+i], at), "承認", 9*time.Second, b.token())
	}
}

func (b *builder) lastOrder(p *person) *order { return p.orders[len(p.orders)-1] }

// move shifts an order and what was settled for it.
func (b *builder) move(o *order, to time.Time) {
	by := to.Sub(o.placed)
	o.placed, o.updated, o.shipped = to, o.updated.Add(by).Truncate(time.Second), o.shipped.Add(by).Truncate(time.Second)
	for i := range b.shop.settlements {
		if s := &b.shop.settlements[i]; s.order == o {
			s.at = s.at.Add(by).Truncate(time.Second)
		}
	}
	o.asGuest = o.buyer.id == 0 || to.Before(o.buyer.registered)
}

// cardFates is what else may happen to a card payment without changing the answer.
func (b *builder) cardFates() {
	cancelled := b.lastOrder(b.guests[1])
	cancelled.state, cancelled.shipped = stateCancelled, time.Time{}
	b.settle(cancelled, "取消", 26*time.Hour, b.cardOf(cancelled))

	// Paid without coming back to the shop, which took it for abandoned.
	lost := b.lastOrder(b.guests[5])
	lost.state, lost.deleted, lost.shipped = stateCancelled, true, time.Time{}

	// Refused once, then accepted with another card.
	b.settle(b.lastOrder(b.buyers[7]), "否認", -time.Minute, b.token())

	// The same card again.
	first := b.lastOrder(b.buyers[5])
	b.settle(b.cardOrder(b.buyers[5], b.between(cardFrom(), cardTo())), "承認", 10*time.Second, b.cardOf(first))
}

func (b *builder) cardOf(o *order) string {
	for _, s := range b.shop.settlements {
		if s.order == o && s.action == "承認" {
			return s.card
		}
	}
	return ""
}

// addRecipients invents 187 people to whom others sent something: a third of them at
// the buyer's own home, and 37 in two orders, written in two ways.
func (b *builder) addRecipients() {
	givers := slices.Concat(b.guests[70:], b.buyers[45:])
	b.rng.Shuffle(len(givers), func(i, k int) { givers[i], givers[k] = givers[k], givers[i] })
	givers[0] = b.guests[16]
	for i, giver := range givers[:noticeRecipients] {
		r := b.recipientOf(giver, i%3 == 1)
		r.join("recipient")
		b.shop.people = append(b.shop.people, r)
		b.deliver(giver.orders[0], r, i%2 == 0)
		if i < 37 {
			again := b.purchase(giver)
			b.deliver(again, r, false)
		}
	}
}

// recipientOf invents somebody whose name, in kanji and in kana, is not the buyer's.
func (b *builder) recipientOf(giver *person, family bool) *person {
	for {
		r := b.human("recipient")
		if family {
			r.family, r.home, r.tel = giver.family, giver.home, giver.tel
		}
		if r.given.kanji != giver.given.kanji && r.given.kana != giver.given.kana {
			return r
		}
	}
}

// deliver sends an order to somebody, in place of the buyer or besides.
func (b *builder) deliver(o *order, r *person, besides bool) {
	to := receiver{r, writing(b.rng.IntN(writings))}
	if besides {
		o.receivers = append(o.receivers, to)
		return
	}
	o.receivers = []receiver{to}
}
