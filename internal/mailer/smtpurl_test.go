package mailer_test

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/mailer"
)

func TestSMTPURL(t *testing.T) {
	for _, good := range []string{
		"smtp://mail.example.jp", "smtp://user:p%40ss@mail.example.jp:2525", "smtps://user:pass@mail.example.jp",
		"smtp://127.0.0.1:25?starttls=none", "smtp://user:pass@[::1]:25?starttls=none", "smtp://mail.example.jp/?starttls=opportunistic",
		"smtp://mail.example.jp?starttls=none",
	} {
		if _, err := mailer.NewSMTP(mailer.SMTPConfig{URL: good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "mail.example.jp:25", "http://mail.example.jp", "smtp://", "smtp://u:canary@/x", "smtp://u:canary@h:0", "smtp://u:canary@h:99999",
		"smtp://u:canary@h/path", "smtp://u:canary@h?starttls=maybe", "smtp://u:canary@h?tls=1", "smtp://u:canary@h?starttls=none&starttls=none",
		"smtps://u:canary@h?starttls=none", "smtp://u:canary@h#x", "smtp://u:canary@mail.example.jp?starttls=none", "smtp://u:canary@h:port",
		"smtp://u:can%ary@h", "smtp://u:canary@h?starttls=%zz",
	} {
		_, err := mailer.NewSMTP(mailer.SMTPConfig{URL: bad})
		if !errors.Is(err, mailer.ErrURL) || strings.Contains(err.Error(), "can") && !strings.Contains(err.Error(), "cannot") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v; want ErrURL without the password", bad, err)
		}
	}
}

// TestStartTLSIsRequired unless the server is this machine or the URL says otherwise.
func TestStartTLSIsRequired(t *testing.T) {
	for url, want := range map[string]string{
		"smtp://mail.example.jp":                        "TLSMandatory",
		"smtp://10.0.0.1":                               "TLSMandatory",
		"smtp://localhost.example.jp":                   "TLSMandatory",
		"smtp://mail.example.jp?starttls=opportunistic": "TLSOpportunistic",
		"smtp://mail.example.jp?starttls=none":          "NoTLS",
		"smtp://localhost":                              "TLSOpportunistic",
		"smtp://127.0.0.2":                              "TLSOpportunistic",
		"smtp://[::1]":                                  "TLSOpportunistic",
		"smtp://127.0.0.1?starttls=required":            "TLSMandatory",
	} {
		if got, err := mailer.StartTLS(url); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", url, got, err, want)
		}
	}
}
