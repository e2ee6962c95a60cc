package profile_test

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/roster/profile"
)

// Every character of up to three bytes alone, and every one between some that combine with others, has the
// normal form that the library gives it.
func TestNormalFormOfEveryCharacter(t *testing.T) {
	for r := range rune(0x11000) {
		for _, s := range []string{string(r), "か" + string(r) + "\u3099", "Ａ" + string(r) + "ｶﾞ", string(r) + "\u0301"} {
			if got, want := profile.NFKC(s), norm.NFKC.String(s); got != want {
				t.Fatalf("%+q is %+q, want %+q", s, got, want)
			}
		}
	}
}

func TestNormalFormOfAnyText(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	likely := []rune("aA1 -山田髙﨑はばぱハバパーｶﾞﾊﾟ　１２Ａ～〜・。、々〆\u3099\u309A\u0301\u0327é①㈱㍿⼀豈\u1100\u1161가")
	for range 100_000 {
		var b []byte
		for range 1 + rng.IntN(8) {
			switch rng.IntN(20) {
			case 0:
				b = append(b, byte(rng.IntN(256))) // no UTF-8
			case 1:
				b = utf8.AppendRune(b, rng.Int32N(0x20000))
			default:
				b = utf8.AppendRune(b, likely[rng.IntN(len(likely))])
			}
		}
		s := string(b)
		if got, want := profile.NFKC(s), norm.NFKC.String(s); got != want {
			t.Fatalf("%+q is %+q, want %+q", s, got, want)
		}
		if got, want := string(profile.AppendNFKC([]byte("e"), s)), "e"+norm.NFKC.String(s); got != want {
			t.Fatalf("%+q appended is %+q, want %+q", s, got, want)
		}
	}
}
