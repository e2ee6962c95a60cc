package breach_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

func digits(found []breach.CardNumber) []int {
	var list []int
	for _, c := range found {
		list = append(list, c.Digits)
	}
	return list
}

func TestFindCardNumbers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []int
	}{
		{"Visa", "4111111111111111", []int{16}},
		{"Mastercard", "5555555555554444", []int{16}},
		{"Mastercard, new range", "2223003122003222", []int{16}},
		{"American Express", "378282246310005", []int{15}},
		{"JCB", "3530111333300000", []int{16}},
		{"Diners Club", "30569309025904", []int{14}},
		{"Diners Club 36", "36700102000000", []int{14}},
		{"Discover", "6011111111111117", []int{16}},
		{"UnionPay", "6200000000000005", []int{16}},
		{"UnionPay with 19", "6205500000000000004", []int{19}},
		{"as printed", "番号は 4111 1111 1111 1111 です", []int{16}},
		{"with dashes", "4111-1111-1111-1111", []int{16}},
		{"Amex as printed", "3782 822463 10005", []int{15}},
		{"full width", "４１１１－１１１１－１１１１－１１１１", []int{16}},
		{"full-width space", "4111　1111　1111　1111", []int{16}},
		{"long vowel for a dash", "4111ー1111ー1111ー1111", []int{16}},
		{"in pairs", "41 11 11 11 11 11 11 11", []int{16}},
		{"digit by digit", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", []int{16}},
		{"followed by its expiry", "4111 1111 1111 1111 12/25", []int{16}},
		{"followed by its code", "4111111111111111 123", []int{16}},
		{"after a date", "2023-03-14 4111-1111-1111-1111", []int{16}},
		{"next to letters", "カード4111111111111111番", []int{16}},
		{"two", "4111111111111111、378282246310005", []int{16, 15}},

		{"Luhn does not hold", "4111111111111112", nil},
		{"no issuer", "9111111111111111", nil},
		{"part of a longer run", "41111111111111110", nil},
		{"part of a longer run, before", "04111111111111111", nil},
		{"two spaces", "4111  1111  1111  1111", nil},
		{"JAN code", "4901234567894", nil},
		{"JAN code and quantity", "4901234567894 002", nil},
		{"telephone numbers", "03-0000-1234 / 090-0000-5678", nil},
		{"telephone numbers with spaces", "03 0000 1234 090 0000 5678", nil},
		{"address and telephone number", "4-36-24 090 0000 1232", nil},
		{"postal code and telephone number", "411-0000 055-000-1234", nil},
		{"tracking number", "4512-3456-7890", nil},
		{"order number of 14 digits", "20230314000001", nil},
		{"date and time", "2023-03-14 23:59:59.123456", nil},
		{"settlement token", "tok_44dfe4420ed0eafn", nil},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, digits(breach.FindCardNumbers(c.text))); d != "" {
				t.Errorf("digits (-want +got):\n%s", d)
			}
		})
	}
}

// Random numbers of the length of order, parcel and telephone numbers are no cards,
// and one in ten of those that begin like a card is.
func TestCardNumbersAmongRandomNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 14))
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + rng.IntN(10)))
		}
		return b.String()
	}
	for _, n := range []int{7, 10, 11, 12, 13, 17, 18, 20, 24} {
		for range 2000 {
			if text := random(n); len(breach.FindCardNumbers(text)) > 0 {
				t.Fatalf("a number of %d digits is taken for a card", n)
			}
		}
	}
	hits := 0
	for range 10_000 {
		hits += len(breach.FindCardNumbers("4" + random(15)))
	}
	if hits < 850 || hits > 1150 {
		t.Errorf("%d of 10000 numbers satisfy Luhn, want about 1000", hits)
	}
}

func FuzzFindCardNumbers(f *testing.F) {
	f.Add("番号は ４１１１ 1111－1111-1111 です")
	f.Add("4111 1111 1111 1111 12/25 3782 822463 10005")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, c := range breach.FindCardNumbers(text) {
			if c.Start < end || c.End <= c.Start || c.End > len(text) {
				t.Fatalf("%d to %d after %d in %d bytes", c.Start, c.End, end, len(text))
			}
			end = c.End
			if again := breach.FindCardNumbers(text[c.Start:c.End]); len(again) != 1 || again[0].Digits != c.Digits {
				t.Fatal("cut out, it is no card number")
			}
		}
	})
}
