package breach_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"exposure/internal/breach"
)

// letter draws a letter number.
func letter(t *rapid.T) breach.LetterNumber {
	for {
		n, ok := breach.NewLetterNumber(rapid.StringMatching(`[0-9]{12}`).Draw(t, "random"))
		if ok {
			return n
		}
	}
}

// luhnHolds is the Luhn test, written again from the standard.
func luhnHolds(digits string) bool {
	sum := 0
	for i, r := range digits {
		d := int(r - '0')
		if i%2 == len(digits)%2 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// TestLetterNumbersCheck: the check digits are those of ISO 7064 MOD 97-10, the number is
// nobody's card, and it reads back from every way of typing it.
func TestLetterNumbersCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := letter(t)
		digits := n.Reveal()
		whole, _ := new(big.Int).SetString(digits, 10)
		if rest := new(big.Int).Mod(whole, big.NewInt(97)); rest.Int64() != 1 {
			t.Fatalf("%s is %s modulo 97", digits, rest)
		}
		if luhnHolds(digits) {
			t.Fatalf("%s passes the Luhn test", digits)
		}
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, digits)
		for _, typed := range []string{
			digits, n.Grouped(), wide, strings.ReplaceAll(n.Grouped(), "-", "ー"), strings.ReplaceAll(n.Grouped(), "-", "－"),
			" " + digits[:7] + "\u3000" + digits[7:] + "\n", strings.ReplaceAll(n.Grouped(), "-", " - "),
		} {
			if got, err := breach.ParseLetterNumber(typed); err != nil || got != n {
				t.Fatalf("%q: %q, %v", typed, got.Reveal(), err)
			}
			if found := breach.FindCardNumbers(typed); len(found) > 0 {
				t.Fatalf("%q is taken for the number of a card", typed)
			}
		}
	})
}

// TestSlipsInLetterNumbers: every single wrong digit and every swap of two neighbours is
// noticed.
func TestSlipsInLetterNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := letter(t).Reveal()
		slip := func(b []byte) {
			if got, err := breach.ParseLetterNumber(string(b)); !errors.Is(err, breach.ErrLetterSlip) || got != (breach.LetterNumber{}) {
				t.Fatalf("%s for %s: %v", b, digits, err)
			}
		}
		for i := range digits {
			for d := byte('0'); d <= '9'; d++ {
				if b := []byte(digits); d != b[i] {
					b[i] = d
					slip(b)
				}
			}
			if i > 0 && digits[i] != digits[i-1] {
				b := []byte(digits)
				b[i], b[i-1] = b[i-1], b[i]
				slip(b)
			}
		}
	})
}

func TestLetterNumbersOfAForm(t *testing.T) {
	for typed, want := range map[string]error{
		"": breach.ErrLetterForm, "hello": breach.ErrLetterForm, "1234567890123": breach.ErrLetterForm, "123456789012345": breach.ErrLetterForm,
		"12345-67890-123a": breach.ErrLetterForm, strings.Repeat(" ", 1000) + "12345678901234": breach.ErrLetterForm, "12345-67890-12\xff4": breach.ErrLetterForm,
		"12345.67890.1234": breach.ErrLetterForm, "٠١٢٣٤٥٦٧٨٩٠١٢٣": breach.ErrLetterForm, // Arabic-Indic
		"12345-67890-1234": breach.ErrLetterSlip, // as the page shows its form: no letter has it
		"00000000000001":   breach.ErrLetterSlip, // 1 modulo 97, and its digits are not those that check
		"00000000000098":   nil,
	} {
		if _, err := breach.ParseLetterNumber(typed); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", typed, err, want)
		}
	}
	for _, random := range []string{"", "12345678901", "1234567890123", "12345678901x", "１２３４"} {
		if n, ok := breach.NewLetterNumber(random); ok || n != (breach.LetterNumber{}) {
			t.Errorf("%q made a number", random)
		}
	}
	if g := (breach.LetterNumber{}).Grouped(); g != "" {
		t.Errorf("no number is grouped as %q", g)
	}
}

// TestLettersOfCardsAreNone: a number that passes the Luhn test is nobody's, whatever its
// check digits say.
func TestLettersOfCardsAreNone(t *testing.T) {
	cards := 0
	for i := range 2000 {
		random := fmt.Sprintf("30%010d", i*7919)
		n, ok := breach.NewLetterNumber(random)
		if ok {
			continue
		}
		cards++
		whole, _ := new(big.Int).SetString(random+"00", 10)
		typed := fmt.Sprintf("%s%02d", random, 98-new(big.Int).Mod(whole, big.NewInt(97)).Int64())
		if _, err := breach.ParseLetterNumber(typed); !luhnHolds(typed) || !errors.Is(err, breach.ErrLetterSlip) || n != (breach.LetterNumber{}) {
			t.Errorf("%s: %v", typed, err)
		}
	}
	if cards < 100 || cards > 300 {
		t.Errorf("%d of 2000 numbers would pass the Luhn test, a tenth is expected", cards)
	}
}

func TestLetterNumbersDoNotPrint(t *testing.T) {
	n, ok := breach.NewLetterNumber("123456789013")
	if !ok {
		t.Fatal("no number")
	}
	inside := struct{ N breach.LetterNumber }{n}
	encoded, err := json.Marshal(inside)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{
		fmt.Sprint(n), fmt.Sprintf("%v %+v %#v %s %q %x", n, n, n, n, n, n), fmt.Sprint(inside, &inside), fmt.Sprintf("%+v %#v", inside, inside),
		fmt.Sprint([]any{n, &n}), string(encoded), fmt.Errorf("of %v", n).Error(),
	} {
		for _, form := range []string{n.Reveal(), n.Reveal()[:6], n.Grouped(), fmt.Sprintf("%x", n.Reveal())} {
			if strings.Contains(said, form) {
				t.Errorf("%s holds the number", said)
			}
		}
	}
}

func FuzzParseLetterNumber(f *testing.F) {
	for _, s := range []string{"12345-67890-1234", "００００００００００００98", "", "\xff", " 1 2 ー"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := breach.ParseLetterNumber(s)
		if err != nil {
			if n != (breach.LetterNumber{}) || !errors.Is(err, breach.ErrLetterForm) && !errors.Is(err, breach.ErrLetterSlip) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := breach.ParseLetterNumber(n.Grouped())
		if err != nil || again != n || len(n.Reveal()) != 14 || luhnHolds(n.Reveal()) {
			t.Fatalf("%q reads as %q, and that as %q: %v", s, n.Reveal(), again.Reveal(), err)
		}
	})
}
