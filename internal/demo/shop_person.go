package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// person is one invented human being as the shop knows them.
type person struct {
	kind          string
	family, given word
	home          place
	tel           [3]string
	email         string // as it is looked up
	mobile        string
	sex           string // 男性, 女性 or empty
	birth         time.Time
	note          string

	id          int // of the registration
	registered  time.Time
	withdrawn   bool
	provisional bool

	cohorts   []string
	cards     int
	engraved  bool
	unflagged bool // never buys anything engraved
	review    string
	orders    []*order
}

func (p *person) answer() ShopPerson {
	a := ShopPerson{
		Kind: p.kind, MemberID: p.id, Cohorts: slices.Clone(p.cohorts), Cards: p.cards, Withdrawn: p.withdrawn,
		Provisional: p.provisional, Engraved: p.engraved, Review: p.review,
	}
	if p.kind != "member" {
		a.MemberID = 0
	} else {
		a.Gender, a.BirthDate = p.sex != "", !p.birth.IsZero()
	}
	for _, e := range []string{p.email, p.mobile} {
		if e != "" {
			a.Emails = append(a.Emails, e)
		}
	}
	return a
}

// join puts the person on a list, once.
func (p *person) join(cohort string) {
	if !slices.Contains(p.cohorts, cohort) {
		p.cohorts = append(p.cohorts, cohort)
		slices.Sort(p.cohorts)
	}
}

func (p *person) has(cohort string) bool { return slices.Contains(p.cohorts, cohort) }

// place is a postal address that nobody else has.
type place struct {
	town
	street, building string
}

// writing is one way to write an address on a form. Width, blanks and the split
// between the two lines differ from one order to the next.
type writing int

const (
	plainly   writing = iota
	wide              // full-width digits and dashes
	gathered          // all in the first line, but for the building
	squeezed          // no blank before the building
	writings  = int(iota)
	wideDash  = '－'
	wideShift = '０' - '0'
)

func (p place) lines(w writing) (string, string) {
	second := p.street
	if p.building != "" {
		second += " " + p.building
	}
	switch w {
	case wide:
		return p.name, widen(second)
	case gathered:
		return p.name + p.street, p.building
	case squeezed:
		return p.name, p.street + p.building
	default:
		return p.name, second
	}
}

func widen(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r + wideShift
		case r == '-':
			return wideDash
		case r == ' ':
			return '　'
		default:
			return r
		}
	}, s)
}

// fullWidth writes an address as people do whose keyboard is in Japanese mode.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7F {
			return r - '!' + '！'
		}
		return r
	}, s)
}

// human invents a person with a name, a home and a telephone number, but no address
// for mail.
func (b *builder) human(kind string) *person {
	p := &person{kind: kind, family: pick(b, surnames()), given: pick(b, givenNames()), home: b.place()}
	area := pick(b, []string{"03", "06", "052", "070", "080", "090"})
	p.tel = [3]string{area, "0000", fmt.Sprintf("%04d", b.rng.IntN(10000))}
	return p
}

// customer invents a person with an address for mail.
func (b *builder) customer(kind string) *person {
	p := b.human(kind)
	p.email = b.address(p)
	return p
}

func (b *builder) place() place {
	for {
		p := place{town: pick(b, towns()), street: fmt.Sprintf("%d-%d-%d", 1+b.rng.IntN(9), 1+b.rng.IntN(40), 1+b.rng.IntN(30))}
		if b.rng.IntN(3) == 0 {
			p.building = fmt.Sprintf("%s%d", pick(b, buildings()), 101+b.rng.IntN(8)*100+b.rng.IntN(9))
		}
		if key := p.name + p.street; !b.places[key] {
			b.places[key] = true
			return p
		}
	}
}

// address invents a mailbox that nobody else has. Those at real carriers are marked
// as made up, and some have the dots that carriers once allowed.
func (b *builder) address(p *person) string {
	for {
		n := 100 + b.rng.IntN(900)
		var a string
		switch b.rng.IntN(10) {
		case 0:
			a = fmt.Sprintf("demo-%s..%d@docomo.ne.jp", p.given.latin, n)
		case 1:
			a = fmt.Sprintf("demo.%s.%d.@ezweb.ne.jp", p.given.latin, n)
		case 2:
			a = fmt.Sprintf("demo-%s+hina%d@example.ne.jp", p.given.latin, n)
		default:
			domain := pick(b, []string{"example.com", "example.jp", "example.org", "example.net", "example.co.jp", "mail.example.com"})
			a = fmt.Sprintf("%s%s%s%d@%s", p.given.latin, pick(b, []string{".", "_", "-"}), p.family.latin, n, domain)
		}
		if b.take(a) {
			return a
		}
	}
}

// take reserves an address and reports whether it was free.
func (b *builder) take(address string) bool {
	free := !b.taken[address]
	b.taken[address] = true
	return free
}
