package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := good()
	s.SMTPURL, s.SMTPURLFile = "", file("smtp", "smtps://u:p@mail:465\r\n")
	s.RedisURLFile = file("redis", "redis://:p@redis:6379/0")
	s.DatabaseURLFile = file("db", "sqlite:/var/lib/x.db\n\n")
	got, err := s.Check()
	if err != nil {
		t.Fatal(err)
	}
	if got.SMTP != "smtps://u:p@mail:465" || got.Redis != "redis://:p@redis:6379/0" || got.Database != "sqlite:/var/lib/x.db" {
		t.Errorf("smtp %q redis %q database %q", got.SMTP, got.Redis, got.Database)
	}
	for name, c := range map[string]struct{ value, file, want string }{
		"both":    {"smtp://mail:25", file("both", "smtp://CANARY:25"), "both set"},
		"missing": {"", filepath.Join(dir, "nothing"), "cannot be read"},
		"empty":   {"", file("empty", "\n"), "empty file"},
		"huge":    {"", file("huge", strings.Repeat("CANARY", 10_000)), "too large"},
		"folder":  {"", dir, "cannot be read"},
	} {
		s := good()
		s.SMTPURL, s.SMTPURLFile = c.value, c.file
		if _, err := s.Check(); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestSettingsDoNotPrint(t *testing.T) {
	s := good()
	s.Connector, s.RedisURL = "eccube2:CANARY", "redis://:CANARY@redis:6379"
	got, err := s.Check()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "settings", got, "connector", got.Connector)
	printed := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v %#v", got, got, got, got, s, s, s, got.Connector, got.Connector) + log.String()
	if strings.Contains(printed, "CANARY") {
		t.Errorf("a secret was printed: %s", printed)
	}
}
