package otp

import (
	"encoding/base64"
	"slices"
)

// state is everything remembered about one address and purpose. Times are milliseconds
// since 1970 on the store's clock; ids are base64url. The JSON names are those of the
// scripts, which drop empty lists because Lua cannot tell them from empty objects.
type state struct {
	Failures      []failure      `json:"f,omitempty"` // newest last
	Streak        int            `json:"c,omitempty"` // failures in a row
	StreakAt      int64          `json:"d,omitempty"` // of the last of them
	Mails         []int64        `json:"m,omitempty"` // newest last; no more than the rule needs
	Verifications []verification `json:"v,omitempty"` // oldest first
	Short         []code         `json:"s,omitempty"`
	Long          []code         `json:"l,omitempty"`
	Verdicts      []remembered   `json:"r,omitempty"` // oldest first
}

// apart takes the verifications out that no short code was mailed for. Stores keep each by
// itself, for as long as it is remembered: anybody begins as many about an address as they
// like, which must neither make one forgotten before its time, or it would have five more
// tries, nor make the state of the address grow, nor keep out whoever types a long code next.
func (s state) apart() (rest state, alone []verification) {
	rest = s
	rest.Verifications = keep(s.Verifications, func(v verification) bool { return v.Issued })
	return rest, keep(s.Verifications, func(v verification) bool { return !v.Issued })
}

type failure struct {
	Attempt string `json:"a"`
	At      int64  `json:"t"`
}

type verification struct {
	Nonce    string `json:"n"`
	Expires  int64  `json:"e"`
	Tries    int    `json:"t,omitempty"`
	Issued   bool   `json:"i,omitempty"` // a short code was mailed for it
	Consumed bool   `json:"u,omitempty"`
}

// code is a live code. A guess brings the selector; the proof is what only somebody who
// knows the code and the pepper can compute as well.
type code struct {
	Slot     string `json:"o"`
	Holder   string `json:"n,omitempty"` // nonce of the verification; empty: the address
	Selector string `json:"p"`
	Proof    string `json:"q"`
	Expires  int64  `json:"e"`
}

// remembered is a ruling kept for the repeat of a call whose reply was lost.
type remembered struct {
	Attempt string `json:"a"`
	Reason  Reason `json:"k"`
	Left    int    `json:"n,omitempty"`
	Proof   string `json:"q,omitempty"`
	Expires int64  `json:"e"`
}

// remembered tells whether a verification is kept: beyond its end, so that it stays ended.
func (v verification) remembered(now int64) bool {
	return now < v.Expires+verificationGrace.Milliseconds()
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// halves splits a MAC into what a guess sends and what an acceptance must show.
func halves(mac [32]byte) (selector, proof string) { return encode(mac[:16]), encode(mac[16:]) }

// purged is a copy of s without what is over at now.
func (s state) purged(now int64) state {
	s.Failures = keep(s.Failures, func(f failure) bool { return now-f.At < budgetSpan.Milliseconds() })
	s.Mails = keep(s.Mails, func(at int64) bool { return now-at < mailSpan.Milliseconds() })
	s.Verifications = keep(s.Verifications, func(v verification) bool { return v.remembered(now) })
	live := func(c code) bool { return now < c.Expires }
	s.Short, s.Long = keep(s.Short, live), keep(s.Long, live)
	s.Verdicts = keep(s.Verdicts, func(r remembered) bool { return now < r.Expires })
	if now-s.StreakAt >= streakLife.Milliseconds() {
		s.Streak, s.StreakAt = 0, 0
	}
	return s
}

// keep copies what satisfies the condition; an empty result is nil.
func keep[T any](list []T, ok func(T) bool) []T {
	var kept []T
	for _, x := range list {
		if ok(x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// until is when the last of s is over: the life of its key.
func (s state) until() int64 {
	var last int64
	for _, f := range s.Failures {
		last = max(last, f.At+budgetSpan.Milliseconds())
	}
	for _, at := range s.Mails {
		last = max(last, at+mailSpan.Milliseconds())
	}
	for _, v := range s.Verifications {
		last = max(last, v.Expires+verificationGrace.Milliseconds())
	}
	for _, c := range slices.Concat(s.Short, s.Long) {
		last = max(last, c.Expires)
	}
	for _, r := range s.Verdicts {
		last = max(last, r.Expires)
	}
	if s.Streak > 0 {
		last = max(last, s.StreakAt+streakLife.Milliseconds())
	}
	return last
}

// log adds a failure in order of time, unless it is known, and keeps the newest. Those
// decide every limit: the tenth newest is in the span exactly when ten are.
func (s *state) log(f failure) {
	if s.failed(f.Attempt) {
		return
	}
	i := len(s.Failures)
	for i > 0 && s.Failures[i-1].At > f.At {
		i--
	}
	s.Failures = slices.Insert(s.Failures, i, f)
	if over := len(s.Failures) - failuresKept; over > 0 {
		s.Failures = slices.Delete(s.Failures, 0, over)
	}
}

// failed tells whether an attempt is among the failures.
func (s *state) failed(attempt string) bool {
	return slices.ContainsFunc(s.Failures, func(f failure) bool { return f.Attempt == attempt })
}

// unite adds what the audit table remembers.
func (s *state) unite(h history, now int64) {
	for _, f := range h.failures {
		if now-f.At < budgetSpan.Milliseconds() {
			s.log(f)
		}
	}
	if h.streak > s.Streak {
		s.Streak, s.StreakAt = h.streak, now
	}
}

// history is what decides in a list of past guesses.
type history struct {
	failures []failure // oldest first, at most failuresKept
	streak   int       // failures since the last acceptance
}

func recall(past []Past) history {
	var accepted int64
	for _, p := range past {
		if p.Accepted {
			accepted = max(accepted, p.At.UnixMilli())
		}
	}
	var all state
	var h history
	seen := map[[16]byte]bool{}
	for _, p := range past {
		if p.Accepted || p.Form == Long || seen[p.Attempt] {
			continue
		}
		seen[p.Attempt] = true
		all.log(failure{Attempt: encode(p.Attempt[:]), At: p.At.UnixMilli()})
		if p.At.UnixMilli() >= accepted {
			h.streak++
		}
	}
	h.failures = all.Failures
	return h
}

// find returns the verification's place, or -1.
func (s *state) find(nonce string) int {
	return slices.IndexFunc(s.Verifications, func(v verification) bool { return v.Nonce == nonce })
}
