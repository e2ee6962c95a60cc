package shopgen

import "time"

// lateMembers register at the cut-off and after it: they are on no list.
func lateMembers(c *cluster) {
	c.register(c.human(), cutOff())
	c.register(c.human(), c.between(cutOff(), exported()))
}

// guestTurnedMember bought before and registered after: a guest still.
func guestTurnedMember(c *cluster) {
	p := c.guest(c.human())
	c.purchase(p)
	c.register(p.human, c.between(cutOff(), exported()))
}

// lateMemberOrder carries the number of a registration that is on no list, as when a
// shop gives former orders to a new account.
func lateMemberOrder(c *cluster) {
	p := c.guest(c.human())
	r := c.register(p.human, c.between(cutOff(), exported()))
	c.purchase(p).memberID = r.id
}

// formerAddress is on an order that was placed logged in: it is theirs as well.
func formerAddress(c *cluster) {
	p := c.member(c.human())
	former := c.mailbox(p.human, "old.")
	c.purchase(p).mail = former
	p.told.Emails = append(p.told.Emails, former)
}

func loggedOut(c *cluster) {
	p := c.member(c.human())
	o := c.purchase(p)
	o.memberID, o.mail = 0, c.otherWriting(p.human.mail)
}

func mobileGuest(c *cluster) {
	h := c.human()
	h.mobile = c.mailbox(h, "m.")
	p := c.member(h)
	o := c.purchase(p)
	o.memberID, o.mail = 0, c.otherWriting(h.mobile)
}

func couple(c *cluster) {
	a, b := c.human(), c.human()
	a.mobile = c.mailbox(a, "we.")
	b.mobile = a.mobile
	c.purchase(c.member(a))
	c.purchase(c.member(b))
}

func leftMember(c *cluster) {
	p := c.member(c.human())
	c.purchase(p)
	c.withdraw(p)
	if p.reg.mail != p.human.mail { // the order still has the address
		p.told.Emails = append(p.told.Emails, p.human.mail)
	}
}

// cameBack is one address in two registrations: who orders without logging in is the
// one who can log in.
func cameBack(c *cluster) {
	h := c.human()
	old := c.memberOf(c.register(h, c.between(opened(), instant(2020, 1, 1))))
	c.withdraw(old)
	now := c.memberOf(c.register(h, c.between(instant(2020, 1, 1), cutOff())))
	c.purchase(now).memberID = 0
}

// cameBackLate: the second registration is on no list, and the first stays theirs.
func cameBackLate(c *cluster) {
	h := c.human()
	old := c.memberOf(c.register(h, c.between(opened(), instant(2022, 1, 1))))
	c.withdraw(old)
	c.register(h, c.between(cutOff(), exported()))
	c.purchase(old).memberID = 0
}

func provisionalMember(c *cluster) {
	p := c.member(c.human())
	p.reg.provisional, p.told.Login = true, ""
}

func unreadableMember(c *cluster) {
	p := c.member(c.human())
	p.reg.mail, p.told.Emails, p.told.Login = p.human.given.latin, nil, ""
	c.purchase(p).mail = ""
}

// unknownMember: the shop removed the row; the address says who it is.
func unknownMember(c *cluster) {
	c.purchase(c.guest(c.human())).memberID = 2_000_000_000 + c.next.order
}

func guestAttempt(c *cluster) { c.attempt(c.guest(c.human())) }

func memberAttempt(c *cluster) { c.attempt(c.member(c.human())) }

// secondAttempt gives up, comes back and pays.
func secondAttempt(c *cluster) {
	p := c.guest(c.human())
	o := c.attempt(p)
	o.pay("否認", 20*time.Second, c.token())
	c.cardPayment(p, c.token())
	p.told.Cards = 1
}

// attemptedPresent: whoever it was for follows the decision about the order.
func attemptedPresent(c *cluster) {
	p := c.guest(c.human())
	c.gift(c.attempt(p), c.receiver(p.human).human, true)
}

// refunded: that the order was cancelled afterwards changes nothing.
func refunded(c *cluster) {
	p, token := c.guest(c.human()), c.token()
	o := c.cardPayment(p, token)
	o.pay("取消", 26*time.Hour, token)
	o.state = cancelled
	p.told.Cards = 1
}

func refusedFirst(c *cluster) {
	p := c.guest(c.human())
	o := c.cardPayment(p, c.token())
	o.pay("否認", -time.Minute, c.token())
	p.told.Cards = 1
}

// twoCards also repeats a line of the payment company's file.
func twoCards(c *cluster) {
	p, second := c.guest(c.human()), c.token()
	o := c.cardPayment(p, c.token())
	o.approve(second)
	o.approve(second)
	p.told.Cards = 2
}

// lostPayment was paid without coming back to the shop, which took it for given up.
func lostPayment(c *cluster) {
	p := c.guest(c.human())
	c.abandon(c.cardPayment(p, c.token()))
	p.told.Cards = 1
}

// forgottenPayment was shipped, but the payment company's file does not have it: the
// file is incomplete, and nobody can say that no card was charged.
func forgottenPayment(c *cluster) {
	p := c.guest(c.human())
	o := c.order(p, c.between(cardFrom(), cardTo()))
	c.payByCard(o)
	p.join(purchaser)
	p.told.Review = unclearRecord
}

func phoneOrder(c *cluster) { phone(c, c.guest(c.human())) }

func phoneMember(c *cluster) { phone(c, c.member(c.human())) }

func phone(c *cluster, p *subject) {
	c.staffOrder(p, c.between(opened(), cutOff()))
	p.told.Review = staffKeyed
}

// phoneCard was charged while cards were read, but never typed on the site.
func phoneCard(c *cluster) {
	p := c.guest(c.human())
	o := c.staffOrder(p, c.between(cardFrom(), cardTo()))
	c.payByCard(o)
	o.approve(c.token())
	p.told.Review = staffKeyed
}

func latePhone(c *cluster) { c.staffOrder(c.guest(c.human()), c.between(cutOff(), exported())) }
