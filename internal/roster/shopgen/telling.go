package shopgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// join puts somebody on a list, once.
func (p *subject) join(cohort string) {
	if !slices.Contains(p.told.Cohorts, cohort) {
		p.told.Cohorts = append(p.told.Cohorts, cohort)
	}
}

func (p *subject) flag(flag string) {
	if !slices.Contains(p.told.Flags, flag) {
		p.told.Flags = append(p.told.Flags, flag)
	}
}

// register adds a row to the members file, with no answer about anybody.
func (c *cluster) register(h *human, at time.Time) *registration {
	r := &registration{human: h, id: c.next.member, mail: h.mail, at: at}
	c.next.member++
	c.members = append(c.members, r)
	return r
}

// member registers somebody before the cut-off: they are on the list of members.
func (c *cluster) member(h *human) *subject {
	return c.memberOf(c.register(h, c.between(opened(), cutOff())))
}

// memberOf is the person of a registration made before the cut-off.
func (c *cluster) memberOf(r *registration) *subject {
	id := strconv.Itoa(r.id)
	p := &subject{human: r.human, reg: r, told: Person{Key: "M:" + id, Kind: member, MemberID: id, Login: r.human.mail}}
	for _, a := range []string{r.human.mail, r.human.mobile} {
		if a != "" {
			p.told.Emails = append(p.told.Emails, a)
		}
	}
	if c.s.d.has(listsMembers) {
		p.join(member)
		c.tellPersonal(p)
	}
	c.people = append(c.people, p)
	return p
}

func (c *cluster) tellPersonal(p *subject) {
	switch {
	case !c.s.d.has(personal):
		p.flag(gender + "?")
		p.flag(birth + "?")
		return
	case !p.born.IsZero():
		p.flag(birth)
	}
	if p.sex != 0 {
		p.flag(gender)
	}
}

// withdraw closes a membership. The row stays, at some shops with another address;
// nobody logs in with it any more.
func (c *cluster) withdraw(p *subject) {
	p.reg.withdrawn, p.told.Withdrawn, p.told.Login = true, true, ""
	if !c.s.d.has(keepsAddresses) {
		p.reg.mail = fmt.Sprintf("left%d@withdrawn.example", p.reg.id)
		p.told.Emails[0] = p.reg.mail
	}
}

// guest is somebody who buys without registering.
func (c *cluster) guest(h *human) *subject {
	p := &subject{human: h, told: Person{Key: "G:" + h.mail, Kind: "guest", Emails: []string{h.mail}}}
	c.people = append(c.people, p)
	return p
}

// nobody is a guest whose address cannot be read: known by name and postal address.
func (c *cluster) nobody(h *human) *subject {
	p := &subject{human: h, told: Person{Key: "G:" + c.placeKey(h.family, h.given, h.home), Kind: "guest"}}
	c.people = append(c.people, p)
	return p
}

// order is an order with nothing decided but who and when. A member's is placed logged
// in, where the shop system tells.
func (c *cluster) order(p *subject, at time.Time) *order {
	o := &order{number: c.next.order, buyer: p.human, mail: p.human.mail, placed: at, state: shipped}
	c.next.order++
	if p.reg != nil && c.s.d.has(ordersNameMembers) {
		o.memberID = p.reg.id
	}
	o.updated = at.Add(time.Duration(1+c.IntN(480)) * time.Hour).Truncate(time.Second)
	o.device = pick(c, c.s.d.web)
	o.writing = c.writing()
	o.wishes = pick(c, c.s.words.plainWishes)
	if c.s.o.Quirks && c.chance(4) {
		o.wishes = pick(c, c.s.words.oddWishes)
	}
	o.items = []product{pick(c, c.s.words.plainProducts)}
	o.to = []addressee{{human: p.human, writing: c.writing()}}
	c.payOther(o)
	c.orders = append(c.orders, o)
	return o
}

func (c *cluster) writing() writing {
	if c.s.o.Quirks {
		return writing(c.IntN(writings))
	}
	return writing(c.IntN(tidy))
}

func (c *cluster) payOther(o *order) {
	o.method = pick(c, c.s.d.otherMethods)
	o.paid = o.placed.Add(time.Duration(1+c.IntN(48)) * time.Hour).Truncate(time.Second)
	o.payments = nil
}

