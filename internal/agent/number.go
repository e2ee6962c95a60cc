package agent

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ErrTicketSlip: what was read is not the form of a ticket's number, or its last character
// does not fit the others. It wraps ErrNoTicket; nothing was looked up.
var ErrTicketSlip = fmt.Errorf("%w: the number was misread", ErrNoTicket)

// TicketNumber is the number of a ticket (受付番号): four random characters and one to
// check them, shown as 7K2M-4. The zero value is none.
type TicketNumber struct{ characters string }

// ticketAlphabet holds no 0, O, 1, I and L, which are mistaken for each other. Its 31
// characters are a prime number of them, so that one check character finds every single
// wrong character and every two that were exchanged.
const ticketAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

const (
	ticketRandom = 4
	ticketLength = ticketRandom + 1
	// maxTicketText bounds what is looked at, in bytes.
	maxTicketText = 64
)

// DrawTicketNumber draws one of 31^4 = 923,521 numbers. Whoever keeps tickets draws again
// for one that there is.
func DrawTicketNumber() TicketNumber {
	var b strings.Builder
	for range ticketRandom {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(ticketAlphabet))))
		if err != nil {
			panic("agent: drawing a number: " + err.Error()) // crypto/rand aborts the program instead
		}
		b.WriteByte(ticketAlphabet[n.Int64()])
	}
	return TicketNumber{b.String() + string(ticketCheck(b.String()))}
}

// ticketCheck is the character with which the sum of all five, each times its place, is a
// multiple of 31. No two places weigh the same.
func ticketCheck(characters string) byte {
	sum := 0
	for i := range ticketRandom {
		sum += (i + 2) * strings.IndexByte(ticketAlphabet, characters[i])
	}
	n := len(ticketAlphabet)
	return ticketAlphabet[(n-sum%n)%n]
}

// ParseTicketNumber reads a number as somebody types it: in any width and case, with or
// without spaces and dashes. Characters that no number has, 0, O, 1, I and L among them,
// are a slip: they might stand for several that it has.
func ParseTicketNumber(text string) (TicketNumber, error) {
	if len(text) > maxTicketText {
		return TicketNumber{}, ErrTicketSlip
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(norm.NFKC.String(text)) {
		switch {
		case r < unicode.MaxASCII && strings.IndexByte(ticketAlphabet, byte(r)) >= 0:
			b.WriteByte(byte(r))
		case !unicode.IsSpace(r) && !strings.ContainsRune("-‐‑‒–—―−ー─", r):
			return TicketNumber{}, ErrTicketSlip
		}
	}
	c := b.String()
	if len(c) != ticketLength || c[ticketRandom] != ticketCheck(c) {
		return TicketNumber{}, ErrTicketSlip
	}
	return TicketNumber{c}, nil
}

// String is the number as it is told.
func (n TicketNumber) String() string {
	if n == (TicketNumber{}) {
		return ""
	}
	return n.characters[:ticketRandom] + "-" + n.characters[ticketRandom:]
}
