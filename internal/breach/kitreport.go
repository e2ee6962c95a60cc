package breach

import "time"

// A kit in the shop works by a list that tells since when each state holds, in whole
// seconds, and names that time in what it reports. So what it says can be told apart from
// what it said before something newer happened.

// KitBarred notes that a kit made the old password and all sessions worthless by the list
// that named this time. It tells whether that is news: not for what was noted before, nor
// for a bar from before the order or before a newer password was seen, which it did not
// touch.
func (r Reset) KitBarred(since, at time.Time) (Reset, bool) {
	from := r.Ordered
	if r.Unverified.After(from) {
		from = r.Unverified
		if r.Since.Before(from) { // a connector of another kind saw it again: no list names that time
			from = r.Since
		}
	}
	if !r.Barred.IsZero() || since.Before(from.Truncate(time.Second)) || since.After(r.Since.Truncate(time.Second)) {
		return r, false
	}
	next, err := r.Bar(at)
	return next, err == nil
}

// KitChanged notes that a kit found a password again where it had made one worthless by the
// list that named this time, which the shop's own ticket page did not set. It tells whether
// that is news, and never ends the reset: while a redeemed ticket may still be completed it
// is not. What is told in the second in which the state began is passed over, because the
// list could not name another time: the kit makes that password worthless all the same.
func (r Reset) KitChanged(since time.Time, fingerprint []byte, at time.Time) (Reset, bool) {
	began := r.Since.Truncate(time.Second)
	switch {
	case !r.State.Barred() || !since.Equal(began) || at.Before(began.Add(time.Second)):
		return r, false
	case r.State == ResetTicketIssued && r.redeemed(RedeemedLife, at):
		return r, false
	case len(fingerprint) == 0 || SamePassword(r.Fingerprint, fingerprint):
		return r, false
	}
	next := r.Observe(fingerprint, at)
	next.Since = at // also after an earlier such change: by a new time in the list the kit bars anew
	return next, true
}
