package demo

import (
	"fmt"
	"strings"
	"time"
)

// Payment methods as this shop names them, with their ids.
const (
	methodTransfer = "銀行振込"
	methodPostal   = "郵便振替"
	methodCOD      = "代金引換"
	methodGift     = "ギフトカード払い" // no credit card
	methodCardOld  = "クレジットカード"
	methodCard     = "クレジットカード決済"
	methodCardSP   = "カード決済（スマホ用）"
)

// States of an order.
const (
	stateNew       = 1
	stateCancelled = 3
	stateShipped   = 5
	statePaid      = 6
)

// Kinds of device.
const (
	deviceMobile = "1"
	devicePhone  = "2"
	devicePC     = "10"
	deviceStaff  = "99"
)

// order is one order or attempt.
type order struct {
	number    int
	buyer     *person
	email     string // as it was typed
	asGuest   bool   // a member who did not sign in
	placed    time.Time
	updated   time.Time
	paid      time.Time
	shipped   time.Time
	method    string
	state     int
	deleted   bool
	device    string
	wishes    string
	memo      string
	items     []line
	receivers []receiver
	writing   writing
}

type line struct {
	product
	quantity int
}

// receiver is an addressee; person is the buyer for the buyer's own.
type receiver struct {
	person  *person
	writing writing
}

// settlement is one line of the payment company's file.
type settlement struct {
	order  *order
	action string // 承認, 否認, 取消
	at     time.Time
	card   string
}

// sell gives every purchaser at least one completed order on the web, some several,
// spread over the years and never by card in the days that count.
func (b *builder) sell() {
	for i, p := range b.buyers {
		b.purchase(p)
		for range b.extra(i) {
			b.purchase(p)
		}
	}
	for i, p := range b.guests {
		o := b.purchase(p)
		switch {
		case i >= 20 && i < 46: // known only through a cancelled order
			o.state, o.paid, o.shipped = stateCancelled, time.Time{}, time.Time{}
			continue
		case i >= 46 && i < 59: // known only through an order deleted afterwards
			b.payOther(o)
			o.deleted = true
			continue
		case i == 12:
			continue
		}
		extra := b.extra(i)
		if i == 17 {
			extra = 2
		}
		for n := range extra {
			again := b.purchase(p)
			again.email = b.otherWriting(p.email, i+n)
		}
	}
}

// extra is how many further orders somebody places.
func (b *builder) extra(i int) int {
	switch n := b.rng.IntN(20); {
	case i == 0:
		return 1
	case n < 13:
		return 0
	case n < 18:
		return 1
	default:
		return 2
	}
}

// otherWriting is the same address as people type it elsewhere.
func (b *builder) otherWriting(address string, n int) string {
	switch n % 5 {
	case 0:
		return strings.ToUpper(address)
	case 1:
		return fullWidth(address)
	case 2:
		return "　" + address
	case 3:
		local, domain, _ := strings.Cut(address, "@")
		return local + "@" + strings.ToUpper(domain)
	default:
		return address
	}
}

// purchase is a completed order on the web before the cut-off.
func (b *builder) purchase(p *person) *order {
	from := opened()
	if p.id > 0 && cutOff().Sub(p.registered) > 30*24*time.Hour && b.rng.IntN(8) > 0 {
		from = p.registered
	}
	o := b.order(p, b.between(from, cutOff()))
	o.asGuest = o.asGuest || o.placed.Before(p.registered)
	if o.asGuest && p.mobile != "" && b.rng.IntN(3) == 0 && p != b.buyers[31] && p != b.buyers[32] {
		o.email = strings.ToUpper(p.mobile)
	}
	b.pay(o)
	p.join("purchaser")
	b.fill(o)
	return o
}

// order is an order with nothing decided but who, when and where from.
func (b *builder) order(p *person, at time.Time) *order {
	o := &order{buyer: p, email: p.email, asGuest: p.id == 0, placed: at, state: stateShipped, device: pick(b, []string{devicePC, devicePC, devicePhone, devicePhone, deviceMobile})}
	o.writing = writing(b.rng.IntN(writings))
	o.updated = at.Add(time.Duration(1+b.rng.IntN(20*24)) * time.Hour).Truncate(time.Second)
	o.receivers = []receiver{{p, writing(b.rng.IntN(writings))}}
	p.orders = append(p.orders, o)
	b.shop.orders = append(b.shop.orders, o)
	return o
}

