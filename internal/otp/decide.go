package otp

import (
	"crypto/subtle"
	"slices"
)

// ruling is a verdict as the store keeps it. Proof is set on an acceptance only.
type ruling struct {
	reason Reason
	left   int
	proof  string
}

// verdict believes an acceptance only if it shows the half of a MAC that the guess kept
// back. So neither a written nor a lying store can have a wrong code accepted, nor can
// the verdict of one code be passed off as that of another.
func (a Attempt) verdict(r ruling) (Verdict, error) {
	v := Verdict{AttemptsLeft: min(max(r.left, 0), triesMax), Reason: r.reason}
	switch r.reason {
	case Accepted:
		code, ok := a.proven(r.proof)
		if !ok {
			return Verdict{}, ErrForged
		}
		v.Accepted, v.Evaluated, v.Used = true, true, used(code)
	case Wrong, WrongLong:
		v.Evaluated = true
	}
	return v, nil
}

// proven finds, in time that does not depend on which, the one of the guess's MACs that
// ends in this proof.
func (a Attempt) proven(shown string) (code [32]byte, ok bool) {
	found := 0
	for _, mac := range a.MACs {
		_, proof := halves(mac)
		same := subtle.ConstantTimeCompare([]byte(proof), []byte(shown))
		subtle.ConstantTimeCopy(same, code[:], mac[:])
		found |= same
	}
	return code, found == 1
}

// decide judges one guess: the specification. The order is the security: nothing is
// compared before it is charged, and nothing is charged twice.
func decide(s state, a Attempt, now int64) (state, ruling) {
	s = s.purged(now)
	id, nonce, rules := encode(a.ID[:]), encode(a.Nonce[:]), rulesOf(a.Purpose)

	// 1. The same call again: its reply was lost.
	for _, r := range s.Verdicts {
		if r.Attempt == id {
			return s, ruling{r.Reason, r.Left, r.Proof}
		}
	}
	// 2. Both memories count, whichever knows more. A failure that either knows was judged
	// long ago: it is not judged again.
	s.unite(recall(a.Past), now)
	i := s.find(nonce)
	if s.failed(id) {
		return s, ruling{reason: Wrong, left: s.left(i, now)}
	}

	// 3. A verification that is over costs nothing more and compares nothing.
	if i >= 0 {
		if over := s.Verifications[i].over(now); over != "" {
			return s, ruling{reason: over}
		}
	} else {
		i = len(s.Verifications)
		s.Verifications = append(s.Verifications, verification{Nonce: nonce, Expires: now + verificationLife.Milliseconds()})
	}
	// 4. Charge.
	v := &s.Verifications[i]
	v.Tries++
	r := ruling{left: triesMax - v.Tries}

	// 5. and 6. Compare.
	switch {
	case a.Form == Long:
		r.reason, r.proof = s.compareLong(v, a, rules)
	case a.Barred:
		r.reason = Barred
	default:
		r.reason, r.proof = s.compareShort(v, a, rules, now)
	}
	s.remember(remembered{Attempt: id, Reason: r.reason, Left: r.left, Proof: r.proof, Expires: now + verdictLife.Milliseconds()})
	return s, r
}

// over says why a verification takes no more guesses, or nothing.
func (v verification) over(now int64) Reason {
	switch {
	case now >= v.Expires:
		return Expired
	case v.Consumed:
		return Consumed
	case v.Tries >= triesMax:
		return Spent
	default:
		return ""
	}
}

// left is how many tries the verification at i still has.
func (s *state) left(i int, now int64) int {
	if i < 0 || s.Verifications[i].over(now) != "" {
		return 0
	}
	return triesMax - s.Verifications[i].Tries
}

// compareShort compares with every live code of the verification, charged once. Without
// a code there is nothing to guess, so the person's budget is not touched.
func (s *state) compareShort(v *verification, a Attempt, rules rules, now int64) (Reason, string) {
	holder := rules.holder(v.Nonce)
	if !slices.ContainsFunc(s.Short, func(c code) bool { return c.Holder == holder }) {
		return NoCode, ""
	}
	if len(s.Failures) >= rules.failuresMax {
		return Budget, ""
	}
	if s.Streak >= streakMax {
		return Streak, ""
	}
	found := -1
	for i, c := range s.Short {
		if c.Holder == holder && c.matches(a.MACs) {
			found = i
		}
	}
	if found < 0 {
		s.log(failure{Attempt: encode(a.ID[:]), At: now})
		s.Streak++
		s.StreakAt = now
		return Wrong, ""
	}
	proof := s.Short[found].Proof
	s.consume(v, rules)
	return Accepted, proof
}

// compareLong compares with the address's long codes. A failure costs a try and no
// budget: 20 digits cannot be guessed, so nobody can use them to keep the owner out.
func (s *state) compareLong(v *verification, a Attempt, rules rules) (Reason, string) {
	found := -1
	for i, c := range s.Long {
		if c.matches(a.MACs) {
			found = i
		}
	}
	if found < 0 {
		return WrongLong, ""
	}
	proof := s.Long[found].Proof
	s.Long = slices.Delete(s.Long, found, found+1)
	s.consume(v, rules)
	return Accepted, proof
}

func (c code) matches(macs [][32]byte) bool {
	same := 0
	for _, mac := range macs {
		selector, proof := halves(mac)
		same |= subtle.ConstantTimeCompare([]byte(c.Selector+c.Proof), []byte(selector+proof))
	}
	return same == 1
}

// consume ends a verification with all its codes. The mailbox is proven, so the row of
// failures ends; the log of 30 days stays, or successes would buy guesses.
func (s *state) consume(v *verification, rules rules) {
	holder := rules.holder(v.Nonce)
	s.Short = keep(s.Short, func(c code) bool { return c.Holder != holder })
	v.Consumed = true
	s.Streak, s.StreakAt = 0, 0
}

// remember keeps a ruling for a repeat. Of too many, the oldest refusal goes: a repeat
// of it would be charged again, but an acceptance is never lost, and never doubled,
// because its code is gone.
func (s *state) remember(r remembered) {
	if len(s.Verdicts) >= verdictsMax {
		if i := slices.IndexFunc(s.Verdicts, func(r remembered) bool { return r.Reason != Accepted }); i >= 0 {
			s.Verdicts = slices.Delete(s.Verdicts, i, i+1)
		}
	}
	s.Verdicts = append(s.Verdicts, r)
}

// revive undoes the consumption of a verification whose right code could not be
// answered. The code stays gone; the next one of this verification costs no try.
func revive(s state, nonce [16]byte, now int64) state {
	s = s.purged(now)
	if i := s.find(encode(nonce[:])); i >= 0 && s.Verifications[i].Consumed {
		s.Verifications[i].Consumed = false
		s.Verifications[i].Tries = max(0, s.Verifications[i].Tries-1)
	}
	return s
}
