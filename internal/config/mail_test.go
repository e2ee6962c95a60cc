package config_test

import (
	"strings"
	"testing"

	"exposure/internal/config"
)

// TestMailAlone: what a trial mail takes is checked as strictly as for serving, and what
// it does not take is not asked for.
func TestMailAlone(t *testing.T) {
	got, err := config.Serve{SMTPURL: "smtp://mail:25", MailFrom: "Notice@Example.JP"}.CheckMail()
	if err != nil || got.SMTP != "smtp://mail:25" || got.MailFrom != "notice@example.jp" {
		t.Errorf("%q %q %v", got.SMTP, got.MailFrom, err)
	}
	if key, err := got.DKIM(); key != nil || err != nil {
		t.Errorf("a key of no file: %v %v", key, err)
	}
	_, err = config.Serve{DKIMSelector: "s1"}.CheckMail()
	for _, want := range []string{"EXPOSURE_SMTP_URL is not set", "EXPOSURE_DKIM_KEY_FILE"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
}
