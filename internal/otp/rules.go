package otp

import (
	"fmt"
	"strings"
	"time"
)

// The numbers. They exist once: the scripts get them from header.
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

// header defines the numbers for the scripts, durations in milliseconds.
func header() string {
	var b strings.Builder
	b.WriteString("local R = {")
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"tries_max", triesMax}, {"streak_max", streakMax}, {"long_from_failures", longFromFailures},
		{"long_from_mail", longFromMail}, {"short_max", shortMax}, {"holders_max", holdersMax},
		{"long_max", longMax}, {"failures_kept", failuresKept}, {"verdicts_max", verdictsMax},
		{"verification_life", verificationLife.Milliseconds()}, {"verification_grace", verificationGrace.Milliseconds()},
		{"long_life", longLife.Milliseconds()}, {"mail_span", mailSpan.Milliseconds()},
		{"budget_span", budgetSpan.Milliseconds()}, {"streak_life", streakLife.Milliseconds()},
		{"verdict_life", verdictLife.Milliseconds()},
	} {
		fmt.Fprintf(&b, "%s=%d,", n.name, n.value)
	}
	for _, p := range []Purpose{Web, Phone} {
		r := rulesOf(p)
		fmt.Fprintf(&b, "%s={failures_max=%d,code_life=%d,shared=%t},", p, r.failuresMax, r.codeLife.Milliseconds(), r.shared)
	}
	b.WriteString("}\n")
	return b.String()
}
