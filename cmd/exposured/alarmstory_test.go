package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestAlarmsThatNobodyElseWaitsFor: what begins each of them, on a running server.
func TestAlarmsThatNobodyElseWaitsFor(t *testing.T) {
	for kind, story := range map[string]func(t *testing.T, s site, p *pager){
		"breaker-long-codes-only": func(t *testing.T, s site, p *pager) {
			s.spray(t, 20_100, 20_100)
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--insecure-no-limits")...)
		},
		"agent-sign-in": func(t *testing.T, s site, p *pager) {
			r := s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--console-url", "http://127.0.0.1", "--console-hours", "always")...)
			for range 11 {
				from(r.private, here).do(t, http.MethodPost, "/v1/agent/sessions", "", wire.SignIn{Name: "sato", Password: "korokoro-donguri-9", Code: "123456"})
			}
		},
		"canaries-unproven": func(t *testing.T, s site, p *pager) {
			plantCanaries(t, s, letterNumbers(1)[0])
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags()...)
			s.exec(t, `UPDATE canaries SET mac = zeroblob(32)`)
		},
		"heads-not-kept": func(t *testing.T, s site, p *pager) {
			path := filepath.Join(t.TempDir(), "heads.txt")
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--audit-heads", path)...)
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, _ := smallSite(t)
			p := openPager(t)
			story(t, s, p)
			p.await(t, kind+" begun")
		})
	}
}
