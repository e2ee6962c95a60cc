package shopgen

import "time"

// story is something that happens in a shop: it adds records and the right answers.
type story struct {
	name            string
	needs           trait
	members, orders int // at most so many rows
	quirk           bool
	tell            func(*cluster)
}

// stories lists all of them. A shop with quirks has seen each that its shop system can
// tell of.
func stories() []story {
	return append([]story{
		{"a member who never buys", 0, 1, 0, false, idleMember},
		{"a member who buys", 0, 1, 2, false, func(c *cluster) { plainMember(c, 2) }},
		{"a guest who buys", 0, 0, 2, false, func(c *cluster) { plainGuest(c, 2) }},
		{"a member who pays by card", 0, 1, 1, false, cardMember},
		{"a guest who pays with several cards", 0, 0, 3, false, cardGuest},
		{"a present", 0, 0, 1, false, present},
		{"a member who buys something engraved", 0, 1, 1, false, engravedMember},

		{"one who receives twice, from two people", 0, 0, 3, true, receivedTwice},
		{"two receivers of one name", manyAddressees, 0, 1, true, namesakes},
		{"the buyer's name elsewhere", 0, 0, 1, true, buyerElsewhere},
		{"the buyer's reading at the buyer's home", kana, 0, 1, true, sameReading},
		{"a variant character", 0, 0, 2, true, variantCharacter},
		{"an addressee without a name", blankNames, 0, 1, true, namelessAddressee},
		{"a purchase that was cancelled", 0, 0, 1, true, cancelledPurchase},
		{"a purchase that was deleted", deletedFlag, 0, 1, true, deletedPurchase},
		{"the first and the last moment of every rule", 0, 0, 5, true, boundaries},
		{"a buyer who comes too late", 0, 0, 2, true, lateBuyer},
		{"an address written otherwise", 0, 0, 4, true, otherWritings},
		{"an address that cannot be read", 0, 0, 2, true, unreadable},
	}, append(memberStories(), cardStories()...)...)
}

func memberStories() []story {
	return []story{
		{"a member who registers too late", listsMembers, 2, 0, true, lateMembers},
		{"a guest who registers too late", listsMembers, 1, 1, true, guestTurnedMember},
		{"a late member who orders logged in", listsMembers | ordersNameMembers, 1, 1, true, lateMemberOrder},
		{"a member under a former address", ordersNameMembers, 1, 1, true, formerAddress},
		{"a member who does not log in", 0, 1, 1, true, loggedOut},
		{"a member's mobile address", mobileAddress, 1, 1, true, mobileGuest},
		{"a couple with one mobile address", mobileAddress | ordersNameMembers, 2, 2, true, couple},
		{"a member who left", withdrawals | ordersNameMembers, 1, 1, true, leftMember},
		{"one who left and came back", withdrawals | keepsAddresses | listsMembers, 2, 1, true, cameBack},
		{"one who left and came back too late", withdrawals | keepsAddresses | listsMembers, 2, 1, true, cameBackLate},
		{"a registration never confirmed", provisionals, 1, 0, true, provisionalMember},
		{"a member whose address cannot be read", ordersNameMembers, 1, 1, true, unreadableMember},
		{"an order of a member nobody knows", ordersNameMembers, 0, 1, true, unknownMember},
	}
}

func cardStories() []story {
	return []story{
		{"an attempt given up by a guest", attempts, 0, 1, true, guestAttempt},
		{"an attempt given up by a member", attempts, 1, 1, true, memberAttempt},
		{"an attempt given up, then paid", attempts, 0, 2, true, secondAttempt},
		{"an attempt with a present", attempts, 0, 1, true, attemptedPresent},
		{"a card payment refunded", 0, 0, 1, true, refunded},
		{"a card refused, then another", 0, 0, 1, true, refusedFirst},
		{"two cards for one order", 0, 0, 1, true, twoCards},
		{"a payment the shop took for given up", attempts, 0, 1, true, lostPayment},
		{"a payment the company forgot", 0, 0, 1, true, forgottenPayment},
		{"an order taken by telephone", devices, 0, 1, true, phoneOrder},
		{"a member's order taken by telephone", devices, 1, 1, true, phoneMember},
		{"a card payment taken by telephone", devices, 0, 1, true, phoneCard},
		{"an order taken by telephone too late", devices, 0, 1, true, latePhone},
	}
}

func idleMember(c *cluster) { c.member(c.human()) }

// plainMember buys once or twice, and sometimes sends a present.
func plainMember(c *cluster, most int) {
	p := c.member(c.human())
	plainOrders(c, p, most)
}

func plainGuest(c *cluster, most int) { plainOrders(c, c.guest(c.human()), most) }

func plainOrders(c *cluster, p *subject, most int) {
	for range min(most, 1+c.IntN(2)) {
		if c.chance(50) {
			c.cardPayment(p, c.token())
			p.told.Cards++
			continue
		}
		o := c.purchase(p)
		if c.chance(6) {
			r := c.receiver(p.human)
			c.gift(o, r.human, c.chance(2))
			r.join(recipient)
		}
	}
}

func cardMember(c *cluster) {
	p := c.member(c.human())
	c.cardPayment(p, c.token())
	p.told.Cards = 1
}

