package doctor_test

import (
	"strings"
	"testing"

	"exposure/internal/doctor"
	"exposure/internal/reset/eccube"
)

// TestTheWayToTheShop is looked at, nothing is sent over it, and no secret is repeated.
func TestTheWayToTheShop(t *testing.T) {
	listening := listen(t, nil)
	listening.Path = "/CANARY"
	unreachable, err := eccube.New(eccube.Config{
		DSN:         "eccube2:postgres://u:CANARY@127.0.0.1:1/shop?sslmode=disable",
		Fingerprint: func(string, []byte) []byte { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unreachable.Close()
	for name, c := range map[string]struct {
		shop     doctor.Shop
		severity doctor.Severity
		want     string
	}{
		"none":                  {doctor.Shop{Kind: "none"}, doctor.Note, "there is no connector"},
		"plugin":                {doctor.Shop{Kind: "plugin"}, doctor.Note, "none has reported yet"},
		"webhook":               {doctor.Shop{Kind: "webhook", Webhook: listening.String()}, doctor.OK, "something listens"},
		"no webhook there":      {doctor.Shop{Kind: "webhook", Webhook: "http://127.0.0.1:1/CANARY"}, doctor.Warning, "nothing listens"},
		"webhook at metadata":   {doctor.Shop{Kind: "webhook", Webhook: "https://169.254.169.254/CANARY"}, doctor.Error, "EXPOSURE_CONNECTOR"},
		"database out of reach": {doctor.Shop{Kind: "eccube2", Direct: unreachable}, doctor.Error, "does not answer"},
		"database not opened":   {doctor.Shop{Kind: "eccube4"}, doctor.Warning, "could not be looked at"},
	} {
		got := doctor.Examine(t.Context(), doctor.Installation{Shop: c.shop})
		if text := printed(t, got); !find(got, "connector", c.severity, c.want) || strings.Contains(text, "CANARY") {
			t.Errorf("%s: want %s with %q, got\n%s", name, c.severity, c.want, text)
		}
	}
}
