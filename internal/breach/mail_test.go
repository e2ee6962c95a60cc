package breach_test

import (
	"testing"

	"exposure/internal/breach"
)

func TestAllowedSenders(t *testing.T) {
	for _, c := range []struct {
		from, domain string
		want         bool
	}{
		{"notice@example.jp", "example.jp", true},
		{"notice@mail.example.jp", "example.jp", true},
		{"notice@example.jp", "mail.example.jp", false},
		{"notice@badexample.jp", "example.jp", false},
		{"notice@example.jp.example.net", "example.jp", false},
		{"notice@example.jp", "", false},
	} {
		if got := (breach.Mail{From: c.from, AllowDomain: c.domain}).Allowed(); got != c.want {
			t.Errorf("%s under %q: %v", c.from, c.domain, got)
		}
	}
}
