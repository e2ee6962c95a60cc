package breach

import "time"

// OfficeHours says when the help line is answered. All arithmetic is done in Zone.
type OfficeHours struct {
	Zone     *time.Location
	Days     [7]bool       // by time.Weekday
	From     time.Duration // since midnight
	To       time.Duration // since midnight, exclusive: at To the line is closed
	Holidays map[Date]bool // public holidays
	Closures map[Date]bool // the shop's own closing days
}

// Date is a calendar day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the calendar day of t in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// nextOpenHorizon bounds the search for the next opening: a line that stays closed
// longer than this has no next opening worth announcing.
const nextOpenHorizon = 62

// Open tells whether the line is answered at t.
func (h OfficeHours) Open(t time.Time) bool {
	t = t.In(h.Zone)
	return h.openOn(t) && !t.Before(h.at(t, h.From)) && t.Before(h.at(t, h.To))
}

// OpenWithin tells whether the line is answered at t, opens within the margin after it, or
// was shut within the margin before it. A margin is at most a day.
func (h OfficeHours) OpenWithin(t time.Time, margin time.Duration) bool {
	t = t.In(h.Zone)
	for _, days := range []int{-1, 0, 1} { // a margin may reach over midnight
		day := t.AddDate(0, 0, days)
		if h.openOn(day) && !t.Before(h.at(day, h.From).Add(-margin)) && t.Before(h.at(day, h.To).Add(margin)) {
			return true
		}
	}
	return false
}

// NextOpen is the next time after t at which the line opens, or nil if there is
// none within two months.
func (h OfficeHours) NextOpen(t time.Time) *time.Time {
	t = t.In(h.Zone)
	for range nextOpenHorizon {
		if open := h.at(t, h.From); h.openOn(t) && open.After(t) {
			return &open
		}
		t = h.at(t.AddDate(0, 0, 1), 0)
	}
	return nil
}

// DueAfter is when the line closes on the n-th day of business after the day of t, nil if
// there are not so many within two months.
func (h OfficeHours) DueAfter(t time.Time, n int) *time.Time {
	t = t.In(h.Zone)
	for range nextOpenHorizon {
		t = h.at(t.AddDate(0, 0, 1), 0)
		if !h.openOn(t) {
			continue
		}
		if n--; n == 0 {
			due := h.at(t, h.To)
			return &due
		}
	}
	return nil
}

func (h OfficeHours) openOn(t time.Time) bool {
	d := DateOf(t)
	return h.Days[t.Weekday()] && !h.Holidays[d] && !h.Closures[d]
}

func (h OfficeHours) at(day time.Time, since time.Duration) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, int(since/time.Hour), int(since%time.Hour/time.Minute), 0, 0, h.Zone)
}
