package shopgen

import (
	"strings"
	"time"
)

// human is one invented human being.
type human struct {
	family, given word
	home          place
	tel           [3]string
	mail          string // as it is looked up
	mobile        string
	sex           int // 1 male, 2 female, 0 not entered
	born          time.Time
	zeroBirth     bool // nothing was entered, and the database says 0000-00-00
}

// place is a postal address that nobody else has.
type place struct {
	town
	street, building string
}

// address is the one form all writings of a place are compared in.
func (p place) address() string { return p.prefecture + p.name + p.street + p.building }

// registration is one row of the members file.
type registration struct {
	*human
	id          int
	mail        string // as the shop holds it
	at          time.Time
	provisional bool
	withdrawn   bool
	note        string
}

// order is one order, or what is left of an attempt.
type order struct {
	number   int
	memberID int // 0: placed without logging in
	buyer    *human
	mail     string // as it was typed
	placed   time.Time
	updated  time.Time
	paid     time.Time
	method   string
	state    state
	deleted  bool
	staff    bool
	device   string
	wishes   string
	memo     string
	writing  writing
	items    []product
	to       []addressee
	payments []payment
}

// state is what became of an order; dialects have their own numbers for it.
type state int

const (
	shipped state = iota
	newOrder
	cancelled
	pending // gone to the payment company and never come back
)

// addressee is one delivery of an order.
type addressee struct {
	*human
	writing writing
	// A form filled in otherwise: a variant character, other kanji, no name.
	family, given *word
	home          *place
}

func (a addressee) name() (family, given word) {
	family, given = a.human.family, a.human.given
	if a.family != nil {
		family = *a.family
	}
	if a.given != nil {
		given = *a.given
	}
	return family, given
}

func (a addressee) place() place {
	if a.home != nil {
		return *a.home
	}
	return a.human.home
}

// payment is one line of the payment company's file.
type payment struct {
	action string // 承認, 否認, 取消
	at     time.Time
	token  string
}

// writing is one way to fill in a form. Width, blanks, dashes and the split between the
// two lines differ from one order to the next.
type writing int

const (
	plainly  writing = iota
	gathered         // all in the first line, but for the building
	squeezed         // no blank before the building
	wide             // full-width digits, dashes and blanks
	dashed           // a minus sign for a hyphen
	drawn            // the katakana length mark for a hyphen
	writings = int(iota)
	tidy     = int(wide) // writings below it hold nothing unusual
)

func (p place) lines(w writing) (first, second string) {
	second = p.street
	if p.building != "" {
		second += " " + p.building
	}
	switch w {
	case gathered:
		return p.name + p.street, p.building
	case squeezed:
		return p.name, p.street + p.building
	case wide:
		return p.name, fullWidth(second)
	case dashed:
		return p.name, strings.ReplaceAll(second, "-", "−")
	case drawn:
		return p.name, strings.ReplaceAll(second, "-", "ー")
	default:
		return p.name, second
	}
}

// blanks are what some people type into the fields of a name.
func (w writing) blanks(name string) string {
	if w == wide && name != "" {
		return "　" + name
	}
	return name
}

// fullWidth writes text as people do whose keyboard is in Japanese mode.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '　'
		case r > ' ' && r < 0x7F:
			return r - '!' + '！'
		default:
			return r
		}
	}, s)
}
