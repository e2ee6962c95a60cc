package shopfront

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewPasswordsAreJudged(t *testing.T) {
	const address = "demo-couple..10@docomo.ne.jp"
	long := strings.Repeat("あいうえお, kaki-kukeko! ", 10)[:200]
	for _, c := range []struct {
		password string
		want     error
	}{
		{"hina to momo no hana", nil},
		{"ひなまつりとももの花々と", nil},                      // 12 characters, 36 bytes
		{"ｈｉｎａｔｏｍｏｍｏ１２", nil},                      // full-width letters are letters
		{"correct horse battery", nil},             // blanks are characters
		{" hinatomomo ", nil},                      // also at the ends: nothing is cut off
		{strings.Repeat("ab-cde", 11) + "Z", nil},  // 67: longer than bcrypt reads
		{strings.Repeat("abcdef", 33) + "Zz", nil}, // 200
		{strings.ToValidUTF8(long, ""), nil},
		{strings.Repeat("abcdef", 33) + "Zz1", errLong},
		{"", errShort},
		{"hinatomomo1", errShort},
		{"ひなまつりとももの花と", errShort}, // 11 characters, 33 bytes
		{"hinatomomo\x00abc", errControl},
		{"hinatomomo\nabc", errControl},
		{address, errAddress},
		{strings.ToUpper(address), errAddress},
		{"x" + address + "y", errAddress},
		{"couple..10@docomo", errAddress},
		{"Password1234", errCommon},
		{"ｐａｓｓｗｏｒｄ１２３４", errCommon},
		{"aaaaaaaaaaaa", errCommon},
		{"momomomomomo", errCommon},
		{"hinahinahinahi", errCommon},
	} {
		if got := acceptable(c.password, c.password, address); !errors.Is(got, c.want) || got != nil && c.want == nil {
			t.Errorf("%q: %v, want %v", c.password, got, c.want)
		}
	}
	if got := acceptable("hina to momo no hana", "hina to momo no hane", address); !errors.Is(got, errDiffer) {
		t.Errorf("two passwords: %v", got)
	}
}

// The list is of passwords that the other rules would let pass.
func TestCommonPasswordsAreLongEnoughToMatter(t *testing.T) {
	lines := strings.Fields(commonList)
	for _, line := range lines {
		if n := len([]rune(line)); n < minPassword || line != strings.ToLower(line) {
			t.Errorf("%q is %d characters", line, n)
		}
		if !errors.Is(acceptable(line, line, "hanako@example.com"), errCommon) {
			t.Errorf("%q is taken", line)
		}
	}
	if len(lines) < 30 {
		t.Errorf("only %d", len(lines))
	}
}

func TestHashes(t *testing.T) {
	ctx, h := t.Context(), newHasher(2)
	long := strings.Repeat("abcdefghij", 20)
	one, err := h.make(ctx, long)
	must(t, err)
	two, err := h.make(ctx, long)
	must(t, err)
	if slices.Equal(one.sum, two.sum) || slices.Equal(one.salt, two.salt) {
		t.Error("the same password has the same hash twice")
	}
	for password, want := range map[string]bool{long: true, long[:199]: false, long[:72]: false, "": false, long + "x": false} {
		if got, err := h.opens(ctx, one, password); err != nil || got != want {
			t.Errorf("%d characters: %t, %v", len(password), got, err)
		}
	}
	for _, password := range []string{"", "x", string(make([]byte, 32))} {
		if got, _ := h.opens(ctx, stored{}, password); got {
			t.Errorf("a blank password is opened by %q", password)
		}
	}
	wide, err := h.make(ctx, "ｈｉｎａ　ｔｏ　ｍｏｍｏ")
	must(t, err)
	if got, _ := h.opens(ctx, wide, "hina to momo"); !got {
		t.Error("a password typed with the keyboard in Japanese mode is another")
	}
}

func list(required bool, ids ...string) (all []change) {
	for _, id := range ids {
		all = append(all, change{id, required})
	}
	return all
}

// A list is older than a password that was set after it was asked for, and the look-up's
// word counts again once it has heard.
func TestLists(t *testing.T) {
	ctx, h, clock := t.Context(), newHasher(2), time.Now()
	a, err := newAccounts(ctx, []Member{{"1", "a@example.com", "before"}, {"2", "b@example.com", ""}}, h, func() time.Time { return clock })
	must(t, err)
	before, _ := a.get("1")
	open, ok := a.open("1", before.password)
	if _, in := a.member(open); !ok || !in {
		t.Fatal("no session began")
	}
	if shut := a.bar(list(true, "1", "7"), clock); !slices.Equal(shut, []string{"1"}) {
		t.Errorf("shut out: %v", shut)
	}
	if shut := a.bar(nil, clock); len(shut) != 0 {
		t.Errorf("shut out again: %v", shut)
	}
	if _, in := a.member(open); in {
		t.Error("a session outlives the list")
	}
	if _, ok := a.open("1", before.password); ok {
		t.Error("a session begins with a password that was made worthless meanwhile")
	}
	if now, _ := a.get("1"); !now.password.blank() || now.former.blank() {
		t.Errorf("the password is %+v", now.password)
	}
	asked := clock
	clock = clock.Add(time.Second)
	fresh, err := h.make(ctx, "a new password")
	must(t, err)
	token := a.renew("1", fresh)
	for i, step := range []func(){
		func() { a.bar(list(true, "1"), clock) },                                  // not told yet
		func() { a.told("1", true); a.bar(list(true, "1"), asked) },               // asked for before
		func() { clock = clock.Add(time.Second); a.bar(list(false, "1"), clock) }, // the list knows
	} {
		step()
		if _, in := a.member(token); !in {
			t.Fatalf("step %d: a new password is taken for the old one", i)
		}
	}
	clock = clock.Add(time.Second)
	token = a.renew("1", fresh)
	a.bar(list(true, "1"), clock)
	a.told("1", false)
	if _, in := a.member(token); in {
		t.Error("a member whom the look-up still bars is let in")
	}
	clock = clock.Add(time.Second)
	if shut := a.bar(nil, clock); len(shut) != 1 {
		t.Error("the refused password stays")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
