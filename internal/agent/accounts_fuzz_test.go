package agent_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"exposure/internal/agent"
)

// FuzzStoredHashes: what is read is written just so, and asks for no more than a machine has.
func FuzzStoredHashes(f *testing.F) {
	const good = "$argon2id$v=19$m=19456,t=2,p=1,keyid=0a1b2c3d$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if _, ok := agent.ReadDigest(good); !ok {
		f.Fatal("a good one is not read")
	}
	for _, s := range []string{good, strings.Replace(good, "19456", "4294967295", 1), strings.Replace(good, "p=1", "p=257", 1), strings.Replace(good, "t=2", "t=02", 1), "", "$$$$$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		written, ok := agent.ReadDigest(s)
		if ok && (written != s || strings.Contains(s, "m=4294967295")) {
			t.Errorf("%q is read as %q", s, written)
		}
	})
}

// FuzzTyped: what is typed folds to one form, which folds to itself, or to what can be
// nobody's.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"hanako", "ＨＡＮＡＫＯ", "12 34-56", "x0ae-d6d3", "\x00", "\xff", "ﷺﷺﷺ", "ｶﾞ", "İ", "A\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if name, formed := agent.FoldName(s); formed {
			if again, ok := agent.FoldName(name); !ok || again != name || agent.CheckName(name) != nil && name != "unknown" {
				t.Errorf("name %q: %q, %q", s, name, again)
			}
		} else if name != "?" {
			t.Errorf("name %q: %q", s, name)
		}
		if code := agent.FoldSecond(s); code != "" && (agent.FoldSecond(code) != code || len(code) != 6 && len(code) != 8) {
			t.Errorf("code %q: %q", s, code)
		}
		if password, ok := agent.FoldPassword(s); ok {
			if again, ok := agent.FoldPassword(password); !ok || again != password || utf8.RuneCountInString(password) > 128 {
				t.Errorf("password %q: %q, %q", s, password, again)
			}
		}
	})
}
