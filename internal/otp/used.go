package otp

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"
)

// used is a hash of a code's MAC, so that only who has code and pepper can compute it. It
// is of the MAC under which the code was stored: the same whatever keys live when the code
// is guessed.
func used(mac [32]byte) [16]byte {
	h := sha256.Sum256(append([]byte("used code\x00"), mac[:]...))
	return [16]byte(h[:])
}

// usedIn finds an acceptance among past guesses, or returns -1.
func usedIn(past []Past, code [16]byte) int {
	return slices.IndexFunc(past, func(p Past) bool { return p.Accepted && p.Attempt == code })
}

// unused is the attempt as the store may judge it. A store that forgot what it consumed (a
// replica that had not heard of it was promoted, a disk was put back) would accept the
// code once more; so a code whose acceptance the audit table remembers is replaced by one
// that nobody was mailed, and the guess is charged and refused like any other.
func (a Attempt) unused() Attempt {
	a.MACs = slices.Clone(a.MACs)
	for i := range a.MACs {
		if usedIn(a.Past, used(a.MACs[i])) >= 0 {
			rand.Read(a.MACs[i][:])
		}
	}
	return a
}

// Stands tells whether an acceptance holds against the audit table, read after its row was
// committed: past is newest first. It is the last word on what the store cannot know when
// it forgets between two guesses that are judged side by side. The code (Verdict.Used) was
// accepted once, and the failures recorded before it had left the person a guess. Of several
// acceptances of one code at most one stands.
func (a Attempt) Stands(code [16]byte, past []Past, now time.Time) bool {
	at := usedIn(past, code)
	if at < 0 || usedIn(past[at+1:], code) >= 0 {
		return false
	}
	if a.Form == Long {
		return true
	}
	var s state
	s.unite(recall(past[at+1:]), now.UnixMilli())
	return len(s.Failures) < rulesOf(a.Purpose).failuresMax && s.Streak < streakMax
}
