package shopgen

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// cluster is one story as it was told: a few people, everything the shop recorded of
// them, and the right answers. Clusters share nobody and nothing.
type cluster struct {
	*rand.Rand
	s       *Shop
	next    counters
	members []*registration
	orders  []*order
	people  []*subject
}

// counters number what must be unlike everything else in the shop.
type counters struct{ member, order, human int }

// subject is a person and the answer about them.
type subject struct {
	*human
	reg  *registration // nil: not a member
	told Person
}

// clusters tells the whole shop from the beginning, always in the same way. Each of the
// first clusters is another story, so that small shops have seen much; after those,
// most are plain.
func (s *Shop) clusters() iter.Seq[*cluster] {
	return func(yield func(*cluster) bool) {
		next := counters{member: 1, order: 1001}
		for i := 0; s.err == nil; i++ {
			c := &cluster{Rand: rand.New(rand.NewPCG(s.o.Seed, uint64(i))), s: s, next: next}
			left := counters{member: s.o.Members + 1 - next.member, order: s.o.Orders + 1001 - next.order}
			y, ok := s.choose(c, i, left)
			if !ok {
				return
			}
			y.tell(c)
			if !yield(c) {
				return
			}
			next = c.next
		}
	}
}

// choose picks a story that the rest of the shop has room for.
func (s *Shop) choose(c *cluster, i int, left counters) (story, bool) {
	fits := func(y story) bool { return y.members <= left.member && y.orders <= left.order }
	if i < len(s.stories) && fits(s.stories[i]) {
		return s.stories[i], true
	}
	if s.o.Quirks && c.IntN(4) == 0 {
		if y := s.stories[c.IntN(len(s.stories))]; fits(y) {
			return y, true
		}
	}
	// Members buy one and a half times on average; guests place the other orders.
	guests := max(0, left.order*2/3-left.member)
	switch {
	case left.member <= 0 && left.order <= 0:
		return story{}, false
	case left.order <= 0:
		return story{tell: idleMember}, true
	case left.member > 0 && c.IntN(left.member+guests) < left.member:
		return story{tell: func(c *cluster) { plainMember(c, left.order) }}, true
	default:
		return story{tell: func(c *cluster) { plainGuest(c, left.order) }}, true
	}
}

// Truth tells the right answer about everybody who is on a list or whose record waits
// for a decision, in the order of the stories.
func (s *Shop) Truth() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for c := range s.clusters() {
			for _, p := range c.people {
				if len(p.told.Cohorts) == 0 && p.told.Review == "" {
					continue
				}
				if !yield(c.answer(p)) {
					return
				}
			}
		}
	}
}

// answer completes what only the end of the story decides.
func (c *cluster) answer(p *subject) Person {
	out := p.told
	out.Cohorts, out.Flags, out.Emails = slices.Clone(out.Cohorts), slices.Clone(out.Flags), slices.Clone(out.Emails)
	slices.Sort(out.Cohorts)
	slices.Sort(out.Flags)
	return out
}

func pick[T any](c *cluster, from []T) T { return from[c.IntN(len(from))] }

func (c *cluster) chance(of int) bool { return c.IntN(of) == 0 }

// between is a moment in [from, to), some with a fraction of a second if the shop's
// database keeps those.
func (c *cluster) between(from, to time.Time) time.Time {
	t := from.Add(time.Duration(c.Int64N(int64(to.Sub(from)/time.Second))) * time.Second)
	if c.s.postgres() && !c.chance(3) {
		t = t.Add(time.Duration(c.IntN(1_000_000)) * time.Microsecond)
	}
	return t
}

// instantBefore is the last moment before t that the shop's clock can show.
func (c *cluster) instantBefore(t time.Time) time.Time {
	if c.s.postgres() {
		return t.Add(-time.Microsecond)
	}
	return t.Add(-time.Second)
}

// human invents somebody with a name, a home, a telephone number that is in no use,
// and an address that nobody else has.
func (c *cluster) human() *human {
	c.next.human++
	h := &human{family: pick(c, c.s.words.surnames), given: pick(c, c.s.words.givenNames), home: c.place()}
	if c.s.o.Quirks && c.chance(4) {
		h.family = pick(c, c.s.words.oddSurnames)
	}
	h.tel = [3]string{pick(c, []string{"03", "06", "070", "090"}), "0000", fmt.Sprintf("%04d", c.IntN(10000))}
	h.sex = c.IntN(3)
	if c.IntN(3) > 0 {
		h.born = instant(1950+c.IntN(55), time.Month(1+c.IntN(12)), 1+c.IntN(28))
	} else {
		h.zeroBirth = c.s.o.Quirks && !c.s.postgres()
	}
	h.mail = c.mailbox(h, "")
	return h
}

// place is a home that nobody else has: its house number is.
func (c *cluster) place() place {
	c.next.human++
	n := c.next.human
	p := place{town: pick(c, c.s.words.towns), street: fmt.Sprintf("%d-%d-%d", 1+n%9, 1+n/9%99, 1+n/891)}
	if c.chance(3) {
		p.building = fmt.Sprintf("%s%d", pick(c, c.s.words.buildings), 101+c.IntN(8)*100)
	}
	return p
}

// mailbox is an address in a domain set aside for examples. Some have the dots that
// carriers once allowed.
func (c *cluster) mailbox(h *human, mark string) string {
	c.next.human++
	who := fmt.Sprintf("%s%s.%s%x", mark, h.given.latin, h.family.latin, c.next.human)
	if c.s.o.Quirks {
		switch c.IntN(12) {
		case 0:
			who = strings.Replace(who, ".", "..", 1)
		case 1:
			who += "."
		case 2:
			who = strings.Replace(who, ".", "+", 1)
		}
	}
	return who + "@" + pick(c, []string{"example.jp", "example.com", "example.net", "mail.example.org"})
}

// placeKey is how somebody is told apart of whom only name and postal address are
// known, as far as the encoding of the file can say it.
func (c *cluster) placeKey(family, given word, p place) string {
	key := family.kanji + given.kanji + "|" + p.zip1 + p.zip2 + "|" + p.address()
	if c.s.o.Encoding == CP932 {
		key = strings.ReplaceAll(key, "𠮷", "?")
	}
	return key
}
