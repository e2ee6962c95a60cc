package otp_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/otp"
)

// TestDrawIsUniform counts digits by position over a million codes. 9 degrees of freedom:
// chi-square stays below 33.7 with a probability of 0.9999 for each position.
func TestDrawIsUniform(t *testing.T) {
	const n, limit = 1_000_000, 33.7
	codes := n
	if testing.Short() {
		codes = n / 10
	}
	for _, c := range []struct {
		digits int
		draw   func() (string, error)
	}{
		{8, func() (string, error) { return otp.DrawShort(8) }},
		{20, otp.DrawLong},
		{12, func() (string, error) { return otp.DrawLetterNumber().Reveal()[:12], nil }}, // what is random of it
	} {
		counts := make([][10]int, c.digits)
		seen := make(map[string]bool, codes)
		repeated, high := 0, 0
		for range codes {
			code, err := c.draw()
			if err != nil || len(code) != c.digits {
				t.Fatalf("drew %d digits, %v; want %d", len(code), err, c.digits)
			}
			for i := range c.digits {
				counts[i][code[i]-'0']++
			}
			if c.digits == 8 {
				if seen[code] {
					repeated++
				}
				seen[code] = true
			}
			if code[:2] == "99" {
				high++
			}
		}
		for i, by := range counts {
			expected, chi := float64(codes)/10, 0.0
			for _, n := range by {
				d := float64(n) - expected
				chi += d * d / expected
			}
			if chi > limit {
				t.Errorf("%d digits: position %d has chi-square %.1f: %v", c.digits, i, chi, by)
			}
		}
		if zero := float64(counts[0][0]) / float64(codes); zero < 0.098 || zero > 0.102 {
			t.Errorf("%d digits: the first is 0 in %.4f of the codes, want a tenth", c.digits, zero)
		}
		if share := float64(high) / float64(codes); share < 0.009 || share > 0.011 {
			t.Errorf("%d digits: %.4f begin with 99, want a hundredth", c.digits, share)
		}
		// Birthdays among 10^8: 5,000 expected in a million, 50 in a hundred thousand.
		expected := float64(codes) * float64(codes) / 2 / 1e8
		if c.digits == 8 && (float64(repeated) < expected*0.5 || float64(repeated) > expected*1.5) {
			t.Errorf("%d digits: %d repeated codes", c.digits, repeated)
		}
	}
}

func TestDrawShortLengths(t *testing.T) {
	for digits := range 25 {
		code, err := otp.DrawShort(digits)
		if digits == 8 || digits == 9 || digits == 10 || digits == 12 {
			if folded, form, ferr := otp.Fold(code); err != nil || ferr != nil || folded != code || form != otp.Short {
				t.Errorf("%d digits: %v, %v", digits, err, ferr)
			}
		} else if !errors.Is(err, otp.ErrIncomplete) {
			t.Errorf("%d digits: error %v", digits, err)
		}
	}
}

func TestDigitsForKeepsGuessingHopeless(t *testing.T) {
	for _, c := range []struct{ people, want int }{
		{0, 8}, {1_244, 8}, {2_500, 8}, {2_501, 9}, {25_000, 9}, {25_001, 10}, {250_000, 10}, {250_001, 12}, {20_000_000, 12}, {27_322_404, 12},
	} {
		got, err := otp.DigitsFor(c.people)
		if got != c.want || err != nil {
			t.Errorf("DigitsFor(%d) = %d, %v, want %d", c.people, got, err, c.want)
		}
		codes := 1.0
		for range got {
			codes *= 10
		}
		if chance := float64(c.people) * 366 / codes; chance > 0.01 {
			t.Errorf("%d people: a year of guessing succeeds with %.3f", c.people, chance)
		}
	}
	for _, people := range []int{27_322_405, 100_000_000} {
		if got, err := otp.DigitsFor(people); !errors.Is(err, otp.ErrTooManyPeople) {
			t.Errorf("DigitsFor(%d) = %d, %v, want a refusal", people, got, err)
		}
	}
}

func TestMACsAreBoundToEverything(t *testing.T) {
	nonce, secret, tag := random16(), random32(), random32()
	macs := map[[32]byte]string{}
	for name, mac := range map[string][32]byte{
		"short":         otp.ShortMAC(pepper{}, otp.Web, nonce, secret, "12345678"),
		"other digits":  otp.ShortMAC(pepper{}, otp.Web, nonce, secret, "12345679"),
		"other nonce":   otp.ShortMAC(pepper{}, otp.Web, random16(), secret, "12345678"),
		"other secret":  otp.ShortMAC(pepper{}, otp.Web, nonce, random32(), "12345678"),
		"other purpose": otp.ShortMAC(pepper{}, otp.Phone, nonce, secret, "12345678"),
		"phone":         otp.PhoneMAC(pepper{}, tag, "12345678"),
		"long":          otp.LongMAC(pepper{}, otp.Web, tag, "12345678", someday),
		"long phone":    otp.LongMAC(pepper{}, otp.Phone, tag, "12345678", someday),
		"long, later":   otp.LongMAC(pepper{}, otp.Web, tag, "12345678", someday.Add(48*time.Hour)),
		"other address": otp.LongMAC(pepper{}, otp.Web, random32(), "12345678", someday),
	} {
		if same, ok := macs[mac]; ok {
			t.Errorf("%s and %s have the same MAC", name, same)
		}
		macs[mac] = name
	}
}
