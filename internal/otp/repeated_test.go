package otp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"exposure/internal/otp"
)

func TestRepeatedCallIsJudgedOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		v := w.person().visit(otp.Web)
		m := v.mail()
		for _, digits := range []string{wrong(v), m.digits} {
			a := v.attempt(digits)
			first, err := w.Redeem(ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			w.advance(59 * second)
			for range 3 {
				if again, err := w.Redeem(ctx, a); err != nil || again != first {
					t.Errorf("repeated: %+v, %v; first: %+v", again, err, first)
				}
			}
		}
		if got := v.want(m.digits, otp.Consumed); got.Accepted {
			t.Error("another attempt with the same code was accepted")
		}
	})
}

// A verdict belongs to its code: an attempt id that comes with other digits gets nothing.
func TestVerdictOfAnotherCodeIsNoAcceptance(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		a := v.attempt(v.mail().digits)
		if got, err := w.Redeem(context.Background(), a); err != nil || !got.Accepted {
			t.Fatalf("%+v, %v", got, err)
		}
		a.MACs = v.attempt(wrong(v)).MACs
		if got, err := w.Redeem(context.Background(), a); err == nil || got.Accepted {
			t.Errorf("accepted a wrong code under a used attempt id: %+v", got)
		}
	})
}

func TestVerdictsAreBoundedAndAcceptancesOutlastThem(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		p := w.person()
		v := p.visit(otp.Web)
		right := v.attempt(v.mail().digits)
		if got, err := w.Redeem(ctx, right); err != nil || !got.Accepted {
			t.Fatalf("%+v, %v", got, err)
		}
		for range 200 {
			u := p.visit(otp.Web)
			u.want(wrong(u), otp.NoCode)
		}
		if got, err := w.Redeem(ctx, right); err != nil || !got.Accepted {
			t.Errorf("the repeat of an acceptance: %+v, %v", got, err)
		}
		if n := strings.Count(w.dump(p, otp.Web), `"k":`); n != 32 { // each verdict has its reason
			t.Errorf("%d verdicts are kept after 201 guesses, want 32", n)
		}
		w.advance(time.Minute)
		if got, err := w.Redeem(ctx, right); err != nil || got.Accepted {
			t.Errorf("the repeat of an acceptance after its minute: %+v, %v", got, err)
		}
	})
}

// TestAMailTriedAgainMayHaveToBeLongByNow: it carries what is accepted when it leaves, and the code
// of the first try stays, in case that one came.
func TestAMailTriedAgainMayHaveToBeLongByNow(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		v := p.visit(otp.Web)
		first, second, third := v.mailIn("1-0", false), v.mailIn("1-0", true), v.mailIn("1-0", true)
		if first.Form != otp.Short || second.Form != otp.Long || third.Form != otp.Long {
			t.Fatalf("it carried %q, then %q and %q codes", first.Form, second.Form, third.Form)
		}
		if got := v.try(second.digits); got.Accepted {
			t.Error("a long code was accepted that another of the same mail had replaced")
		}
		if got := p.visit(otp.Web).want(third.digits, otp.Accepted); !got.Accepted {
			t.Errorf("its long code: %+v", got)
		}
		if got := v.want(first.digits, otp.Accepted); !got.Accepted {
			t.Errorf("its short code, which may have come: %+v", got)
		}
	})
}
