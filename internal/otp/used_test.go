package otp_test

import (
	"slices"
	"testing"
	"time"

	"exposure/internal/otp"
)

// TestAStoreThatForgotAcceptsNothingTwice: its state of before the acceptance is put back,
// as by a promoted replica or a restored disk. The audit table knows better: the code is
// compared like any wrong one, and other codes still work.
func TestAStoreThatForgotAcceptsNothingTwice(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, purpose := range []otp.Purpose{otp.Web, otp.Phone} {
			p := w.person()
			v, other := p.visit(purpose), p.visit(purpose)
			short, spare := v.mail(), other.mail()
			long := v.mailLong()
			before := w.dump(p, purpose)
			v.want(short.digits, otp.Accepted)
			w.plant(p, purpose, before)
			v.want(short.digits, otp.Wrong)
			w.plant(p, purpose, before)
			other.want(long.digits, otp.Accepted)
			w.plant(p, purpose, before)
			other.want(long.digits, otp.WrongLong)
			v.want(long.digits, otp.WrongLong)
			other.want(spare.digits, otp.Accepted)
		}
	})
}

// TestStands: what holds once its row is committed.
func TestStands(t *testing.T) {
	w := &world{Store: otp.NewMemory(otp.Config{}), tb: t, now: epoch, back: func(time.Time) {}}
	p := w.person()
	a := p.visit(otp.Web).attempt("12345678")
	long := p.visit(otp.Web).attempt("12345678901234567890")
	phone := p.visit(otp.Phone).attempt("12345678")
	accepted := func(a otp.Attempt) otp.Past { return otp.Past{Attempt: otp.Used(a), At: epoch, Accepted: true} }
	failures := func(n int, ago time.Duration) (all []otp.Past) {
		for range n {
			all = append(all, otp.Past{Attempt: random16(), At: epoch.Add(-ago)})
		}
		return all
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		a    otp.Attempt
		past []otp.Past // newest first
		want bool
	}{
		"alone":                          {a, []otp.Past{accepted(a)}, true},
		"without a row":                  {a, nil, false},
		"another's row":                  {a, []otp.Past{accepted(long)}, false},
		"beside another code":            {a, []otp.Past{accepted(long), accepted(a), accepted(phone)}, true},
		"twice":                          {a, []otp.Past{accepted(a), accepted(long), accepted(a)}, false},
		"a long code twice":              {long, []otp.Past{accepted(long), accepted(long)}, false},
		"after nine failures":            {a, append([]otp.Past{accepted(a)}, failures(9, 0)...), true},
		"after ten failures":             {a, append([]otp.Past{accepted(a)}, failures(10, 29*day)...), false},
		"after ten that are over":        {a, append([]otp.Past{accepted(a)}, failures(10, 31*day)...), true},
		"before ten failures":            {a, append(failures(10, 0), accepted(a)), true},
		"a long code after ten":          {long, append([]otp.Past{accepted(long)}, failures(10, 0)...), true},
		"a phone code after four":        {phone, append([]otp.Past{accepted(phone)}, failures(4, 0)...), true},
		"a phone code after five":        {phone, append([]otp.Past{accepted(phone)}, failures(5, 0)...), false},
		"after ten, a success before":    {a, append(append([]otp.Past{accepted(a)}, failures(10, 0)...), accepted(long)), false},
		"one failure told ten times":     {a, append([]otp.Past{accepted(a)}, slices.Repeat(failures(1, 0), 10)...), true},
		"an acceptance with an old mark": {a, []otp.Past{accepted(a), {Attempt: a.ID, At: epoch, Accepted: true}}, true},
	} {
		if got := c.a.Stands(otp.Used(c.a), c.past, epoch); got != c.want {
			t.Errorf("%s: stands %t", name, got)
		}
	}
}
