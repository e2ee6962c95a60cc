package breach

import (
	"fmt"
	"unicode/utf8"
)

// CardNumber is where a text holds what looks like the number of a payment card. It
// never holds the number.
type CardNumber struct {
	Start, End int // bytes of the text
	Digits     int // 14, 15, 16 or 19
}

// String says what may be said about it: "**** (16 digits)".
func (c CardNumber) String() string { return fmt.Sprintf("**** (%d digits)", c.Digits) }

// FindCardNumbers finds card numbers in a text, in order and without overlap. A card
// number has 14 to 16 or 19 digits, in ASCII or full width, typed in one go or in
// groups with one space or dash between them; it begins as an issuer's numbers do,
// satisfies the Luhn check and is no part of a longer run of digits.
//
// One in ten random numbers with an issuer's beginning satisfies Luhn, so callers
// exempt columns known to hold other numbers of that length.
func FindCardNumbers(text string) []CardNumber {
	var found []CardNumber
	var c digitChain
	for i, r := range text {
		d, isDigit := digitOf(r)
		switch {
		case isDigit:
			c.digit(d, i, i+utf8.RuneLen(r))
		case isGroupGap(r) && c.open:
			c.open = false
		default:
			found = c.take(found)
		}
	}
	return c.take(found)
}

// digitChain is groups of digits with single gaps between them.
type digitChain struct {
	digits []byte // values 0 to 9
	groups []digitGroup
	open   bool // the last rune was a digit
}

type digitGroup struct {
	from, to   int // in digits
	start, end int // in the text
}

func (c *digitChain) digit(d byte, start, end int) {
	if !c.open {
		c.groups = append(c.groups, digitGroup{from: len(c.digits), start: start})
		c.open = true
	}
	c.digits = append(c.digits, d)
	g := &c.groups[len(c.groups)-1]
	g.to, g.end = len(c.digits), end
}

// take ends the chain and adds the card numbers in it.
func (c *digitChain) take(found []CardNumber) []CardNumber {
	for i := 0; i < len(c.groups); i++ {
		if j := c.cardFrom(i); j >= 0 {
			first, last := c.groups[i], c.groups[j]
			found = append(found, CardNumber{Start: first.start, End: last.end, Digits: last.to - first.from})
			i = j
		}
	}
	c.digits, c.groups, c.open = c.digits[:0], c.groups[:0], false
	return found
}

// cardFrom returns the last group of the longest card number that begins with group
// i, or -1.
func (c *digitChain) cardFrom(i int) int {
	best := -1
	for j := i; j < len(c.groups) && c.groups[j].to-c.groups[i].from <= 19; j++ {
		if cardGroups(c.groups[i:j+1]) && isCardNumber(c.digits[c.groups[i].from:c.groups[j].to]) {
			best = j
		}
	}
	return best
}

// cardGroups tells whether people group the digits of a card like this: as printed
// (4-4-4-4, 4-6-5, 4-6-4, 4-4-4-4-3, 6-13), or evenly, down to single digits. It
// keeps an address followed by a telephone number from reading as a card.
func cardGroups(groups []digitGroup) bool {
	printed, even := true, true
	first := groups[0].to - groups[0].from
	for i, g := range groups {
		n := g.to - g.from
		if i == len(groups)-1 {
			return i == 0 || printed && n >= 3 || even && n <= first
		}
		printed = printed && n >= 4
		even = even && n == first
	}
	return false
}

func isCardNumber(digits []byte) bool {
	return issuerLength(digits) && luhn(digits)
}

// issuerLength tells whether an issuer has numbers that begin so and are this long.
func issuerLength(digits []byte) bool {
	if len(digits) < 14 {
		return false
	}
	head := 0
	for _, d := range digits[:4] {
		head = head*10 + int(d)
	}
	between := func(low, high int) bool { return head >= low && head <= high }
	switch len(digits) {
	case 14: // Diners Club
		return between(3000, 3059) || between(3600, 3699) || between(3800, 3899)
	case 15: // American Express
		return between(3400, 3499) || between(3700, 3799)
	case 16:
		return between(4000, 4999) || // Visa
			between(5100, 5599) || between(2221, 2720) || // Mastercard
			between(3528, 3589) || // JCB
			head == 6011 || between(6500, 6599) || // Discover
			between(6200, 6299) // UnionPay
	case 19:
		return between(4000, 4999) || between(6200, 6299)
	default:
		return false
	}
}

// luhn is the check of ISO/IEC 7812-1, annex B.
func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func digitOf(r rune) (byte, bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r - '0'), true
	case r >= '０' && r <= '９':
		return byte(r - '０'), true
	default:
		return 0, false
	}
}

// isGroupGap tells the spaces and dashes that people type between groups.
func isGroupGap(r rune) bool {
	switch r {
	case ' ', '　', '\u00A0', '-', '－', '‐', '‑', '‒', '–', '—', '―', '−', 'ー', 'ｰ', '﹣':
		return true
	default:
		return false
	}
}