// pay chooses how an ordinary order is paid: by card only where that puts nobody on
// the card list.
func (b *builder) pay(o *order) {
	watched := !o.placed.Before(cardFrom()) && o.placed.Before(cardTo())
	if watched || !o.placed.Before(cutOff()) || b.rng.IntN(5) < 3 {
		b.payOther(o)
		return
	}
	o.method = cardMethod(o)
	o.shipped = o.updated
	if !o.placed.Before(settled()) {
		b.settle(o, "承認", 10*time.Second, b.token())
	}
}

func (b *builder) payOther(o *order) {
	methods := []string{methodTransfer, methodTransfer, methodPostal, methodCOD, methodGift}
	o.method = pick(b, methods)
	o.paid = o.placed.Add(time.Duration(1+b.rng.IntN(48)) * time.Hour).Truncate(time.Second)
	o.shipped = o.updated
	b.unsettle(o)
}

func cardMethod(o *order) string {
	switch {
	case o.placed.Before(newName()):
		return methodCardOld
	case o.device == devicePhone:
		return methodCardSP
	default:
		return methodCard
	}
}

func (b *builder) settle(o *order, action string, after time.Duration, card string) {
	b.shop.settlements = append(b.shop.settlements, settlement{o, action, o.placed.Add(after).Truncate(time.Second), card})
}

// unsettle takes back what the payment company would say about an order.
func (b *builder) unsettle(o *order) {
	kept := b.shop.settlements[:0]
	for _, s := range b.shop.settlements {
		if s.order != o {
			kept = append(kept, s)
		}
	}
	b.shop.settlements = kept
}

// token is the payment company's name for a card; it says nothing about its number.
func (b *builder) token() string { return fmt.Sprintf("tok_%016xdm", b.rng.Uint64()) }

// fill puts goods into an order, and what the customer wrote.
func (b *builder) fill(o *order) {
	goods := products()
	for range 1 + b.rng.IntN(3) {
		o.items = append(o.items, line{pick(b, goods[:12]), 1 + b.rng.IntN(10)/9})
	}
	flagged := b.rng.IntN(4) == 0 && !o.buyer.unflagged
	if flagged || o.buyer.engraved && len(o.buyer.orders) == 1 {
		o.items = append(o.items, line{pick(b, goods[12:]), 1})
		o.buyer.engraved = true
		o.wishes = b.inscription()
		return
	}
	if b.rng.IntN(6) == 0 {
		o.wishes = pick(b, []string{
			"ご購入履歴どおりの構", "領収書をお願いします, 宛名は\"上様\"", "予約表\"A\"のとおり\r\nよろしくお願いします",
			"ラッピング希望です", "配達は 土曜日に", "のし表\"内祝\"で", "C:\\納品書 を同封してください",
		})
	}
}

// inscription is what somebody wants to have written on a flag. A quote after 0x5C
// occurs, but never before a comma or line end: such a record can be read back.
func (b *builder) inscription() string {
	child := pick(b, childNames())
	y, m, d := 2016+b.rng.IntN(7), 1+b.rng.IntN(12), 1+b.rng.IntN(28)
	switch b.rng.IntN(6) {
	case 0:
		return fmt.Sprintf("お名前：%s　生年月日：%d年%d月%d日", child, y, m, d)
	case 1:
		return fmt.Sprintf("令和5年1月%d日生 \"%s\"です", d, child)
	case 2:
		return fmt.Sprintf("%s、%d年%d月%d日、のし表\"内祝\"です, 書体は\"楷書\"で", child, y, m, d)
	case 3:
		return fmt.Sprintf("裏面は能\"%s様\"、表は%d年%d月%d日", child, y, m, d)
	case 4:
		return fmt.Sprintf("木札の文字 %s\r\n%d年%d月%d日", child, y, m, d)
	default:
		return fmt.Sprintf("ﾅﾏｴ:%s / %d.%d.%d", child, y, m, d)
	}
}
