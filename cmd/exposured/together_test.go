package main

import (
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestServersOfOneDatabase: two servers hold together through one Redis, or the second is
// refused and told what to do. A server that was killed is in nobody's way.
func TestServersOfOneDatabase(t *testing.T) {
	s, _ := inventedSite(t, t.TempDir())
	office, redis := openPostOffice(t), live.Redis(t)
	for name, of := range map[string]struct{ first, second string }{
		"both without Redis": {"", ""}, "the first without": {"", redis}, "the second without": {redis, ""},
	} {
		first := s.spawn(t, of.first, office.url)
		second, err := s.trySpawn(t, of.second, office.url)
		if said := second.log.String(); err == nil || !strings.Contains(said, "another server serves this database") || !strings.Contains(said, "EXPOSURE_REDIS_URL") {
			t.Errorf("%s: the second started, or does not say why not: %s", name, said)
		}
		must(t, first.Kill())
		_ = first.wait()
	}
	first := s.spawn(t, redis, office.url)
	s.spawn(t, redis, office.url).stop(t)
	first.stop(t)
}
