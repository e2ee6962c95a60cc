package wording

import (
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Clock says a time of day in t's own zone: 午後2時35分（14:35） or 14:35 (JST).
func Clock(t time.Time, l breach.Locale) string {
	if l == breach.English {
		return t.Format("15:04 (MST)")
	}
	half, hour := "午前", t.Hour()
	if hour >= 12 {
		half, hour = "午後", hour-12
	}
	if t.Minute() == 0 {
		return fmt.Sprintf("%s%d時（%s）", half, hour, t.Format("15:04"))
	}
	return fmt.Sprintf("%s%d時%d分（%s）", half, hour, t.Minute(), t.Format("15:04"))
}

// DayClock is Clock with the day: 7月26日 午後2時5分（14:05） or 14:05 (JST) on 26 July.
func DayClock(t time.Time, l breach.Locale) string {
	if l == breach.English {
		return Clock(t, l) + t.Format(" on 2 January")
	}
	return fmt.Sprintf("%d月%d日 %s", t.Month(), t.Day(), Clock(t, l))
}
