package otp

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"

	"exposure/internal/breach"
)

// longDigits is the length of a long code: no budget protects it, its size does.
const longDigits = 20

// DrawShort draws a code of 8, 9, 10 or 12 digits, every one equally likely, leading
// zeros included.
func DrawShort(digits int) (string, error) {
	switch digits {
	case 8, 9, 10, 12:
		return draw(digits), nil
	default:
		return "", fmt.Errorf("%w: short codes have 8, 9, 10 or 12 digits, not %d", ErrIncomplete, digits)
	}
}

// DrawLong draws a code of 20 digits, every one equally likely. Its error is always nil:
// crypto/rand ends the program rather than return less than random bytes.
func DrawLong() (string, error) {
	return draw(longDigits/2) + draw(longDigits/2), nil
}

// DrawLetterNumber draws the number of a letter, every one equally likely.
func DrawLetterNumber() breach.LetterNumber {
	for {
		if n, ok := breach.NewLetterNumber(draw(12)); ok { // one in ten would pass for a card's
			return n
		}
	}
}

// draw takes numbers from the system's generator until one counts.
func draw(digits int) string {
	for {
		var b [8]byte
		rand.Read(b[:])
		if code, ok := codeOf(binary.BigEndian.Uint64(b[:]), digits); ok {
			return code
		}
	}
}

// codeOf is the code a random number stands for. Numbers from the largest multiple of
// 10^digits on count for none, so that no remainder is likelier than another.
func codeOf(n uint64, digits int) (code string, ok bool) {
	span := uint64(1)
	for range digits {
		span *= 10
	}
	if n >= ^uint64(0)-^uint64(0)%span {
		return "", false
	}
	s := strconv.FormatUint(n%span, 10)
	return "000000000000"[:digits-len(s)] + s, true
}

// mostPeople: beyond them even twelve digits can be guessed; see DigitsFor.
const mostPeople = 27_322_404

// ErrTooManyPeople means that no short code is long enough for a version of so many people.
var ErrTooManyPeople = fmt.Errorf("short codes of 12 digits are safe for at most %d people", mostPeople)

// DigitsFor is how many digits short codes need for a version of that many people, so
// that guessing at all of them for a year, 366 chances each, succeeds with a
// probability of at most 0.01. ErrTooManyPeople when there are no such codes.
func DigitsFor(people int) (int, error) {
	switch {
	case people > mostPeople:
		return 0, fmt.Errorf("%w: it has %d", ErrTooManyPeople, people)
	case people > 250_000:
		return 12, nil
	case people > 25_000:
		return 10, nil
	case people > 2_500:
		return 9, nil
	default:
		return 8, nil
	}
}
