package otp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"exposure/internal/otp"
)

const (
	second = time.Second
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * hour
)

func TestRightCodeIsAcceptedOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		v := p.visit(otp.Web)
		m := v.mail()
		if m.Form != otp.Short || !m.Expires.Equal(w.now.Add(30*minute)) {
			t.Fatalf("issued %+v, want a short code until %v", m.Issued, w.now.Add(30*minute))
		}
		if got := v.want(m.digits, otp.Accepted); !got.Accepted || !got.Evaluated || got.AttemptsLeft != 4 {
			t.Errorf("verdict %+v", got)
		}
		v.want(m.digits, otp.Consumed)              // same browser
		p.visit(otp.Web).want(m.digits, otp.NoCode) // other browser
	})
}

func TestRightCodeAsSixthTryIsRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		m := v.mail()
		for left := 4; left >= 0; left-- {
			if got := v.want(wrong(v), otp.Wrong); got.AttemptsLeft != left {
				t.Errorf("%d tries left, want %d", got.AttemptsLeft, left)
			}
		}
		if got := v.want(m.digits, otp.Spent); got.Accepted || got.Evaluated || got.AttemptsLeft != 0 {
			t.Errorf("sixth try: %+v", got)
		}
		// A new code of the same verification brings no new tries, but a way in.
		again := v.mail()
		v.want(again.digits, otp.Spent)
		if again.Form != otp.Long {
			t.Errorf("a spent verification got a %s code, want a long one", again.Form)
		}
		v.p.visit(otp.Web).want(again.digits, otp.Accepted)
	})
}

func TestTriesWithoutACodeCountButNotAgainstThePerson(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		for range 30 {
			v := p.visit(otp.Web)
			for left := 4; left >= 0; left-- {
				if got := v.want(wrong(v), otp.NoCode); got.AttemptsLeft != left || got.Evaluated {
					t.Fatalf("verdict %+v, want %d left", got, left)
				}
			}
			v.want(wrong(v), otp.Spent)
		}
		v := p.visit(otp.Web)
		v.want(v.mail().digits, otp.Accepted)
	})
}

func TestOneTryAgainstAllCodesIsChargedOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		v := p.visit(otp.Web)
		first, second := v.mail(), v.mail()
		if first.Form != otp.Short || second.Form != otp.Short {
			t.Fatalf("forms %s, %s", first.Form, second.Form)
		}
		if got := v.want(wrong(v), otp.Wrong); got.AttemptsLeft != 4 || len(p.past[otp.Web]) != 1 {
			t.Errorf("%+v after one try, %d failures", got, len(p.past[otp.Web]))
		}
		v.want(first.digits, otp.Accepted) // mails out of order, or the first read after a resend
		v.want(second.digits, otp.Consumed)
	})
}

func TestCodeOfAnotherVerificationOrAddress(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.person(), w.person()
		va, va2, vb := a.visit(otp.Web), a.visit(otp.Web), b.visit(otp.Web)
		ma := va.mail()
		va2.mail()
		vb.mail()
		va2.want(ma.digits, otp.Wrong)
		vb.want(ma.digits, otp.Wrong)
		// The verification of A with the address of B.
		mixed := &visit{p: b, purpose: otp.Web, nonce: va.nonce, secret: va.secret}
		mixed.want(ma.digits, otp.NoCode)
		va.want(ma.digits, otp.Accepted)
	})
}

func TestPurposesNeverSwap(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		web, phone := p.visit(otp.Web), p.visit(otp.Phone)
		shortWeb, longWeb := web.mail(), web.mailLong()
		shortPhone, longPhone := phone.mail(), phone.mailLong()
		web.want(shortPhone.digits, otp.Wrong)
		phone.want(shortWeb.digits, otp.Wrong)
		web.want(longPhone.digits, otp.WrongLong)
		phone.want(longWeb.digits, otp.WrongLong)
		// Nor does the nonce of one purpose open the other.
		crossed := &visit{p: p, purpose: otp.Phone, nonce: web.nonce, secret: web.secret}
		crossed.want(shortWeb.digits, otp.Wrong)
		web.want(shortWeb.digits, otp.Accepted)
		phone.want(shortPhone.digits, otp.Accepted)
	})
}

func TestPhoneCodeInAnyCallOfTheAddressOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p, other := w.person(), w.person()
		call := p.visit(otp.Phone)
		m := call.mail()
		if !m.Expires.Equal(w.now.Add(60 * minute)) {
			t.Errorf("a phone code lives until %v, want 60 min", m.Expires)
		}
		other.visit(otp.Phone).want(m.digits, otp.NoCode)
		w.advance(60*minute - time.Millisecond)
		p.visit(otp.Phone).want(m.digits, otp.Accepted)
		call.want(m.digits, otp.NoCode)
	})
}

func TestCodeExpires(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			after time.Duration
			want  otp.Reason
		}{{30*minute - time.Millisecond, otp.Accepted}, {30 * minute, otp.NoCode}, {30*minute + second, otp.NoCode}} {
			v := w.person().visit(otp.Web)
			m := v.mail()
			w.advance(c.after)
			v.want(m.digits, c.want)
		}
	})
}

