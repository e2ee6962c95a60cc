package web

import (
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// day says a day: 2023年7月25日, 25 July 2023.
func (d *renderer) day(t time.Time) string {
	if d.locale == breach.English {
		return t.Format("2 January 2006")
	}
	return t.Format("2006年1月2日")
}

// monthDay says a day of the incident's own year: 4月5日, 5 April.
func (d *renderer) monthDay(t time.Time) string {
	if d.locale == breach.English {
		return t.Format("2 January")
	}
	return t.Format("1月2日")
}

// opening says when the help line opens: 8月14日（月）10:00, Mon 14 Aug, 10:00 (JST).
func (d *renderer) opening(t time.Time) string {
	if d.locale == breach.English {
		return t.Format("Mon 2 Jan, 15:04 (MST)")
	}
	week := [...]string{"日", "月", "火", "水", "木", "金", "土"}
	return fmt.Sprintf("%s（%s）%s", t.Format("1月2日"), week[t.Weekday()], t.Format("15:04"))
}

// asOf says when a result was true: 2023年7月25日 12:00.
func (d *renderer) asOf(t time.Time) string {
	if d.locale == breach.English {
		return t.Format("2 January 2006, 15:04 (MST)")
	}
	return t.Format("2006年1月2日 15:04")
}

// clock says a time of today, or of another day with the day.
func (d *renderer) clock(t, now time.Time) string {
	if breach.DateOf(t) == breach.DateOf(now.In(t.Location())) {
		return wording.Clock(t, d.locale)
	}
	return wording.DayClock(t, d.locale)
}
