package otp_test

import (
	"slices"
	"testing"

	"exposure/internal/otp"
)

func TestTenFailuresInAnyThirtyDays(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		start := w.now
		p.fail(otp.Web, 4) // a day
		w.advance(start.Add(30*day - second).Sub(w.now))
		first := p.visit(otp.Web)
		m := first.mail()
		if m.Form != otp.Short {
			t.Fatalf("after 4 failures: %+v", m.Issued)
		}
		second2 := p.visit(otp.Web)
		second2.mail()
		for range 4 {
			first.want(wrong(first), otp.Wrong)
		}
		for range 2 {
			second2.want(wrong(second2), otp.Wrong)
		}
		first.want(m.digits, otp.Budget) // right, but the budget is spent: 4 + 6
		w.advance(2 * second)            // the first four are older than 30 days
		for range 2 {
			second2.want(wrong(second2), otp.Wrong)
		}
		if n := inAnySpan(p.past[otp.Web]); n > 10 {
			t.Errorf("%d failures were evaluated within 30 days", n)
		}
	})
}

// inAnySpan is the largest number of failed short codes in any 30 days.
func inAnySpan(past []otp.Past) int {
	most := 0
	for _, from := range past {
		n := 0
		for _, p := range past {
			if !p.Accepted && p.Form != otp.Long && !p.At.Before(from.At) && p.At.Sub(from.At) < 30*day {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestSuccessKeepsTheLogAndEndsTheRow(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		p.fail(otp.Web, 4)
		v := p.visit(otp.Web)
		m := v.mail()
		v.want(m.digits, otp.Accepted)
		p.fail(otp.Web, 1)
		if m := p.visit(otp.Web).mail(); m.Form != otp.Long {
			t.Errorf("after 4 failures, a success and a failure a mail carries a %s code: the success cleared the log", m.Form)
		}
	})
}

func TestFiftyFailuresInARow(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		for range 12 { // four a month for a year
			p.fail(otp.Web, 4)
			w.advance(30 * day)
		}
		v := p.visit(otp.Web)
		m := v.mail()
		v.want(wrong(v), otp.Wrong) // 49
		w.advance(second)
		v.want(m.digits, otp.Accepted)
		w.advance(30 * day)
		for range 12 {
			p.fail(otp.Web, 4)
			w.advance(30 * day)
		}
		v, open := p.visit(otp.Web), p.visit(otp.Web)
		v.mail()
		waiting := open.mail()
		v.want(wrong(v), otp.Wrong)
		v.want(wrong(v), otp.Wrong) // 50
		open.want(waiting.digits, otp.Streak)

		w.advance(30 * day)
		v = p.visit(otp.Web)
		m = v.mail()
		if m.Form != otp.Long {
			t.Fatalf("after 50 failures in a row a mail carries a %s code: the owner is locked out", m.Form)
		}
		v.want(m.digits, otp.Accepted)
		w.advance(30 * day)
		v = p.visit(otp.Web)
		if m = v.mail(); m.Form != otp.Short {
			t.Fatalf("after a proven mailbox a mail carries a %s code", m.Form)
		}
		v.want(m.digits, otp.Accepted)
	})
}

func TestFiveFailuresMakeTheNextMailLong(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, purpose := range []otp.Purpose{otp.Web, otp.Phone} {
			p := w.person()
			p.fail(purpose, 5)
			v := p.visit(purpose)
			m := v.mail()
			if m.Form != otp.Long {
				t.Errorf("%s: after 5 failures a mail carries a %s code", purpose, m.Form)
			}
			v.want(m.digits, otp.Accepted)
		}
	})
}

func TestBudgetsOfPurposesAreSeparate(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range []struct{ spent, other otp.Purpose }{{otp.Web, otp.Phone}, {otp.Phone, otp.Web}} {
			p := w.person()
			p.fail(c.spent, 5)
			v := p.visit(c.other)
			m := v.mail()
			if m.Form != otp.Short {
				t.Errorf("failures of %s turned the mails of %s long", c.spent, c.other)
			}
			v.want(wrong(v), otp.Wrong)
			v.want(m.digits, otp.Accepted)
		}
	})
}

func TestPhoneBudgetIsFive(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		call := p.visit(otp.Phone)
		m := call.mail()
		for range 5 {
			call.want(wrong(call), otp.Wrong)
		}
		next := p.visit(otp.Phone)
		next.want(m.digits, otp.Budget)
		next.want(next.mailLong().digits, otp.Accepted)
	})
}

