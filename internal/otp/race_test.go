package otp_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// real runs a race on both stores as production makes them, on real clocks.
func real(t *testing.T, race func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) {
		race(t, &world{Store: otp.NewMemory(otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}})
	})
	t.Run("redis", func(t *testing.T) {
		client := dial(t, live.NewRedis(t).Addr())
		race(t, &world{Store: otp.NewRedis(client, otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}})
	})
}

// burstWithin bounds a burst on a machine that does other work as well.
const burstWithin = time.Minute

// burst sends all attempts at once and returns their verdicts. An attempt that found the store
// busy for too long is repeated, as whoever guesses in earnest would: its id is the same, so
// that it is judged once all the same.
func burst(t *testing.T, s otp.Store, attempts []otp.Attempt) []otp.Verdict {
	t.Helper()
	verdicts := make([]otp.Verdict, len(attempts))
	start, end := make(chan struct{}), time.Now().Add(burstWithin)
	var wg sync.WaitGroup
	for i, a := range attempts {
		wg.Go(func() {
			<-start
			v, err := s.Redeem(t.Context(), a)
			for errors.Is(err, otp.ErrUnavailable) && time.Now().Before(end) {
				v, err = s.Redeem(t.Context(), a)
			}
			if err != nil {
				t.Errorf("attempt %d: %v", i, err)
			}
			verdicts[i] = v
		})
	}
	close(start)
	wg.Wait()
	return verdicts
}

func count(vs []otp.Verdict, is func(otp.Verdict) bool) (n int) {
	for _, v := range vs {
		if is(v) {
			n++
		}
	}
	return n
}

func accepted(v otp.Verdict) bool  { return v.Accepted }
func evaluated(v otp.Verdict) bool { return v.Evaluated }

func TestFiveHundredRightCodesAtOnce(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		m := v.mail()
		var all []otp.Attempt
		for range 500 {
			all = append(all, v.attempt(m.digits))
		}
		got := burst(t, w, all)
		if a, e := count(got, accepted), count(got, evaluated); a != 1 || e != 1 {
			t.Errorf("%d accepted, %d evaluated; want one of each", a, e)
		}
	})
}

func TestTwoThousandWrongCodesAtOnce(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		m := v.mail()
		var all []otp.Attempt
		for range 2_000 {
			all = append(all, v.attempt(wrong(v)))
		}
		got := burst(t, w, all)
		if n := count(got, evaluated); n != 5 {
			t.Errorf("%d evaluated, want exactly 5", n)
		}
		if got := v.try(m.digits); got.Accepted || got.Evaluated {
			t.Errorf("the right code after them: %+v", got)
		}
	})
}

func TestFourWrongAndTheRightAtOnce(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		for range 50 {
			v := w.person().visit(otp.Web)
			m := v.mail()
			all := []otp.Attempt{v.attempt(m.digits), v.attempt(m.digits)}
			for range 4 {
				all = append(all, v.attempt(wrong(v)))
			}
			got := burst(t, w, all)
			if a, e := count(got, accepted), count(got, evaluated); a > 1 || e > 5 {
				t.Fatalf("%d accepted, %d evaluated", a, e)
			}
		}
	})
}

func TestOneLongCodeFromManyBrowsersAtOnce(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		p := w.person()
		m := p.visit(otp.Web).mailLong()
		var all []otp.Attempt
		for range 100 {
			all = append(all, p.visit(otp.Web).attempt(m.digits))
		}
		if n := count(burst(t, w, all), accepted); n != 1 {
			t.Errorf("%d browsers got in with one long code", n)
		}
	})
}

// 400 verifications of one address at once, with one code each where there is one.
func TestBudgetOfAPersonUnderABurst(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		p := w.person()
		var all []otp.Attempt
		for range 400 {
			v := p.visit(otp.Web)
			v.mail()
			for range 5 {
				all = append(all, v.attempt(wrong(v)))
			}
		}
		if n := count(burst(t, w, all), evaluated); n != 10 {
			t.Errorf("%d short codes of one person were evaluated, want 10", n)
		}
	})
}

func TestOneCallSentTwiceAtOnce(t *testing.T) {
	real(t, func(t *testing.T, w *world) {
		v := w.person().visit(otp.Web)
		m := v.mail()
		for _, digits := range []string{wrong(v), m.digits} {
			a := v.attempt(digits)
			got := burst(t, w, slices.Repeat([]otp.Attempt{a}, 20))
			for _, g := range got {
				if g != got[0] {
					t.Fatalf("one call was judged %+v and %+v", g, got[0])
				}
			}
		}
		// Two calls, two charges: 5 - 2.
		if err := w.Revive(context.Background(), v.p.tag, v.purpose, v.nonce); err != nil {
			t.Fatal(err)
		}
		if got := v.try(wrong(v)); got.AttemptsLeft != 3 {
			t.Errorf("%d tries left, want 3", got.AttemptsLeft)
		}
	})
}
