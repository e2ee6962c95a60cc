package otp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"exposure/internal/otp"
)

func TestThirdMailOfADayIsLong(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		for n, want := range []otp.Form{otp.Short, otp.Short, otp.Long, otp.Long} {
			if m := p.visit(otp.Web).mail(); m.Form != want {
				t.Errorf("mail %d carries a %s code, want %s", n+1, m.Form, want)
			}
			w.advance(time.Hour)
		}
		w.advance(24 * time.Hour)
		if m := p.visit(otp.Web).mail(); m.Form != otp.Short {
			t.Errorf("the first mail of another day carries a %s code", m.Form)
		}
	})
}

// With today's numbers the third mail of a day is long, so that neither limit on short
// codes is ever met. They must hold all the same if a number changes: the states here are
// planted, without the mails that led to them.
func TestShortCodesAreFewEvenWithoutTheMailRule(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			own, others int
			want        otp.Form
		}{{0, 2, otp.Short}, {0, 3, otp.Long}, {2, 2, otp.Short}, {3, 0, otp.Long}, {1, 3, otp.Long}} {
			p := w.person()
			v := p.visit(otp.Web)
			var codes []string
			plant := func(holder [16]byte) {
				codes = append(codes, fmt.Sprintf(`{"o":"p%d","n":%q,"p":"x","q":"y","e":%d}`,
					len(codes), base64url(holder[:]), w.now.Add(time.Minute).UnixMilli()))
			}
			for range c.own {
				plant(v.nonce)
			}
			for range c.others {
				other := random16()
				plant(other)
				plant(other) // two codes of one verification count once
			}
			w.plant(p, otp.Web, `{"s":[`+strings.Join(codes, ",")+`]}`)
			if m := v.mail(); m.Form != c.want {
				t.Errorf("%d own codes and %d other verifications: a %s code, want %s", c.own, c.others, m.Form, c.want)
			}
		}
	})
}

// Whatever is asked for, every code that was mailed stays usable, and when no place is
// left nothing is mailed.
func TestNothingIsEvicted(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		refused := 0
		for range 100 {
			if p.visit(otp.Web).mail().None {
				refused++
			}
		}
		if len(p.mailbox) != 2+8 || refused != 90 {
			t.Fatalf("%d mails, %d refused; want 10 and 90", len(p.mailbox), refused)
		}
		for _, m := range p.mailbox {
			v := m.visit
			if m.Form == otp.Long {
				v = p.visit(otp.Web)
			}
			v.want(m.digits, otp.Accepted)
		}
	})
}

// 10,000 requests over weeks, with a guess on each, and the owner still gets in from a
// fresh browser with what is in the mailbox.
func TestOwnerSucceedsUnderBombing(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		for n := range 2_000 {
			v := p.visit(otp.Web)
			v.mail()
			v.try(wrong(v))
			w.advance(20 * time.Minute)
			if n%100 == 99 {
				if m := newestLong(p); m == nil || !p.visit(otp.Web).try(m.digits).Accepted {
					t.Fatalf("after %d requests the owner does not get in", n+1)
				}
			}
		}
		if n := inAnySpan(p.past[otp.Web]); n > 10 {
			t.Errorf("%d failures were evaluated within 30 days", n)
		}
	})
}

func newestLong(p *person) *mail {
	for i := len(p.mailbox) - 1; i >= 0; i-- {
		if m := p.mailbox[i]; m.Form == otp.Long && m.Expires.After(p.w.now) {
			return &m
		}
	}
	return nil
}

// Strangers opening verifications make neither the state grow nor anything in it go. None of
// them, nor a call, has more than its five tries, however many come after it: until its hour is
// over and half an hour more. Nor do they keep whoever has a long code out.
func TestManyOpenVerifications(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		mine, first, call := p.visit(otp.Web), p.visit(otp.Web), p.visit(otp.Phone)
		m, long := mine.mail(), mine.mailLong()
		for range 5 {
			mine.want(wrong(mine), otp.Wrong)
			first.want("00000000000000000000", otp.WrongLong)
			call.want(wrong(call), otp.NoCode)
		}
		for range 1_000 {
			for _, v := range []*visit{p.visit(otp.Web), p.visit(otp.Phone)} {
				v.want(wrong(v), otp.NoCode)
			}
		}
		for range 3 { // not forgotten for others' sake, nor for the time
			mine.want(m.digits, otp.Spent)
			first.want(long.digits, otp.Spent)
			call.want(wrong(call), otp.Spent)
			w.advance(20*minute - second)
		}
		w.advance(30 * minute)
		first.want(long.digits, otp.Expired)
		begun := p.begun
		p.begun = nil
		if kept := len(w.dump(p, otp.Web)); kept > 5_000 {
			t.Errorf("1,000 verifications leave %d bytes with the address", kept)
		}
		p.begun = begun[:3]
		w.advance(3 * second)
		if kept := w.dump(p, otp.Phone); strings.Contains(kept, `"v"`) {
			t.Errorf("a call is remembered for more than an hour and a half: %s", kept)
		}
		p.visit(otp.Web).want(long.digits, otp.Accepted)
	})
}

// TestALongCodeEndsItsVerification: also one that no short code was mailed for, and until it
// could not be answered.
func TestALongCodeEndsItsVerification(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		first, second := p.visit(otp.Web).mailLong(), p.visit(otp.Web).mailLong()
		v := p.visit(otp.Web)
		v.want(first.digits, otp.Accepted)
		v.want(second.digits, otp.Consumed)
		if m := v.mail(); m.Form != otp.Long {
			t.Errorf("a verification that is over is mailed a %s code", m.Form)
		}
		if err := w.Revive(t.Context(), p.tag, otp.Web, v.nonce); err != nil {
			t.Fatal(err)
		}
		v.want(second.digits, otp.Accepted)
	})
}

func TestMemoryForgetsWhatIsOver(t *testing.T) {
	now := time.UnixMilli(1_690_000_000_000)
	m := otp.NewMemory(otp.Config{Now: func() time.Time { return now }})
	w := &world{tb: t, Store: m, now: now}
	for range 3_000 {
		v := w.person().visit(otp.Web)
		v.mail()
	}
	now = now.Add(25 * time.Hour)
	for range 20 {
		v := w.person().visit(otp.Web)
		v.try(fmt.Sprintf("%08d", 1))
	}
	if people, apart := m.Size(); people > 20 || apart > 20 {
		t.Errorf("%d people and %d verifications are kept, want the 20 that are alive", people, apart)
	}
}
