package doctor_test

import (
	"testing"
	"time"

	"exposure/internal/doctor"
	"exposure/internal/reset"
)

// TestTheKitInTheShop is looked at by its last report, and weighs more once anybody is ordered.
func TestTheKitInTheShop(t *testing.T) {
	kit := func(on bool, ago time.Duration, findings ...string) []reset.Kit {
		return []reset.Kit{{Client: "kit", At: time.Now().Add(-ago), Version: "1.0.0", On: on, Findings: findings}}
	}
	for name, c := range map[string]struct {
		shop     doctor.Shop
		severity doctor.Severity
		want     string
	}{
		"works":            {doctor.Shop{Kits: kit(true, time.Minute), Ordered: true}, doctor.OK, "the kit in the shop (kit, version 1.0.0) works"},
		"found something":  {doctor.Shop{Kits: kit(true, time.Minute, "ids", "clock")}, doctor.Warning, "the kit in the shop found: ids, clock"},
		"only watches":     {doctor.Shop{Kits: kit(false, 0)}, doctor.Note, "only watches"},
		"watches, ordered": {doctor.Shop{Kits: kit(false, 0), Ordered: true}, doctor.Error, "only watches"},
		"silent":           {doctor.Shop{Kits: kit(true, time.Hour)}, doctor.Warning, "last reported at"},
		"silent, ordered":  {doctor.Shop{Kits: kit(true, time.Hour), Ordered: true}, doctor.Error, "last reported at"},
		"never, ordered":   {doctor.Shop{Ordered: true}, doctor.Error, "none has reported yet"},
		"not read":         {doctor.Shop{Unread: true}, doctor.Warning, "could not be read"},
	} {
		c.shop.Kind = "plugin"
		got := doctor.Examine(t.Context(), doctor.Installation{Shop: c.shop})
		if text := printed(t, got); !find(got, "connector", c.severity, c.want) {
			t.Errorf("%s: want %s with %q, got\n%s", name, c.severity, c.want, text)
		}
	}
}