// cardGuest pays with two cards, with one of them twice.
func cardGuest(c *cluster) {
	p, first := c.guest(c.human()), c.token()
	c.cardPayment(p, first)
	c.cardPayment(p, c.token())
	c.cardPayment(p, first)
	p.told.Cards = 2
}

func present(c *cluster) {
	p := c.guest(c.human())
	r := c.receiver(p.human)
	c.gift(c.purchase(p), r.human, false)
	r.join(recipient)
}

func engravedMember(c *cluster) {
	p := c.member(c.human())
	c.engrave(p, c.purchase(p))
}

// receivedTwice: written in different ways each time, and twice in one order.
func receivedTwice(c *cluster) {
	a, b := c.guest(c.human()), c.guest(c.human())
	r := c.receiver(a.human)
	for r.given.kana == b.given.kana || r.given.kana == a.given.kana {
		b.given, r.given = c.s.words.givenNames[0], c.s.words.givenNames[1]
		a.given = c.s.words.givenNames[2]
	}
	r.told.Key = "R:" + c.placeKey(r.family, r.given, r.home)
	c.gift(c.purchase(a), r.human, true)
	again := c.purchase(b)
	c.gift(again, r.human, false)
	c.gift(again, r.human, true)
	c.gift(c.purchase(b), r.human, true)
	r.join(recipient)
}

func namesakes(c *cluster) {
	p := c.guest(c.human())
	r := c.receiver(p.human)
	twin := *r.human
	twin.home = c.place()
	o := c.purchase(p)
	c.gift(o, r.human, false)
	c.gift(o, &twin, true)
	r.join(recipient)
	c.receiverOf(addressee{human: &twin}).join(recipient)
}

// buyerElsewhere sends something to the buyer's own name at another address: a second
// home, or a namesake.
func buyerElsewhere(c *cluster) {
	p, home := c.guest(c.human()), c.place()
	o := c.purchase(p)
	a := addressee{human: p.human, home: &home, writing: c.writing()}
	c.alsoTo(o, a)
	c.receiverOf(a).told.Review = otherAddress
}

// sameReading sends something to the buyer's home under other kanji of one reading: a
// slip of the keyboard, or a relative.
func sameReading(c *cluster) {
	p := c.guest(c.human())
	o := c.purchase(p)
	a := addressee{human: p.human, given: &word{"葉名幸", p.given.kana, p.given.latin}, writing: c.writing()}
	c.alsoTo(o, a)
	c.receiverOf(a).told.Review = nearBuyer
}

// variantCharacter: 髙 and 高, 﨑 and 崎 are one name where the buyer is concerned.
func variantCharacter(c *cluster) {
	for _, pair := range [][2]word{
		{{"髙橋", "タカハシ", "takahashi"}, {"高橋", "タカハシ", "takahashi"}},
		{{"岡崎", "オカザキ", "okazaki"}, {"岡﨑", "オカザキ", "okazaki"}},
	} {
		h := c.human()
		h.family = pair[0]
		p := c.guest(h)
		o := c.purchase(p)
		o.to = []addressee{{human: h, family: &pair[1], writing: c.writing()}}
	}
}

// namelessAddressee has an address and no name: nobody can tell whether it is the buyer.
func namelessAddressee(c *cluster) {
	p := c.guest(c.human())
	o := c.purchase(p)
	home := c.place()
	a := addressee{human: p.human, family: &word{}, given: &word{}, home: &home}
	c.alsoTo(o, a)
	c.receiverOf(a).told.Review = unclearRecord
}

func cancelledPurchase(c *cluster) {
	p := c.guest(c.human())
	o := c.order(p, c.between(opened(), cutOff()))
	o.state, o.paid = cancelled, time.Time{}
	p.join(purchaser)
}

func deletedPurchase(c *cluster) {
	p := c.guest(c.human())
	o := c.order(p, c.between(opened(), cutOff()))
	o.deleted = true
	p.join(purchaser)
}

// boundaries are five people who buy by card around both ends of the time in which
// cards were read, and just before the cut-off.
func boundaries(c *cluster) {
	for _, b := range []struct {
		at   time.Time
		read bool
	}{
		{c.instantBefore(cardFrom()), false}, {cardFrom(), true}, {c.instantBefore(cardTo()), true}, {cardTo(), false},
		{c.instantBefore(cutOff()), false},
	} {
		p := c.guest(c.human())
		o := c.order(p, b.at)
		c.payByCard(o)
		o.approve(c.token())
		p.join(purchaser)
		if b.read {
			p.join(card)
			p.told.Cards = 1
		}
	}
}

func lateBuyer(c *cluster) {
	p := c.guest(c.human())
	c.order(p, cutOff())
	o := c.order(p, c.between(cutOff(), exported()))
	c.gift(o, c.receiver(p.human).human, true)
}

// otherWritings is one guest who types the address differently each time.
func otherWritings(c *cluster) {
	p := c.guest(c.human())
	for range 4 {
		c.purchase(p).mail = c.otherWriting(p.human.mail)
	}
}

// unreadable is a guest whose address is none: two orders of one name and home.
func unreadable(c *cluster) {
	p := c.nobody(c.human())
	for _, a := range []string{p.human.given.latin + "@", pick(c, []string{"", "なし", "a@b@example.jp", "a@localhost"})} {
		c.purchase(p).mail = a
	}
}
