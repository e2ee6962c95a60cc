package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/config"
)

const alarmSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// TestAlarms: where alarms may go and how they are signed; no refusal repeats a secret.
func TestAlarms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(alarmSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		set    func(*config.Serve)
		refuse string // empty: accepted
	}{
		"signed":               {func(s *config.Serve) { s.AlarmURL, s.AlarmSecret = "https://alarm.example.jp/x?k=CANARY", alarmSecret }, ""},
		"a secret in a file":   {func(s *config.Serve) { s.AlarmURL, s.AlarmSecretFile = "https://alarm.example.jp/x", file }, ""},
		"a private address":    {func(s *config.Serve) { s.AlarmURL = "https://10.0.0.9/x" }, ""},
		"on this machine":      {func(s *config.Serve) { s.AlarmURL = "http://127.0.0.1:9093/x" }, ""},
		"private without TLS":  {func(s *config.Serve) { s.AlarmURL = "http://10.0.0.9/CANARY" }, "EXPOSURE_ALARM_URL must begin with https://"},
		"a cloud's metadata":   {func(s *config.Serve) { s.AlarmURL = "https://169.254.169.254/CANARY" }, "EXPOSURE_ALARM_URL names an address that is link-local"},
		"no host":              {func(s *config.Serve) { s.AlarmURL = "https:///CANARY" }, "EXPOSURE_ALARM_URL names no host"},
		"no URL":               {func(s *config.Serve) { s.AlarmURL = "https://alarm.example.jp/%zzCANARY" }, "EXPOSURE_ALARM_URL is no URL"},
		"a short secret":       {func(s *config.Serve) { s.AlarmURL, s.AlarmSecret = "https://alarm.example.jp", "Q0FOQVJZ" }, "EXPOSURE_ALARM_SECRET cannot be used"},
		"a secret for nothing": {func(s *config.Serve) { s.AlarmSecret = alarmSecret }, "EXPOSURE_ALARM_SECRET is set, but EXPOSURE_ALARM_URL is not"},
	} {
		s := good()
		c.set(&s)
		got, err := s.Check()
		switch {
		case c.refuse == "":
			if err != nil || got.Alarm != s.AlarmURL || s.AlarmSecret+s.AlarmSecretFile != "" && got.AlarmSecret != alarmSecret {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.refuse) || strings.Count(err.Error(), "\n") != 1:
			t.Errorf("%s: %v, want %q", name, err, c.refuse)
		case strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "Q0FOQVJZ") || strings.Contains(err.Error(), alarmSecret):
			t.Errorf("%s: the refusal repeats a secret: %v", name, err)
		}
	}
}