func TestVerificationEndsAfterAnHour(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		v.mail()
		w.advance(45 * minute)
		m := v.mail()
		if want := w.now.Add(15 * minute); !m.Expires.Equal(want) {
			t.Errorf("the second code lives until %v, want its verification's end %v", m.Expires, want)
		}
		w.advance(15 * minute)
		v.want(m.digits, otp.Expired)
		w.advance(29 * minute)
		v.want(m.digits, otp.Expired) // and it does not begin again
	})
}

func TestRetriedMailReplacesItsCode(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		first := v.mailIn("slot", false)
		w.advance(10 * minute)
		retried := v.mailIn("slot", false)
		if !retried.Expires.Equal(w.now.Add(30 * minute)) {
			t.Errorf("the retried code lives until %v, want 30 min from now", retried.Expires)
		}
		v.want(first.digits, otp.Wrong)
		v.want(retried.digits, otp.Accepted)

		p := w.person()
		v = p.visit(otp.Web)
		first = v.mailIn("slot", true)
		retried = v.mailIn("slot", false) // the slot keeps its form
		if retried.Form != otp.Long {
			t.Errorf("a retried long-code mail carries a %s code", retried.Form)
		}
		v.want(first.digits, otp.WrongLong)
		v.want(retried.digits, otp.Accepted)
		if v := p.visit(otp.Web); v.mail().Form != otp.Short {
			t.Error("a retried mail was counted as another mail")
		}
	})
}

func TestLongCode(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p, other := w.person(), w.person()
		m := p.visit(otp.Web).mailLong()
		if m.Form != otp.Long || !m.Expires.Equal(w.now.Add(day)) {
			t.Fatalf("issued %+v", m.Issued)
		}
		other.visit(otp.Web).want(m.digits, otp.WrongLong)
		p.visit(otp.Web).want(m.digits, otp.Accepted) // a browser that never asked
		p.visit(otp.Web).want(m.digits, otp.WrongLong)

		m = p.visit(otp.Web).mailLong()
		w.advance(day)
		p.visit(otp.Web).want(m.digits, otp.WrongLong)
	})
}

func TestLongGuessesCostNobodysBudget(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		for range 30 {
			v := p.visit(otp.Web)
			for range 5 {
				digits, _ := otp.DrawLong()
				if got := v.want(digits, otp.WrongLong); !got.Evaluated {
					t.Fatal("a long code was not compared")
				}
			}
			v.want(wrong(v), otp.Spent)
		}
		v := p.visit(otp.Web)
		if m := v.mail(); m.Form != otp.Short {
			t.Errorf("after long guesses a mail carries a %s code", m.Form)
		} else {
			v.want(m.digits, otp.Accepted)
		}
	})
}

func TestReviveGivesTheTryBackButNotTheCode(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		v := w.person().visit(otp.Web)
		v.want(v.mail().digits, otp.Accepted)
		for range 2 { // a repeated call changes nothing more
			if err := w.Revive(ctx, v.p.tag, v.purpose, v.nonce); err != nil {
				t.Fatal(err)
			}
		}
		v.want(v.p.mailbox[0].digits, otp.NoCode)
		if got := v.want(v.mail().digits, otp.Accepted); got.AttemptsLeft != 3 {
			t.Errorf("%d tries left, want 3: one lost, one given back, one used", got.AttemptsLeft)
		}
		fresh := v.p.visit(otp.Web)
		if err := w.Revive(ctx, v.p.tag, v.purpose, fresh.nonce); err != nil {
			t.Errorf("reviving what was never consumed: %v", err)
		}
	})
}

func TestIncompleteRequestsAreRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		full := v.attempt("12345678")
		for name, spoil := range map[string]func(*otp.Attempt){
			"id": func(a *otp.Attempt) { a.ID = [16]byte{} }, "form": func(a *otp.Attempt) { a.Form = "" },
			"tag": func(a *otp.Attempt) { a.Tag = [32]byte{} }, "purpose": func(a *otp.Attempt) { a.Purpose = "mail" },
			"nonce": func(a *otp.Attempt) { a.Nonce = [16]byte{} }, "MAC": func(a *otp.Attempt) { a.MACs = nil },
			"end of MACs": func(a *otp.Attempt) { a.MACs = make([][32]byte, 65) },
		} {
			a := full
			spoil(&a)
			if got, err := w.Redeem(context.Background(), a); err == nil || got.Accepted {
				t.Errorf("an attempt without %s: %+v, %v", name, got, err)
			}
		}
		draft, _, _ := v.draft("1-0", false)
		for name, spoil := range map[string]func(*otp.Issue){
			"slot": func(i *otp.Issue) { i.Slot = "" }, "long slot": func(i *otp.Issue) { i.Slot = strings.Repeat("x", 129) },
			"short": func(i *otp.Issue) { i.ShortMAC = [32]byte{} }, "long": func(i *otp.Issue) { i.LongMAC = [32]byte{} },
		} {
			i := draft
			spoil(&i)
			if got, err := w.Issue(context.Background(), i); err == nil {
				t.Errorf("an issue without %s: %+v", name, got)
			}
		}
		if err := w.Revive(context.Background(), v.p.tag, "", v.nonce); err == nil {
			t.Error("reviving without a purpose succeeded")
		}
	})
}
