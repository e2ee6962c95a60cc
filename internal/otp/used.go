package otp

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"
)

// Used is by what the audit table knows an accepted code again: the Attempt of its row. It
// is a hash of the code's MAC, so that only who has code and pepper can compute it.
func (a Attempt) Used() [16]byte {
	h := sha256.Sum256(append([]byte("used code\x00"), a.MAC[:]...))
	return [16]byte(h[:])
}

// usedIn finds the acceptance of the code among past guesses, or returns -1.
func (a Attempt) usedIn(past []Past) int {
	used := a.Used()
	return slices.IndexFunc(past, func(p Past) bool { return p.Accepted && p.Attempt == used })
}

// unused is the attempt as the store may judge it. A store that forgot what it consumed (a
// replica that had not heard of it was promoted, a disk was put back) would accept the
// code once more; so a code whose acceptance the audit table remembers is replaced by one
// that nobody was mailed, and the guess is charged and refused like any other.
func (a Attempt) unused() Attempt {
	if a.usedIn(a.Past) >= 0 {
		rand.Read(a.MAC[:])
	}
	return a
}

// Stands tells whether an acceptance holds against the audit table, read after its row was
// committed: past is newest first. It is the last word on what the store cannot know when
// it forgets between two guesses that are judged side by side. The code was accepted
// once, and the failures recorded before it had left the person a guess. Of several
// acceptances of one code at most one stands.
func (a Attempt) Stands(past []Past, now time.Time) bool {
	at := a.usedIn(past)
	if at < 0 || a.usedIn(past[at+1:]) >= 0 {
		return false
	}
	if a.Form == Long {
		return true
	}
	var s state
	s.unite(recall(past[at+1:]), now.UnixMilli())
	return len(s.Failures) < rulesOf(a.Purpose).failuresMax && s.Streak < streakMax
}
