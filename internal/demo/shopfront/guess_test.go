package shopfront

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func from(remote string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, pathLogin, nil)
	r.RemoteAddr = remote
	return r
}

// TestManyGuessesAtOnce: no more are looked at than one after the other, whatever networks
// they come from, and what is given back can be had again.
func TestManyGuessesAtOnce(t *testing.T) {
	g := newGuesses()
	var all sync.WaitGroup
	var looked atomic.Int64
	for i := range 200 {
		all.Go(func() {
			r := from([]string{"192.0.2.1:1", "198.51.100.1:1", "203.0.113.1:1", "[2001:db8::1]:1"}[i%4])
			switch wait := g.ofPassword(r, "hanako@example.com").take(t.Context()); {
			case wait == 0:
				looked.Add(1)
			case wait < time.Second || wait > nameSpan+time.Second:
				t.Errorf("to wait %v", wait)
			}
		})
	}
	all.Wait()
	if looked.Load() != nameGuesses {
		t.Errorf("%d guesses were looked at, want %d", looked.Load(), nameGuesses)
	}
	for range 3 * nameGuesses {
		right := g.ofPassword(from("192.0.2.2:1"), "taro@example.com")
		if wait := right.take(t.Context()); wait != 0 {
			t.Fatalf("who knows the password waits %v", wait)
		}
		right.giveBack(t.Context())
	}
}

// TestWhatIsOneName: each spelling that opens an account is counted with the others.
func TestWhatIsOneName(t *testing.T) {
	accounts, err := newAccounts(t.Context(), []Member{{ID: "1", Address: "Kusunoki@example.com"}}, newHasher(1), time.Now)
	must(t, err)
	g := newGuesses()
	for i, name := range []string{
		"Kusunoki@example.com", "kusunoki@example.com", " KUSUNOKI@EXAMPLE.COM\t", "\u212Ausunoki@example.com", "ku\u017Funoki@example.com",
		"KU\u017FUNO\u212AI@example.com", "kusunoki@example.com\u3000", "kUsunoki@example.com", "kuSunoki@example.com", "kusUnoki@example.com", "kusuNoki@example.com",
	} {
		if len(accounts.at(name)) != 1 {
			t.Errorf("%q opens nothing", name)
		}
		if wait := g.ofPassword(from("192.0.2.1:1"), name).take(t.Context()); (wait == 0) != (i < nameGuesses) {
			t.Errorf("%q, guess %d: to wait %v", name, i+1, wait)
		}
	}
}

func TestNetworks(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:443":                   "192.0.2.1",
		"[::ffff:192.0.2.1]:443":          "192.0.2.1",
		"[2001:db8:0:7::1]:443":           "2001:db8:0:7::/64",
		"[2001:db8:0:7:ffff:1:2:3]:65535": "2001:db8:0:7::/64",
		"[2001:db8:0:8::1]:443":           "2001:db8:0:8::/64",
		"[fe80::1%eth0]:443":              "fe80::/64",
		"@":                               "",
	} {
		if got := network(remote); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}
