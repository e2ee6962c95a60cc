package otp_test

import (
	"slices"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// TestALongCodeEndsWithItsDays: for as long as it is good it is told, also by clocks that are
// an hour apart; four days on nobody can make it good again, whatever they write into the store.
func TestALongCodeEndsWithItsDays(t *testing.T) {
	keys, tag := keyed{"k"}, breach.Tag(random32())
	good := func(mailed, now time.Time) bool {
		return slices.Contains(otp.LongMACs(keys, otp.Web, tag, "12345678901234567890", now), otp.LongMAC(keys, otp.Web, tag, "12345678901234567890", mailed))
	}
	for start := range 96 { // hours
		mailed := someday.Add(time.Duration(start) * time.Hour)
		for age := -1; age <= 25; age++ {
			if !good(mailed, mailed.Add(time.Duration(age)*time.Hour)) {
				t.Errorf("mailed in hour %d it is not known after %d hours", start, age)
			}
		}
		for _, age := range []time.Duration{96 * time.Hour, 120 * time.Hour, 366 * 24 * time.Hour} {
			if good(mailed, mailed.Add(age)) {
				t.Errorf("mailed in hour %d it is good after %v", start, age)
			}
		}
	}
}
