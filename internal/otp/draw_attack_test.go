package otp_test

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"exposure/internal/otp"
)

// drawn counts what a part of the codes was.
type drawn struct {
	digits   [8][10]int
	seen     []uint64 // a bit for each of the 10^8 codes
	repeated int
	low      int // the least code
	high     int // the greatest
}

// TestTenMillionDraws: so many codes of eight digits that a generator which is off by a
// thousandth shows: by a modulus, a zero that never leads, a seed from the clock.
func TestTenMillionDraws(t *testing.T) {
	codes := 10_000_000
	if slowed || testing.Short() {
		codes /= 10
	}
	parts := make([]drawn, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() { parts[i] = drawMany(t, codes/len(parts)) })
	}
	all.Wait()
	sum := parts[0]
	for _, p := range parts[1:] {
		sum.add(p)
	}
	codes = codes / len(parts) * len(parts)

	for i, by := range sum.digits {
		expected, chi := float64(codes)/10, 0.0
		for _, n := range by {
			chi += (float64(n) - expected) * (float64(n) - expected) / expected
		}
		if chi > 37.3 { // 9 degrees of freedom: once in 40,000
			t.Errorf("position %d has chi-square %.1f: %v", i, chi, by)
		}
	}
	// Six deviations: 0.0006 of ten million codes.
	if zero := float64(sum.digits[0][0]) / float64(codes); math.Abs(zero-0.1) > 6*math.Sqrt(0.1*0.9/float64(codes)) {
		t.Errorf("the first digit is 0 in %.5f of the codes, want a tenth", zero)
	}
	// Codes that were drawn before, whether the second time or the third: n - N(1 - e^(-n/N)),
	// with a deviation of less than its root.
	const space = 1e8
	n := float64(codes)
	expected := n - space*(1-math.Exp(-n/space))
	if math.Abs(float64(sum.repeated)-expected) > 5*math.Sqrt(expected) {
		t.Errorf("%d codes were drawn again, want about %.0f", sum.repeated, expected)
	}
	// Both ends are reached: each is missed by more than 20 gaps once in e^20 times.
	if gap := int(20 * space / n); sum.low > gap || sum.high < space-1-gap {
		t.Errorf("codes are from %08d to %08d", sum.low, sum.high)
	}
}

func drawMany(t *testing.T, n int) drawn {
	d := drawn{seen: make([]uint64, 100_000_000/64+1), low: math.MaxInt}
	for range n {
		text, err := otp.DrawShort(8)
		if err != nil || len(text) != 8 {
			t.Errorf("drew %d digits, %v", len(text), err)
			return d
		}
		code := 0
		for i := range 8 {
			digit := int(text[i] - '0')
			d.digits[i][digit]++
			code = 10*code + digit
		}
		if d.seen[code/64]&(1<<(code%64)) != 0 {
			d.repeated++
		}
		d.seen[code/64] |= 1 << (code % 64)
		d.low, d.high = min(d.low, code), max(d.high, code)
	}
	return d
}

func (d *drawn) add(p drawn) {
	for i := range d.digits {
		for digit, n := range p.digits[i] {
			d.digits[i][digit] += n
		}
	}
	d.repeated += p.repeated
	for i, bits := range p.seen {
		both := d.seen[i] & bits
		for ; both != 0; both &= both - 1 {
			d.repeated++
		}
		d.seen[i] |= bits
	}
	d.low, d.high = min(d.low, p.low), max(d.high, p.high)
}

// TestEveryCodeCanBeDrawn: the first and the last code of each length come of the numbers
// they should come of, and no number counts that would make a code likelier.
func TestEveryCodeCanBeDrawn(t *testing.T) {
	for digits, last := range map[int]string{8: "99999999", 9: "999999999", 10: "9999999999", 12: "999999999999"} {
		span := uint64(math.Pow10(digits))
		rounds := math.MaxUint64 / span // whole rounds of all codes below 2^64
		for n, want := range map[uint64]string{
			0: zeros(digits), span - 1: last, span: zeros(digits), (rounds - 1) * span: zeros(digits), rounds*span - 1: last,
			rounds * span: "", math.MaxUint64: "",
		} {
			if got, ok := otp.CodeOf(n, digits); got != want || ok != (want != "") {
				t.Errorf("%d digits of %d: %q, %t; want %q", digits, n, got, ok, want)
			}
		}
	}
}

func zeros(n int) string { return string(slices.Repeat([]byte{'0'}, n)) }
