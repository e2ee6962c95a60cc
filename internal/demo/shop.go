package demo

import (
	"math/rand/v2"
	"time"
)

// The figures of the notice, which the invented shop has by construction.
const (
	noticeMembers    = 265
	noticePurchasers = 1007
	memberPurchasers = 215
	guestPurchasers  = noticePurchasers - memberPurchasers
	noticeCardPeople = 30
	noticeCards      = 38
	noticeRecipients = 187
	lateMembers      = 40
	lateBuyers       = 25
)

// fractions is the share of times that have a fraction of a second.
const fractions = 0.66

// Shop is an invented doll shop: its records, and the right answer about each person
// in them.
type Shop struct {
	members     []*person // registrations in order of their ids, late ones included
	orders      []*order  // in order of their numbers
	settlements []settlement
	people      []*person // who is on a list
	others      []*person // who is in the records and on no list
	examples    []Example
}

// ShopPerson is the right answer about one person.
type ShopPerson struct {
	Kind        string   // member, guest or recipient
	MemberID    int      // 0 for guests and recipients
	Emails      []string // as they are looked up; none for recipients
	Cohorts     []string // card, member, purchaser, recipient; empty for somebody on no list
	Cards       int      // distinct cards
	Withdrawn   bool
	Provisional bool
	Gender      bool   // the registration holds it
	BirthDate   bool   // the registration holds it
	Engraved    bool   // bought something with a child's name and birth date on it
	Review      string // why a record of this person waits for a decision; mostly empty
}

// Example is an address worth trying, and what for.
type Example struct {
	Label string
	Email string
}

// Files are the paths of the written exports.
type Files struct {
	Members     string
	Orders      string
	Items       string
	Deliveries  string
	Settlements string
	FirstNotice string // addresses of the card customers known on 2023-04-05
}

// NewShop invents the shop of this seed: the same seed gives the same shop.
func NewShop(seed uint64) *Shop {
	b := &builder{
		rng:    rand.New(rand.NewPCG(seed, 0x68696e61)),
		shop:   &Shop{},
		taken:  map[string]bool{},
		places: map[string]bool{},
	}
	b.registerMembers()
	b.inviteGuests()
	b.sell()
	b.addCards()
	b.addRecipients()
	b.addStrangers()
	b.number()
	return b.shop
}

// People lists everybody who is on a list: 1,244 people.
func (s *Shop) People() []ShopPerson { return answers(s.people) }

// Strangers lists people in the shop's records who are on no list: late members and
// buyers, abandoned card attempts, orders keyed in by staff.
func (s *Shop) Strangers() []ShopPerson { return answers(s.others) }

// Examples lists addresses for every situation a person may be in. They are the same
// for every seed.
func (s *Shop) Examples() []Example { return append([]Example(nil), s.examples...) }

func answers(people []*person) []ShopPerson {
	list := make([]ShopPerson, len(people))
	for i, p := range people {
		list[i] = p.answer()
	}
	return list
}

// jst is the shop's clock. Japan has had no other time since 1951.
func jst() *time.Location { return time.FixedZone("Asia/Tokyo", 9*60*60) }

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, jst())
}

// The instants of the case, see the notice.
func opened() time.Time   { return day(2016, 4, 1) }
func newName() time.Time  { return day(2022, 8, 1) }  // the card method is renamed
func settled() time.Time  { return day(2023, 2, 15) } // the payment company's file begins
func cardFrom() time.Time { return day(2023, 3, 1) }
func cardTo() time.Time   { return day(2023, 3, 15) }
func cutOff() time.Time   { return day(2023, 3, 17) }
func exported() time.Time { return day(2023, 7, 24) }
