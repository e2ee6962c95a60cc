package otp

import (
	"slices"
	"time"
)

// grant is which code a mail carries; an empty form means none.
type grant struct {
	form    Form
	expires int64
}

func (g grant) issued() Issued {
	if g.form == "" {
		return Issued{None: true}
	}
	return Issued{Form: g.form, Expires: time.UnixMilli(g.expires)}
}

// issue lets the code of one mail live: the specification. It never takes a live code
// away: whoever has a mail in the mailbox can use it.
func issue(s state, i Issue, now int64) (state, grant) {
	s = s.purged(now)
	nonce, rules := encode(i.Nonce[:]), rulesOf(i.Purpose)
	s.unite(recall(i.Past), now)

	if g, ok := s.reissue(i, rules, now); ok {
		return s, g
	}
	if s.needsLong(i, rules, nonce, now) {
		if len(s.Long) >= longMax {
			return s, grant{}
		}
		c := code{Slot: i.Slot, Expires: now + longLife.Milliseconds()}
		c.Selector, c.Proof = halves(i.LongMAC)
		s.Long = append(s.Long, c)
		s.mailed(now)
		return s, grant{Long, c.Expires}
	}
	c := code{Slot: i.Slot, Holder: rules.holder(nonce), Expires: s.begin(nonce, rules, now)}
	c.Selector, c.Proof = halves(i.ShortMAC)
	s.Short = append(s.Short, c)
	s.mailed(now)
	return s, grant{Short, c.Expires}
}

// reissue replaces the code of a mail that is being tried again. If it is to be a long one by
// now, a short one stays as well: its mail may have come.
func (s *state) reissue(i Issue, rules rules, now int64) (grant, bool) {
	nonce := encode(i.Nonce[:])
	for n := range s.Short {
		if c := &s.Short[n]; !i.WantLong && c.Slot == i.Slot && c.Holder == rules.holder(nonce) {
			c.Selector, c.Proof = halves(i.ShortMAC)
			c.Expires = s.begin(nonce, rules, now)
			return grant{Short, c.Expires}, true
		}
	}
	for n := range s.Long {
		if c := &s.Long[n]; c.Slot == i.Slot {
			c.Selector, c.Proof = halves(i.LongMAC)
			c.Expires = now + longLife.Milliseconds()
			return grant{Long, c.Expires}, true
		}
	}
	return grant{}, false
}

// withdraw takes the code of a mail that never left away: the specification. The mail still
// counts as one of the day, so that the next ones rather carry long codes.
func withdraw(s state, slot string, now int64) state {
	s = s.purged(now)
	others := func(c code) bool { return c.Slot != slot }
	s.Short, s.Long = keep(s.Short, others), keep(s.Long, others)
	return s
}

// needsLong tells whether a short code would be useless, or one more of them too good
// a target.
func (s *state) needsLong(i Issue, rules rules, nonce string, now int64) bool {
	if i.WantLong || len(s.Mails) >= longFromMail-1 || len(s.Failures) >= longFromFailures || s.Streak >= streakMax {
		return true
	}
	holder, own, others := rules.holder(nonce), 0, []string{}
	for _, c := range s.Short {
		switch {
		case c.Holder == holder:
			own++
		case !slices.Contains(others, c.Holder):
			others = append(others, c.Holder)
		}
	}
	if own >= shortMax || len(others) >= holdersMax {
		return true
	}
	if v := s.find(nonce); !rules.shared && v >= 0 {
		return s.Verifications[v].over(now) != ""
	}
	return false
}

// begin returns when a short code drawn now is over. The first one starts the hour of
// its verification, and none outlives it.
func (s *state) begin(nonce string, rules rules, now int64) int64 {
	expires := now + rules.codeLife.Milliseconds()
	if rules.shared {
		return expires
	}
	i := s.find(nonce)
	if i < 0 {
		s.Verifications = append(s.Verifications, verification{Nonce: nonce})
		i = len(s.Verifications) - 1
	}
	if v := &s.Verifications[i]; !v.Issued {
		v.Issued, v.Expires = true, now+verificationLife.Milliseconds()
	}
	return min(expires, s.Verifications[i].Expires)
}

// mailed counts a mail; more than the rule asks about are not kept.
func (s *state) mailed(now int64) {
	s.Mails = append(s.Mails, now)
	if over := len(s.Mails) - (longFromMail - 1); over > 0 {
		s.Mails = slices.Delete(s.Mails, 0, over)
	}
}
