package demo

import (
	"math/rand/v2"
	"slices"
	"time"
)

// builder invents a shop. It is used once.
type builder struct {
	rng    *rand.Rand
	shop   *Shop
	taken  map[string]bool // addresses for mail
	places map[string]bool // postal addresses

	buyers    []*person // members who bought
	idle      []*person // members who did not
	guests    []*person // guests who bought
	attempted *person   // a member whose only order is an abandoned card attempt
	keyed     *person   // a member whose only order was keyed in by staff
}

func pick[T any](b *builder, list []T) T { return list[b.rng.IntN(len(list))] }

// between draws an instant in [from, to), mostly with a fraction of a second, as
// PostgreSQL keeps it.
func (b *builder) between(from, to time.Time) time.Time {
	t := from.Add(time.Duration(b.rng.Int64N(int64(to.Sub(from)))))
	if b.rng.Float64() < fractions {
		return t.Truncate(time.Microsecond)
	}
	return t.Truncate(time.Second)
}

// registerMembers registers the 265 members of the notice in order, and decides who
// of them bought. The last one registered a microsecond before the cut-off.
func (b *builder) registerMembers() {
	var times []time.Time
	for range noticeMembers - 1 {
		times = append(times, b.between(opened(), cutOff()))
	}
	times = append(times, cutOff().Add(-time.Microsecond))
	slices.SortFunc(times, time.Time.Compare)
	for i, t := range times {
		m := b.customer("member")
		m.id, m.registered = i+1, t
		m.join("member")
		b.describe(m)
		b.shop.members = append(b.shop.members, m)
		b.shop.people = append(b.shop.people, m)
	}
	shuffled := slices.Clone(b.shop.members)
	b.rng.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	b.buyers, b.idle = shuffled[:memberPurchasers], shuffled[memberPurchasers:]
	b.roleBuyers()
	b.roleIdle()
}

// describe fills what a member may leave empty.
func (b *builder) describe(m *person) {
	if b.rng.IntN(5) > 0 {
		m.sex = pick(b, []string{"女性", "女性", "男性"})
	}
	if b.rng.IntN(3) > 0 {
		m.birth = day(1945+b.rng.IntN(56), time.Month(1+b.rng.IntN(12)), 1+b.rng.IntN(28))
	}
	if b.rng.IntN(20) == 0 {
		m.note = pick(b, []string{"電話は午後に", "表\"要注意\"、能", "請求書払い, 月末締め"})
	}
}

// roleIdle gives the members without a purchase their parts.
func (b *builder) roleIdle() {
	m := b.idle
	m[0].sex, m[0].birth = "女性", day(1984, 11, 3)
	b.example(m[0], "member.only@example.com", "member who never bought, gender and birth date entered")
	m[1].sex, m[1].birth = "", time.Time{}
	b.example(m[1], "member.plain@example.com", "member who never bought, neither gender nor birth date entered")
	for _, p := range m[2:5] {
		p.provisional = true
	}
	b.example(m[2], "provisional@example.com", "provisional member: registered and never confirmed")
	for _, p := range m[5:8] {
		p.withdrawn = true
	}
	b.example(m[5], "withdrawn@example.com", "withdrawn member")
	b.attempted, b.keyed = m[8], m[9]
	b.example(m[8], "member.attempt@example.com", "member whose card attempt was abandoned: listed, card undetermined")
	b.example(m[9], "member.phone@example.com", "member whose only order was taken by telephone: member only, purchase undetermined")
}

// roleBuyers gives the members who bought theirs; the first 18 are the card people.
func (b *builder) roleBuyers() {
	m := b.buyers
	m[0].sex, m[0].birth = "女性", day(1979, 3, 3)
	b.example(m[0], "card.member@example.com", "member who paid by card")
	for _, p := range m[18:21] {
		p.withdrawn = true
	}
	b.example(m[18], "withdrawn.buyer@example.com", "withdrawn member who had bought")
	for i, p := range m[31:43] {
		if p.mobile = couplesMobile; i > 1 {
			p.mobile = b.carrier(p)
		}
	}
	b.take(couplesMobile)
	b.rename(m[31], "couple.a@example.com")
	b.rename(m[32], "couple.b@example.com")
	b.shop.examples = append(b.shop.examples, Example{"mobile address of a couple: two members who bought", couplesMobile})
	b.example(m[43], "member.buyer@example.com", "member who bought, no name flag")
	m[43].unflagged = true
	b.example(m[44], "member.flag@example.com", "member who bought a name flag")
	m[44].engraved = true
}

// couplesMobile is the one mobile address of two members.
const couplesMobile = "demo-couple..10@docomo.ne.jp"

func (b *builder) carrier(p *person) string {
	if b.rng.IntN(2) == 0 {
		return b.unique("demo-"+p.given.latin, "..", "@docomo.ne.jp")
	}
	return b.unique("demo."+p.given.latin, "", ".@ezweb.ne.jp")
}

func (b *builder) unique(name, dots, domain string) string {
	for {
		digits := string([]byte{byte('0' + b.rng.IntN(10)), byte('0' + b.rng.IntN(10)), byte('0' + b.rng.IntN(10))})
		if a := name + dots + digits + domain; b.take(a) {
			return a
		}
	}
}

// inviteGuests invents the 792 guests who bought; the first 12 are the card people.
func (b *builder) inviteGuests() {
	for range guestPurchasers {
		b.guests = append(b.guests, b.customer("guest"))
	}
	b.shop.people = append(b.shop.people, b.guests...)
	g := b.guests
	b.example(g[0], "card.guest@example.com", "guest who paid with several cards")
	b.example(g[1], "card.cancelled@example.com", "guest who paid by card and cancelled the order")
	b.example(g[12], "guest@example.com", "guest who bought once, no name flag")
	g[12].unflagged = true
	b.example(g[13], "guest.flag@example.com", "guest who bought a name flag")
	g[13].engraved = true
	b.example(g[14], "demo-sakura..03@docomo.ne.jp", "guest with an old carrier address (two dots)")
	b.example(g[15], "demo.hinata.@ezweb.ne.jp", "guest with an old carrier address (a dot before the @)")
	b.example(g[20], "guest.cancelled@example.com", "guest whose only order was cancelled")
	b.example(g[16], "guest.gift@example.com", "guest who sent a present")
	b.example(g[60], "guest.later.member@example.com", "guest who bought, and registered after the cut-off")
	b.example(g[17], "mixed.case@example.com", "guest who wrote the address differently each time; try MIXED.Case@EXAMPLE.com")
}

// example names a person for people to try.
func (b *builder) example(p *person, address, label string) {
	b.rename(p, address)
	b.shop.examples = append(b.shop.examples, Example{Label: label, Email: address})
}

func (b *builder) rename(p *person, address string) {
	if !b.take(address) {
		panic("demo: two people were given the same example address")
	}
	delete(b.taken, p.email)
	p.email = address
}
