package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestServeNamesTheProxyThatIsNotTrusted: at its start, once, and only where TLS must end in
// front of it. The start itself ends at an incident file that is not there.
func TestServeNamesTheProxyThatIsNotTrusted(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want int // warnings
	}{
		{"https and no proxy", []string{"--public-url", "https://check.example.jp"}, 1},
		{"https and an empty list", []string{"--public-url", "https://check.example.jp", "--trusted-proxies", " , "}, 1},
		{"https and a proxy", []string{"--public-url", "https://check.example.jp", "--trusted-proxies", "10.0.0.5/32"}, 0},
		{"http on loopback", []string{"--public-url", "http://127.0.0.1"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			log, gone := &syncBuffer{}, filepath.Join(t.TempDir(), "gone")
			args := append([]string{
				"serve", "--incident", gone, "--key-file", gone, "--database-url", "sqlite:" + gone, "--smtp-url", "smtp://127.0.0.1:1",
			}, c.args...)
			if code := (program{out: log, err: log}).run(t.Context(), args); code != 1 {
				t.Fatalf("ended with %d: %s", code, log.String())
			}
			warnings := 0
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, `"level":"WARN"`) && strings.Contains(line, "EXPOSURE_TRUSTED_PROXIES") {
					warnings++
				}
			}
			if warnings != c.want || strings.Contains(log.String(), "cannot be served with") {
				t.Errorf("%d warnings, want %d:\n%s", warnings, c.want, log.String())
			}
		})
	}
}
