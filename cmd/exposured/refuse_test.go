package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestServeRefusesWhatIsUnsafe: each refusal ends with 1 and a sentence that names the
// setting and says what to do.
func TestServeRefusesWhatIsUnsafe(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	evicting := live.NewRedis(t)
	evicting.Do("CONFIG SET maxmemory 50mb")
	evicting.Do("CONFIG SET maxmemory-policy allkeys-lru")
	gone := live.NewRedis(t)
	gone.Stop()
	open := filepath.Join(t.TempDir(), "dkim.pem")
	must(t, os.WriteFile(open, nil, 0o600))
	must(t, os.Chmod(open, 0o644))
	for _, c := range []struct {
		name, redis string
		args        []string
		want        string
	}{
		{"plain http in public", "", []string{"--public-url", "http://check.example.jp"}, "https://"},
		{"staff listener in public", "", []string{"--private-addr", "203.0.113.5:80"}, "EXPOSURE_PRIVATE_ADDR"},
		{"a Redis that forgets", evicting.URL(), nil, "noeviction"},
		{"no Redis there", gone.URL(), nil, "EXPOSURE_REDIS_URL"},
		{"no mail server", "", []string{"--smtp-url", ""}, "EXPOSURE_SMTP_URL"},
		{"no incident", "", []string{"--incident", ""}, "EXPOSURE_INCIDENT"},
		{"no such key file", "", []string{"--key-file", "nowhere"}, "nowhere"},
		{"the operator's key file", "", []string{"--key-file", s.keys + ".operator"}, "operator"},
		{"DKIM half configured", "", []string{"--dkim-key-file", s.keys}, "EXPOSURE_DKIM_SELECTOR"},
		{"a DKIM key that everybody can read", "", []string{"--dkim-key-file", open, "--dkim-selector", "s1"}, "chmod 600"},
		{"a sender nobody was told to allow", "", []string{"--mail-from", "notice@mail.example.net"}, "mail.allow_domain"},
		{"a limit with a typo", "", []string{"--limits", "request-ipp=1/1h"}, "request-ipp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &syncBuffer{}
			args := append([]string{
				"serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database, "--redis-url", c.redis,
				"--smtp-url", office.url, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0",
			}, c.args...)
			if code := (program{out: log, err: log, listening: nil}).run(t.Context(), args); code != 1 {
				t.Errorf("ended with %d", code)
			}
			if !strings.Contains(log.String(), c.want) {
				t.Errorf("it said %q, which does not name %q", log.String(), c.want)
			}
		})
	}
	must(t, os.Chmod(s.keys, 0o644))
	if r, code := s.tryServe(t, "", office.url); r != nil || code != 1 {
		t.Error("a key file that everybody can read was accepted")
	}
}
