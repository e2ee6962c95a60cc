package breach_test

import (
	"testing"
	"time"

	"exposure/internal/breach"
)

func TestOfficeHours(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	for _, c := range []struct {
		at   string
		open bool
		next string // the next opening after at
	}{
		{"2023-07-25T09:59:59+09:00", false, "2023-07-25T10:00:00+09:00"},
		{"2023-07-25T10:00:00+09:00", true, "2023-07-26T10:00:00+09:00"},
		{"2023-07-25T16:59:59+09:00", true, "2023-07-26T10:00:00+09:00"},
		{"2023-07-25T17:00:00+09:00", false, "2023-07-26T10:00:00+09:00"},
		{"2023-08-10T16:59:59.999+09:00", true, "2023-08-14T10:00:00+09:00"},
		{"2023-08-10T17:00:00+09:00", false, "2023-08-14T10:00:00+09:00"}, // 8/11 is a holiday, then a weekend
		{"2023-08-11T12:00:00+09:00", false, "2023-08-14T10:00:00+09:00"},
		{"2023-08-13T23:59:59+09:00", false, "2023-08-14T10:00:00+09:00"},
		{"2023-09-18T12:00:00+09:00", false, "2023-09-19T10:00:00+09:00"},
		{"2023-10-09T12:00:00+09:00", false, "2023-10-10T10:00:00+09:00"},
		{"2023-11-03T12:00:00+09:00", false, "2023-11-06T10:00:00+09:00"},
		{"2023-11-23T12:00:00+09:00", false, "2023-11-24T10:00:00+09:00"},
		{"2023-12-28T17:00:00+09:00", false, "2024-01-04T10:00:00+09:00"}, // the shop closes over the new year
		{"2023-12-29T12:00:00+09:00", false, "2024-01-04T10:00:00+09:00"},
		{"2024-01-04T10:00:00+09:00", true, "2024-01-05T10:00:00+09:00"},
		{"2023-07-25T01:00:00Z", true, "2023-07-26T10:00:00+09:00"}, // the same instants in UTC
		{"2023-07-25T00:59:59Z", false, "2023-07-25T10:00:00+09:00"},
		{"2023-07-25T08:00:00Z", false, "2023-07-26T10:00:00+09:00"},
	} {
		now := at(t, c.at)
		if got := inc.Contact.Hours.Open(now); got != c.open {
			t.Errorf("%s: open = %v, want %v", c.at, got, c.open)
		}
		next := inc.Contact.Hours.NextOpen(now)
		if next == nil || next.Format(time.RFC3339) != c.next {
			t.Errorf("%s: next open = %v, want %s", c.at, next, c.next)
		}
		contact := inc.ContactAt(now)
		if contact.OpenNow != c.open || (contact.NextOpen == nil) != c.open || contact.Phone != "0120-39-3501" || contact.Email != "otoiawase@tougyoku.co.jp" {
			t.Errorf("%s: the contact is %+v", c.at, contact)
		}
	}
}

func TestShopClosureShutsTheLine(t *testing.T) {
	hours := load(t, "tougyoku-2023").Contact.Hours
	hours.Closures = map[breach.Date]bool{{Year: 2023, Month: 8, Day: 14}: true, {Year: 2023, Month: 8, Day: 15}: true}
	if hours.Open(at(t, "2023-08-14T12:00:00+09:00")) {
		t.Error("the line is open on a day the shop is closed")
	}
	if got := hours.NextOpen(at(t, "2023-08-10T17:00:00+09:00")).Format(time.RFC3339); got != "2023-08-16T10:00:00+09:00" {
		t.Errorf("next open = %s", got)
	}
}

func TestLineThatNeverOpens(t *testing.T) {
	hours := breach.OfficeHours{Zone: time.UTC, From: 10 * time.Hour, To: 17 * time.Hour}
	if next := hours.NextOpen(at(t, "2023-08-10T17:00:00Z")); next != nil {
		t.Errorf("it opens at %v", next)
	}
}

// Over a change of the clock the line opens by the wall, not by elapsed hours.
func TestHoursOverAChangeOfTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	hours := breach.OfficeHours{Zone: zone, Days: [7]bool{true, true, true, true, true, true, true}, From: 10 * time.Hour, To: 17 * time.Hour}
	if got := hours.NextOpen(at(t, "2024-03-30T17:00:00Z")).Format(time.RFC3339); got != "2024-03-31T10:00:00+01:00" {
		t.Errorf("next open = %s", got)
	}
	if hours.Open(at(t, "2024-03-31T16:30:00Z")) || !hours.Open(at(t, "2024-03-31T09:00:00Z")) {
		t.Error("the hours are those of the day before")
	}
}

// TestDaysOfBusiness are counted from the day after, without holidays and closing days.
func TestDaysOfBusiness(t *testing.T) {
	hours := load(t, "tougyoku-2023").Contact.Hours
	for from, want := range map[string]string{
		"2023-07-25T09:00:00+09:00": "2023-07-28T17:00:00+09:00",
		"2023-07-25T23:00:00+09:00": "2023-07-28T17:00:00+09:00",
		"2023-07-25T15:30:00Z":      "2023-07-31T17:00:00+09:00", // the 26th in Japan: 27th, 28th, then a weekend
		"2023-08-09T12:00:00+09:00": "2023-08-15T17:00:00+09:00", // 10th, a holiday, a weekend, 14th, 15th
		"2023-12-28T12:00:00+09:00": "2024-01-09T17:00:00+09:00", // the new year; 8 January is a holiday
	} {
		if due := hours.DueAfter(at(t, from), 3); due == nil || !due.Equal(at(t, want)) {
			t.Errorf("three days after %s: %v, want %s", from, due, want)
		}
	}
	hours.Days = [7]bool{}
	if due := hours.DueAfter(at(t, "2023-07-25T09:00:00+09:00"), 3); due != nil {
		t.Errorf("a line that stays shut: %v", due)
	}
}
