package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestAlarmsThatNobodyElseWaitsFor: what begins each of them, on a running server, and what
// ends those that end otherwise than by time.
func TestAlarmsThatNobodyElseWaitsFor(t *testing.T) {
	for kind, story := range map[string]func(t *testing.T, s site, p *pager) (mend func()){
		"breaker-long-codes-only": func(t *testing.T, s site, p *pager) (mend func()) {
			s.spray(t, 20_100, 20_100)
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--insecure-no-limits")...)
			return nil // see TestAlarmsOfTheBreakerEnd
		},
		"agent-sign-in": func(t *testing.T, s site, p *pager) (mend func()) {
			r := s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--console-url", "http://127.0.0.1", "--console-hours", "always")...)
			for range 11 {
				from(r.private, here).do(t, http.MethodPost, "/v1/agent/sessions", "", wire.SignIn{Name: "sato", Password: "korokoro-donguri-9", Code: "123456"})
			}
			return nil
		},
		"letter-global": func(t *testing.T, s site, p *pager) (mend func()) {
			b := from(s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--limits", "letter-global=2/24h")...).public, here)
			for range 3 {
				b.letter(t, "84620-17395-2660")
			}
			return nil
		},
		"canaries-unproven": func(t *testing.T, s site, p *pager) (mend func()) {
			plantCanaries(t, s, letterNumbers(1)[0])
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags()...)
			s.exec(t, `CREATE TABLE kept AS SELECT * FROM canaries`, `UPDATE canaries SET mac = zeroblob(32)`)
			return func() { s.exec(t, `DELETE FROM canaries`, `INSERT INTO canaries SELECT * FROM kept`) }
		},
		"heads-not-kept": func(t *testing.T, s site, p *pager) (mend func()) {
			path := filepath.Join(t.TempDir(), "heads.txt")
			s.serve(t, live.Redis(t), openPostOffice(t).url, p.flags("--audit-heads", path)...)
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
			return func() { must(t, os.Remove(path)) }
		},
		"audit-append": func(t *testing.T, s site, p *pager) (mend func()) {
			office := openPostOffice(t)
			b := from(s.serve(t, live.Redis(t), office.url, p.flags()...).public, here)
			v := b.start(t, "nobody@example.jp")
			code := office.code(t, "nobody@example.jp", 1)
			s.exec(t, `CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'full'); END`)
			b.confirm(t, v, code).says(t, "a code without a row", http.StatusServiceUnavailable, "could-not-check")
			return func() {
				s.exec(t, `DROP TRIGGER full`)
				b.confirm(t, v, wrong(code))
			}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, _ := smallSite(t)
			p := openPager(t)
			mend := story(t, s, p)
			p.await(t, kind+" begun")
			if mend != nil {
				mend()
				p.await(t, kind+" ended")
			}
		})
	}
}
