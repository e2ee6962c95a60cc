package vault_test

import (
	"testing"

	"exposure/internal/breach"
)

// TestCheckNumbersAreEven: words and digits are spread as chance would (chi-squared, at a
// level that fails one in a million times).
func TestCheckNumbersAreEven(t *testing.T) {
	s := newServer(t)
	const n = 64_000
	var words [64]int
	var digits [4][10]int
	for i := range n {
		c := s.CheckNumber(named(s, breach.Tag{byte(i), byte(i >> 8), byte(i >> 16)}))
		words[c.Word]++
		if len(c.Digits) != 4 {
			t.Fatalf("%q is not four digits", c.Digits)
		}
		for at, d := range []byte(c.Digits) {
			digits[at][d-'0']++
		}
	}
	if x := chiSquared(words[:], n); x > 130 {
		t.Errorf("words: chi-squared %.1f with 63 degrees of freedom", x)
	}
	for at := range digits {
		if x := chiSquared(digits[at][:], n); x > 46 {
			t.Errorf("digit %d: chi-squared %.1f with 9 degrees of freedom", at+1, x)
		}
	}
	if once, again := s.CheckNumber(named(s, breach.Tag{1})), s.CheckNumber(named(s, breach.Tag{1})); once != again {
		t.Error("a person's check number changes")
	}
}

func chiSquared(found []int, n int) (x float64) {
	want := float64(n) / float64(len(found))
	for _, f := range found {
		x += (float64(f) - want) * (float64(f) - want) / want
	}
	return x
}
