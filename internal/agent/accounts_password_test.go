package agent_test

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/vault"
)

// TestNewPasswords: which are taken, and that one is one however it is typed.
func TestNewPasswords(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	in := d.in(t, c, d.code(t, c, 0))
	for what, password := range map[string]string{
		"eleven characters":           "corr pony s",
		"129 characters":              strings.Repeat("correct pony ", 10)[:129],
		"a megabyte":                  strings.Repeat("correct pony ", 1<<16),
		"nothing":                     "",
		"a NUL":                       "correct\x00pony stapler",
		"a line break":                "correct pony\nstapler",
		"invalid UTF-8":               "correct pony \xff stapler",
		"a mark that turns the line":  "correct \u202epony stapler",
		"the account's name":          "My-HANAKO-is-here",
		"its name in full width":      "my-ｈａｎａｋｏ-is-here",
		"the shop's name":             "I work for tougyoku",
		"the shop's name in Japanese": "東玉のオンライン窓口です",
		"a common one":                "Password123456",
		"a common one in full width":  "ｐａｓｓｗｏｒｄ１２３４５６",
		"few different characters":    "abababababababab",
		"the old one":                 c.Password,
	} {
		if err := d.ChangePassword(t.Context(), in.Agent, c.Password, password); !errors.Is(err, agent.ErrPassword) || strings.Contains(err.Error(), password) && password != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, step := range []struct{ set, type1 string }{
		{"correct pony stapler", "correct\u3000pony ｓｔａｐｌｅｒ"},
		{"窓口ではひらがなが便利で", "窓口ではひらか\u3099なか\u3099便利て\u3099"},
		{strings.Repeat("correct ponyX", 10)[:128], strings.Repeat("correct ponyX", 10)[:128]},
	} {
		if err := d.ChangePassword(t.Context(), in.Agent, c.Password, step.set); err != nil {
			t.Fatalf("%q: %v", step.set, err)
		}
		d.clock.advance(30 * time.Second)
		c.Password = step.type1
		in = d.in(t, c, d.code(t, c, 0))
	}
}

// TestHostileInput: whatever comes as a name, a password or a code is refused as any other.
func TestHostileInput(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	a := d.patient(t)
	for i, text := range []string{
		"", "\x00", "hanako\x00", "\xff\xfe", strings.Repeat("a", 1<<20), strings.Repeat("ﷺ", 1000), "' OR 1=1 --", "../../etc", "hanako\r\nSet-Cookie: x",
		"A:hanako", "-hanako", "hanakö", "１２３４５６", "%", "unknown", "?",
	} {
		for _, try := range [][3]string{{text, c.Password, d.code(t, c, 0)}, {c.Name, text, d.code(t, c, 0)}, {c.Name, c.Password, text}} {
			from := netip.AddrFrom4([4]byte{10, 7, byte(i), 1})
			s, err := a.SignIn(t.Context(), from, try[0], try[1], try[2])
			refused(t, fmt.Sprintf("%.20q", try), s, err)
		}
	}
	for _, e := range d.rows(t, audit.AgentSignIn) {
		if e.Actor.ID != "hanako" && e.Actor.ID != "unknown" {
			t.Errorf("the log holds %q", e.Actor.ID)
		}
	}
	if s, err := d.SignIn(t.Context(), netip.Addr{}, " ＨＡＮＡＫＯ", c.Password, " "+d.code(t, c, 0)[:3]+"　"+d.code(t, c, 0)[3:]); err != nil || s.Agent.Name != "hanako" {
		t.Errorf("typed with another keyboard: %v", err)
	}
	lower := strings.ReplaceAll(strings.ToLower(c.Papers[0]), "0", "o")
	if s := d.in(t, c, strings.ReplaceAll(lower, "1", "l")); s.PaperCodesLeft != 9 {
		t.Errorf("paper in small letters: %+v", s)
	}
}

// TestManyAtOnce: of two hundred sign-ins at the same moment each gets its right answer, and
// the memory they take is that of a few hashes.
func TestManyAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	a := d.patient(t)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			password, ok := "not this one", i%40 == 0
			if ok {
				password = c.Password
			}
			_, err := a.SignIn(t.Context(), home, c.Name, password, c.Papers[i/40])
			if ok && err != nil || !ok && !errors.Is(err, agent.ErrSignIn) {
				t.Errorf("sign-in %d: %v", i, err)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		runtime.ReadMemStats(&now)
		peak.Store(max(peak.Load(), now.HeapInuse))
		select {
		case <-done:
			tick.Stop()
		case <-tick.C:
			continue
		}
		break
	}
	if grown := int64(peak.Load()) - int64(before.HeapInuse); grown > 300<<20 { // 200 hashes at once would be 3,800 MiB
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// TestWaitersGiveUp: who finds no room to hash in time is told to come back, and is not
// charged for it.
func TestWaitersGiveUp(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	a := d.with(t, func(c *agent.AccountsConfig) { c.HashWait = -time.Second })
	for range 20 {
		if s, err := a.SignIn(t.Context(), home, c.Name, "not this one", "000000"); !errors.Is(err, agent.ErrUnavailable) {
			t.Fatalf("%v, %+v", err, s)
		}
	}
	d.in(t, c, d.code(t, c, 0))
}

// TestKeysChange: with new keys of every kind an account signs in as before; then its password
// and secret are kept under the new ones, and its paper codes still count.
func TestKeysChange(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	old, err := d.roll.Account(t.Context(), "hanako")
	if err != nil {
		t.Fatal(err)
	}
	files, made, err := vault.Files{Server: d.keyFile}.Rotate([]string{"tag", "member_id_seal"}, time.Now(), 0)
	if err != nil {
		t.Fatal(err)
	}
	d.load(t, files.Server)
	d.in(t, c, d.code(t, c, 0))
	now, err := d.roll.Account(t.Context(), "hanako")
	if err != nil {
		t.Fatal(err)
	}
	if id := made[1].ID; !strings.Contains(now.Password, "keyid="+id) || strings.Contains(old.Password, id) || fmt.Sprintf("%x", now.TOTP[:4]) != id {
		t.Errorf("kept under %s: %s", id, now.Password)
	}
	d.clock.advance(30 * time.Second)
	d.in(t, c, d.code(t, c, 0))
	d.in(t, c, c.Papers[0])
	if all, err := d.roll.All(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d accounts, %v", len(all), err)
	}
	// Without the key that a password was hashed under it is worth nothing.
	other, _, err := vault.Generate(opening)
	if err != nil {
		t.Fatal(err)
	}
	d.load(t, other)
	if _, err := d.SignIn(t.Context(), home, c.Name, c.Password, c.Papers[1]); err == nil {
		t.Error("signed in under other keys")
	}
}

// TestParametersAreRaised: a password that was hashed with less is accepted, and from then on
// hashed as all are.
func TestParametersAreRaised(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	d.change(t, audit.AgentReset, "hanako", func(a agent.Account) (agent.Account, error) {
		a.Password = agent.WeakHash(d.keys, "hanako", c.Password)
		return a, nil
	})
	s, err := d.SignIn(t.Context(), home, c.Name, "not this one", c.Papers[0])
	refused(t, "a wrong one", s, err)
	for i := range 2 {
		d.in(t, c, c.Papers[i])
		if a, err := d.roll.Account(t.Context(), "hanako"); err != nil || !strings.HasPrefix(a.Password, "$argon2id$v=19$m=19456,t=2,p=1,keyid=") {
			t.Errorf("kept as %s, %v", a.Password, err)
		}
	}
}
