package breach_test

import (
	"testing"
	"time"

	"exposure/internal/breach"
)

// TestOpenWithin: the margin is before and after the hours of a day on which the line is
// answered, and of no other.
func TestOpenWithin(t *testing.T) {
	hours := load(t, "tougyoku-2023").Contact.Hours
	for at1, want := range map[string]bool{
		"2023-07-25T08:59:59+09:00": false,
		"2023-07-25T09:00:00+09:00": true,
		"2023-07-25T13:00:00+09:00": true,
		"2023-07-25T17:59:59+09:00": true,
		"2023-07-25T18:00:00+09:00": false,
		"2023-07-25T00:00:00Z":      true,  // nine o'clock there
		"2023-08-10T17:30:00+09:00": true,  // before a holiday
		"2023-08-11T09:30:00+09:00": false, // on it
		"2023-08-12T12:00:00+09:00": false, // a Saturday
		"2023-12-28T17:59:59+09:00": true,  // the shop closes over the new year
		"2023-12-29T09:30:00+09:00": false,
		"2024-01-04T09:00:00+09:00": true,
	} {
		if got := hours.OpenWithin(at(t, at1), time.Hour); got != want {
			t.Errorf("%s: %v", at1, got)
		}
		if now := at(t, at1); hours.OpenWithin(now, 0) != hours.Open(now) {
			t.Errorf("%s: without a margin it is not as the line", at1)
		}
	}
	late := breach.OfficeHours{Zone: time.UTC, Days: [7]bool{time.Monday: true}, From: 30 * time.Minute, To: 24 * time.Hour}
	for at1, want := range map[string]bool{"2023-07-23T23:29:59Z": false, "2023-07-23T23:30:00Z": true, "2023-07-25T00:59:59Z": true, "2023-07-25T01:00:00Z": false} {
		if got := late.OpenWithin(at(t, at1), time.Hour); got != want {
			t.Errorf("over midnight, %s: %v", at1, got)
		}
	}
}