// payByCard says that the order is paid by card, not that it was.
func (c *cluster) payByCard(o *order) {
	o.method, o.paid = c.s.d.cardMethods[0], time.Time{}
	if !o.placed.Before(newName()) {
		o.method = pick(c, c.s.d.cardMethods)
	}
}

func (c *cluster) token() string { return fmt.Sprintf("tok_%016xdm", c.Uint64()) }

// approve adds the payment company's word that the card was charged.
func (o *order) approve(token string) { o.pay("承認", 9*time.Second, token) }

func (o *order) pay(action string, after time.Duration, token string) {
	at := o.placed.Add(after).Truncate(time.Second)
	if at.After(covered()) {
		at = covered()
	}
	o.payments = append(o.payments, payment{action, at, token})
}

// purchase is a completed order on the site before the cut-off, not by card while cards
// were read.
func (c *cluster) purchase(p *subject) *order {
	o := c.order(p, c.between(opened(), cutOff()))
	p.join(purchaser)
	if o.placed.Before(cardFrom()) && c.chance(2) {
		c.payByCard(o)
		if !o.placed.Before(settled()) {
			o.approve(c.token())
		}
	}
	if c.chance(4) {
		c.engrave(p, o)
	}
	return o
}

// engrave adds something with a name and a birth date on it to a completed order.
func (c *cluster) engrave(p *subject, o *order) {
	o.items = append(o.items, pick(c, c.s.words.engravedProducts))
	p.flag(engraved)
}

// cardPayment is a completed order paid by card while cards were read.
func (c *cluster) cardPayment(p *subject, token string) *order {
	o := c.order(p, c.between(cardFrom(), cardTo()))
	c.payByCard(o)
	o.approve(token)
	p.join(card)
	p.join(purchaser)
	return o
}

// attempt is a card payment that was begun and never finished.
func (c *cluster) attempt(p *subject) *order {
	o := c.order(p, c.between(settled().AddDate(0, 0, 1), cutOff()))
	c.payByCard(o)
	c.abandon(o)
	p.told.Review = abandonedAttempt
	return o
}

// abandon is what the shop system makes of such an order: EC-CUBE 2 cancels and deletes
// it after a quarter of an hour, EC-CUBE 3 and 4 let it wait for ever.
func (c *cluster) abandon(o *order) {
	o.updated = o.placed.Add(16 * time.Minute)
	if c.s.d.has(deletedFlag) {
		o.state, o.deleted = cancelled, true
		return
	}
	o.state = pending
}

// staffOrder was taken by telephone and keyed in: no card was typed on the site.
func (c *cluster) staffOrder(p *subject, at time.Time) *order {
	o := c.order(p, at)
	o.staff, o.device, o.memo = true, c.s.d.staff, "電話注文"
	return o
}

// gift sends an order to somebody of another name, in place of the buyer or besides.
func (c *cluster) gift(o *order, to *human, besides bool) {
	a := addressee{human: to, writing: c.writing()}
	if besides {
		c.alsoTo(o, a)
		return
	}
	o.to = []addressee{a}
}

// alsoTo adds an addressee, or puts them in the place of the only one that an order of
// this shop system can have.
func (c *cluster) alsoTo(o *order, a addressee) {
	if !c.s.d.has(manyAddressees) {
		o.to = nil
	}
	o.to = append(o.to, a)
}

// receiver is somebody to whom others send something; they differ from the buyer in
// kanji and in kana.
func (c *cluster) receiver(buyer *human) *subject {
	h := c.human()
	for h.given.kana == buyer.given.kana {
		h.given = pick(c, c.s.words.givenNames)
	}
	return c.receiverOf(addressee{human: h})
}

// receiverOf is the person of an addressee, on no list yet.
func (c *cluster) receiverOf(a addressee) *subject {
	family, given := a.name()
	p := &subject{human: a.human, told: Person{Key: "R:" + c.placeKey(family, given, a.place()), Kind: recipient}}
	c.people = append(c.people, p)
	return p
}

// otherWriting is the same address as people type it elsewhere.
func (c *cluster) otherWriting(address string) string {
	switch local, domain, _ := strings.Cut(address, "@"); c.IntN(5) {
	case 0:
		return strings.ToUpper(address)
	case 1:
		return fullWidth(address)
	case 2:
		return "　" + address
	case 3:
		return local + "@" + strings.ToUpper(domain)
	default:
		return address + " "
	}
}
