package otp

import (
	"strconv"
	"strings"
	"time"
)

// The numbers. They exist once: numbered writes them into the scripts.
const (
	triesMax         = 5  // tries of one verification, right or wrong
	streakMax        = 50 // failures in a row after which no short code is evaluated
	longFromFailures = 5  // failures in budgetSpan from which mails carry long codes
	longFromMail     = 3  // from this mail in mailSpan on, mails carry long codes
	shortMax         = 3  // live short codes of one verification
	holdersMax       = 3  // verifications that may hold short codes at a time
	longMax          = 8  // live long codes of one address
	failuresKept     = 10 // newest failures kept: the largest budget, so none is missed
	verdictsMax      = 32 // verdicts kept for repeats; acceptances are never dropped
	maxMACs          = 64 // MACs of one guess: eight keys and eight secrets

	// PastKept is how many failures, and how many acceptances, of the newest a store must be
	// told. They are counted apart, or successes would push failures out. So many failures
	// decide every budget; of acceptances it is far more than there are live codes.
	PastKept = max(streakMax, failuresKept)

	verificationLife  = 60 * time.Minute
	verificationGrace = 30 * time.Minute // an ended verification is remembered, so that it stays ended
	longLife          = 24 * time.Hour
	mailSpan          = 24 * time.Hour
	budgetSpan        = 30 * 24 * time.Hour
	streakLife        = 366 * 24 * time.Hour
	verdictLife       = 60 * time.Second
)

// rules are the numbers that differ between purposes.
type rules struct {
	failuresMax int           // evaluated failures in budgetSpan
	codeLife    time.Duration // of a short code, from the moment its mail is handed over
	// shared codes are valid in every call about the address, so that a caller may hang
	// up and call again; the others only in the verification they were mailed for.
	shared bool
}

func rulesOf(p Purpose) rules {
	if p == Phone {
		return rules{failuresMax: 5, codeLife: 60 * time.Minute, shared: true}
	}
	return rules{failuresMax: 10, codeLife: 30 * time.Minute}
}

// holder is whom a short code belongs to.
func (r rules) holder(nonce string) string {
	if r.shared {
		return ""
	}
	return nonce
}

// numbered writes the numbers into a script where it names them, durations in milliseconds. A
// table of them would be made anew by every call.
func numbered(script string) string {
	names := []string{
		"R.tries_max", strconv.Itoa(triesMax),
		"R.streak_max", strconv.Itoa(streakMax),
		"R.long_from_failures", strconv.Itoa(longFromFailures),
		"R.long_from_mail", strconv.Itoa(longFromMail),
		"R.short_max", strconv.Itoa(shortMax),
		"R.holders_max", strconv.Itoa(holdersMax),
		"R.long_max", strconv.Itoa(longMax),
		"R.failures_kept", strconv.Itoa(failuresKept),
		"R.verdicts_max", strconv.Itoa(verdictsMax),
		"R.verification_life", inMilliseconds(verificationLife),
		"R.verification_grace", inMilliseconds(verificationGrace),
		"R.long_life", inMilliseconds(longLife),
		"R.mail_span", inMilliseconds(mailSpan),
		"R.budget_span", inMilliseconds(budgetSpan),
		"R.streak_life", inMilliseconds(streakLife),
		"R.verdict_life", inMilliseconds(verdictLife),
	}
	for _, p := range []Purpose{Web, Phone} {
		r, name := rulesOf(p), "R."+string(p)
		names = append(names,
			name+"_failures_max", strconv.Itoa(r.failuresMax),
			name+"_code_life", inMilliseconds(r.codeLife),
			name+"_shared", strconv.FormatBool(r.shared),
		)
	}
	return strings.NewReplacer(names...).Replace(script)
}

func inMilliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
