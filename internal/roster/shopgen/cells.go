package shopgen

import (
	"strconv"
	"strings"
	"time"
)

// Cells that several shop systems share. They are named by what they say; the columns of
// the dialects say under which name.

func blank(cell) string { return "" }

func fixed(v string) func(cell) string { return func(cell) string { return v } }

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func orderFamily(x cell) string { return x.o.writing.blanks(x.o.buyer.family.kanji) }
func orderGiven(x cell) string  { return x.o.buyer.given.kanji }
func orderFamilyKana(x cell) string {
	return x.o.buyer.family.kana
}
func orderGivenKana(x cell) string  { return x.o.buyer.given.kana }
func orderMail(x cell) string       { return x.o.mail }
func orderNumber(x cell) string     { return x.s.d.numbers + strconv.Itoa(x.o.number) }
func orderZip1(x cell) string       { return x.o.buyer.home.zip1 }
func orderZip2(x cell) string       { return x.o.buyer.home.zip2 }
func orderZip(x cell) string        { return x.o.buyer.home.zip1 + x.o.buyer.home.zip2 }
func orderPrefecture(x cell) string { return x.o.buyer.home.prefecture }
func orderAddress1(x cell) string   { first, _ := x.o.buyer.home.lines(x.o.writing); return first }
func orderAddress2(x cell) string   { _, second := x.o.buyer.home.lines(x.o.writing); return second }
func orderTel(x cell) string        { return strings.Join(x.o.buyer.tel[:], "") }
func orderMethod(x cell) string     { return x.o.method }
func orderDevice(x cell) string     { return x.o.device }
func orderDeleted(x cell) string    { return flag(x.o.deleted) }
func orderWishes(x cell) string     { return x.o.wishes }
func orderMemo(x cell) string       { return x.o.memo }
func orderPlaced(x cell) string     { return x.s.stamp(x.o.placed) }
func orderUpdated(x cell) string    { return x.s.stamp(x.o.updated) }
func orderPaid(x cell) string       { return x.s.stamp(x.o.paid) }

func orderShipped(x cell) string {
	if x.o.state != shipped {
		return ""
	}
	return x.s.stamp(x.o.updated)
}

func orderTotal(x cell) string {
	total := 0
	for _, i := range x.o.items {
		total += i.price
	}
	return strconv.Itoa(total)
}

// tel is the nth part of a telephone number.
func tel(n int, of func(cell) *human) func(cell) string {
	return func(x cell) string { return of(x).tel[n] }
}

func buyer(x cell) *human      { return x.o.buyer }
func registrant(x cell) *human { return x.reg.human }
func receiver(x cell) *human   { return x.to.human }

func toFamily(x cell) string {
	family, _ := x.to.name()
	return x.to.writing.blanks(family.kanji)
}

func toGiven(x cell) string      { _, given := x.to.name(); return given.kanji }
func toFamilyKana(x cell) string { family, _ := x.to.name(); return family.kana }
func toGivenKana(x cell) string  { _, given := x.to.name(); return given.kana }
func toZip1(x cell) string       { return x.to.place().zip1 }
func toZip2(x cell) string       { return x.to.place().zip2 }
func toZip(x cell) string        { return x.to.place().zip1 + x.to.place().zip2 }
func toPrefecture(x cell) string { return x.to.place().prefecture }
func toAddress1(x cell) string   { first, _ := x.to.place().lines(x.to.writing); return first }
func toAddress2(x cell) string   { _, second := x.to.place().lines(x.to.writing); return second }
func toTel(x cell) string        { return strings.Join(x.to.tel[:], "") }
func toNumber(x cell) string     { return strconv.Itoa(x.at) }

func memberID(x cell) string         { return strconv.Itoa(x.reg.id) }
func memberFamily(x cell) string     { return x.reg.family.kanji }
func memberGiven(x cell) string      { return x.reg.given.kanji }
func memberFamilyKana(x cell) string { return x.reg.family.kana }
func memberGivenKana(x cell) string  { return x.reg.given.kana }
func memberZip1(x cell) string       { return x.reg.home.zip1 }
func memberZip2(x cell) string       { return x.reg.home.zip2 }
func memberZip(x cell) string        { return x.reg.home.zip1 + x.reg.home.zip2 }
func memberPrefecture(x cell) string { return x.reg.home.prefecture }
func memberAddress1(x cell) string   { first, _ := x.reg.home.lines(plainly); return first }
func memberAddress2(x cell) string   { _, second := x.reg.home.lines(plainly); return second }
func memberTel(x cell) string        { return strings.Join(x.reg.tel[:], "") }
func memberMail(x cell) string       { return x.reg.mail }
func memberMobile(x cell) string     { return x.reg.mobile }
func memberSince(x cell) string      { return x.s.stamp(x.reg.at) }
func memberWithdrawn(x cell) string  { return flag(x.reg.withdrawn) }
func memberNote(x cell) string       { return x.reg.note }

// memberState is 1 for a registration that was never confirmed, else 2.
func memberState(x cell) string {
	if x.reg.provisional {
		return "1"
	}
	return "2"
}

func productID(x cell) string    { return strconv.Itoa(x.item.product.id) }
func productCode(x cell) string  { return x.item.code }
func productName(x cell) string  { return x.item.name }
func productPrice(x cell) string { return strconv.Itoa(x.item.price) }
func itemNumber(x cell) string   { return strconv.Itoa(x.item.id) }

func payOrder(x cell) string  { return orderNumber(x) }
func payAction(x cell) string { return x.pay.action }
func payToken(x cell) string  { return x.pay.token }
func payTime(x cell) string   { return x.pay.at.In(x.s.o.Zone).Format("2006/01/02 15:04:05") }
func payTrace(x cell) string  { return "T" + strconv.Itoa(4400000000+x.trace) }

// stamp writes a time as databases print it: without trailing zeros, and nothing for
// none.
func (s *Shop) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.o.Zone).Format("2006-01-02 15:04:05.999999")
}

// born writes a birth date, which has no clock: the day is the day everywhere.
func born(h *human) string {
	switch {
	case !h.born.IsZero():
		return h.born.Format("2006-01-02 00:00:00")
	case h.zeroBirth:
		return "0000-00-00 00:00:00"
	default:
		return ""
	}
}