// A count may fall only if both memories lose data.
func TestBudgetSurvivesEitherMemory(t *testing.T) {
	spend := func(p *person) (*visit, mail) {
		v, w := p.visit(otp.Web), p.visit(otp.Web)
		v.mail()
		m := w.mail()
		for range 5 {
			v.want(wrong(v), otp.Wrong)
		}
		for range 4 {
			w.want(wrong(w), otp.Wrong)
		}
		return w, m
	}
	t.Run("store lost", func(t *testing.T) {
		worlds(t, func(t *testing.T, w *world) {
			p := w.person()
			spend(p)
			w.lose(p.tag, otp.Web)
			v := p.visit(otp.Web)
			if m := v.mail(); m.Form != otp.Long {
				t.Errorf("a mail carries a %s code", m.Form)
			}
			// A code from elsewhere in the same minute: one guess is left, not ten.
			m := v.mailForgetful()
			v.want(wrong(v), otp.Wrong)
			v.want(m.digits, otp.Budget)
		})
	})
	t.Run("store lost after many successes", func(t *testing.T) {
		worlds(t, func(t *testing.T, w *world) {
			p := w.person()
			v, _ := spend(p)
			v.want(wrong(v), otp.Wrong)
			for range 2 * otp.PastKept {
				u := p.visit(otp.Web)
				u.want(u.mail().digits, otp.Accepted)
			}
			p.past[otp.Web] = newestOfEach(p.past[otp.Web])
			w.lose(p.tag, otp.Web)
			v = p.visit(otp.Web)
			if m := v.mail(); m.Form != otp.Long {
				t.Errorf("a mail carries a %s code", m.Form)
			}
			// A code from elsewhere in the same minute: no guess is left.
			m := v.mailForgetful()
			v.want(wrong(v), otp.Budget)
			v.want(m.digits, otp.Budget)
		})
	})
	t.Run("audit lost", func(t *testing.T) {
		worlds(t, func(t *testing.T, w *world) {
			p := w.person()
			v, m := spend(p)
			p.past[otp.Web] = nil
			v.want(wrong(v), otp.Wrong)
			other := p.visit(otp.Web)
			p.past[otp.Web] = nil
			if mm := other.mail(); mm.Form != otp.Long {
				t.Errorf("a mail carries a %s code", mm.Form)
			}
			other.want(m.digits, otp.NoCode)
		})
	})
	t.Run("store lost, then audit lost", func(t *testing.T) {
		worlds(t, func(t *testing.T, w *world) {
			p := w.person()
			spend(p)
			w.lose(p.tag, otp.Web)
			p.visit(otp.Web).mail() // the store learns what the audit table knew
			p.past[otp.Web] = nil
			if m := p.visit(otp.Web).mail(); m.Form != otp.Long {
				t.Errorf("a mail carries a %s code", m.Form)
			}
		})
	})
	t.Run("row of failures", func(t *testing.T) {
		worlds(t, func(t *testing.T, w *world) {
			p := w.person()
			for range 60 { // long before the 30 days
				p.past[otp.Web] = append(p.past[otp.Web], otp.Past{Attempt: random16(), At: w.now.Add(-100 * day)})
			}
			if m := p.visit(otp.Web).mail(); m.Form != otp.Long {
				t.Errorf("a mail carries a %s code", m.Form)
			}
			p.past[otp.Web] = nil
			if m := p.visit(otp.Web).mail(); m.Form != otp.Long {
				t.Errorf("once the audit table is lost, a mail carries a %s code", m.Form)
			}
		})
	})
}

// newestOfEach is what a store must be told of past guesses, newest first.
func newestOfEach(past []otp.Past) (told []otp.Past) {
	taken := map[bool]int{}
	for _, p := range slices.Backward(past) {
		if taken[p.Accepted]++; taken[p.Accepted] <= otp.PastKept {
			told = append(told, p)
		}
	}
	return told
}

func TestPastCountsOnceAndInAnyOrder(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.person()
		p.fail(otp.Web, 4)
		past := p.past[otp.Web]
		doubled := slices.Concat(past, past)
		slices.Reverse(doubled)
		doubled = append(doubled,
			otp.Past{Attempt: random16(), At: w.now.Add(-30 * day)},                // too old
			otp.Past{Attempt: random16(), At: w.now.Add(-hour), Form: otp.Long},    // a long code
			otp.Past{Attempt: random16(), At: w.now.Add(-3 * day), Accepted: true}, // a success
			otp.Past{Attempt: random16(), At: w.now.Add(-31 * day), Form: otp.Short})
		p.past[otp.Web] = doubled
		if m := p.visit(otp.Web).mail(); m.Form != otp.Short {
			t.Errorf("four failures, told many times, turned a mail %s", m.Form)
		}
	})
}
