package email_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"exposure/internal/email"
)

// A domain is what IDNA makes of it, or no domain, however ordinary it looks.
func TestDomainIsWhatIDNASays(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const letters = "aabbzz019--..AZ_xn"
	accepted := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + rng.IntN(12) {
			b.WriteByte(letters[rng.IntN(len(letters))])
		}
		domain := b.String() + ".jp"
		a, err := email.Parse("a@" + domain)
		want, refused := idna.Lookup.ToASCII(strings.ToLower(domain))
		switch {
		case err != nil && refused == nil && !strings.Contains("."+want, "..") && !strings.ContainsAny(want, "_"):
			t.Fatalf("%q is refused", domain)
		case err == nil && (refused != nil || a.Domain() != want):
			t.Fatalf("%q is %q, want %q, %v", domain, a.Domain(), want, refused)
		case err == nil:
			accepted++
		}
	}
	if accepted < 10_000 {
		t.Errorf("only %d domains were accepted; the test compares nothing", accepted)
	}
}
