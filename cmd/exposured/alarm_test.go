package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"exposure/internal/live"
)

const alarmSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// pager is a real receiver of alarms, which checks every signature.
type pager struct {
	url string

	mu   sync.Mutex
	came []string // "kind state"
	raw  bytes.Buffer
	wake chan struct{}
}

func openPager(t *testing.T) *pager {
	t.Helper()
	verifier, err := webhooks.NewWebhook(alarmSecret)
	must(t, err)
	p := &pager{wake: make(chan struct{})}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = verifier.Verify(body, r.Header)
		}
		var m struct{ Data struct{ Alarm, State string } }
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		if err != nil {
			t.Errorf("an alarm that cannot be read: %v", err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.came = append(p.came, m.Data.Alarm+" "+m.Data.State)
		p.raw.Write(body)
		close(p.wake)
		p.wake = make(chan struct{})
	}))
	t.Cleanup(s.Close)
	p.url = s.URL + "/HOOKCANARY"
	return p
}

// flags make a server tell the pager.
func (p *pager) flags(more ...string) []string {
	return append([]string{"--alarm-url", p.url, "--alarm-secret", alarmSecret}, more...)
}

// await waits until all of these came.
func (p *pager) await(t *testing.T, want ...string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for _, one := range want {
		for {
			p.mu.Lock()
			came, wake := strings.Join(p.came, ", ")+", ", p.wake
			p.mu.Unlock()
			if strings.Contains(came, one+", ") {
				break
			}
			select {
			case <-wake:
			case <-deadline:
				t.Fatalf("%q did not come, but %s", one, came)
			}
		}
	}
}

// only fails unless nothing but these came.
func (p *pager) only(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.Join(p.came, ", ") != strings.Join(want, ", ") {
		t.Errorf("alarms: %q, want %q", p.came, want)
	}
}

// silent fails if alarms, or the log, hold one of these.
func (p *pager) silent(t *testing.T, r *running, secrets ...string) {
	t.Helper()
	p.mu.Lock()
	told := p.raw.String()
	p.mu.Unlock()
	for _, s := range append(secrets, "HOOKCANARY", alarmSecret) {
		if strings.Contains(told, s) || strings.Contains(r.log.String(), s) {
			t.Errorf("%q is told", s)
		}
	}
}

// TestAlarmOfTheBreaker: the one wrong code too many pages somebody.
func TestAlarmOfTheBreaker(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	s.spray(t, 1999, 1999)
	r := s.serve(t, live.Redis(t), office.url, pager.flags("--insecure-no-limits")...)
	b, who := from(r.public, here), shop.Examples()[0].Email
	v := b.start(t, who)
	code := office.code(t, who, 1)
	pager.only(t)
	b.confirm(t, v, wrong(code))
	pager.await(t, "breaker-longer-codes begun")
	if on, n := r.metric(t, `exposure_alarm_on{alarm="breaker-longer-codes"}`), r.metric(t, `exposure_alarms_total{alarm="breaker-longer-codes"}`); on != "1" || n != "1" {
		t.Errorf("on: %s, begun: %s", on, n)
	}
	if r.stop() != 0 || !strings.Contains(r.log.String(), `"alarm":"breaker-longer-codes"`) {
		t.Errorf("the log: %s", r.tail(5))
	}
	pager.only(t, "breaker-longer-codes begun")
	pager.silent(t, r, who, code, strings.ReplaceAll(code, "-", ""), v.Secret)
}

// TestAlarmOfTheMailBudget: first that little is left, then that it is spent.
func TestAlarmOfTheMailBudget(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	r := s.serve(t, live.Redis(t), openPostOffice(t).url, pager.flags("--limits", ample+"send-global=10/1h")...)
	b := from(r.public, here)
	ask := func(from, to int) {
		for i := from; i < to; i++ {
			b.start(t, fmt.Sprintf("person%d@example.jp", i))
		}
	}
	ask(0, 8)
	pager.await(t, "mail-budget-low begun")
	pager.only(t, "mail-budget-low begun")
	ask(8, 10)
	pager.await(t, "mail-budget-spent begun")
	if got := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "late@example.jp"}); got.status != http.StatusServiceUnavailable {
		t.Errorf("over the budget: %d", got.status)
	}
}

// TestAlarmOfTheGuard: a damaged roster is noticed without anybody asking, and an answer
// that is refused when somebody does.
func TestAlarmOfTheGuard(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	r := s.serve(t, "", office.url, pager.flags("--insecure-no-limits")...)
	b, who := from(r.public, here), shop.Examples()[0].Email
	v := b.start(t, who)
	code := office.code(t, who, 1)
	s.exec(t, `CREATE TABLE kept AS SELECT * FROM roster_tags`, `DELETE FROM roster_tags`)
	pager.await(t, "roster-unproven begun")
	if got := b.confirm(t, v, code); got.status != 503 || got.problem(t) != "could-not-check" {
		t.Errorf("a right code was answered %d %s", got.status, got.body)
	}
	pager.await(t, "answer-unproven begun")
	s.exec(t, `INSERT INTO roster_tags SELECT * FROM kept`)
	pager.await(t, "roster-unproven ended")
	pager.silent(t, r, who, code)
}

// TestAlarmOfTheAuditLog: where no row can be written nobody is answered, and somebody is
// told why.
func TestAlarmOfTheAuditLog(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	r := s.serve(t, "", office.url, pager.flags("--insecure-no-limits")...)
	b, who := from(r.public, here), shop.Examples()[0].Email
	v := b.start(t, who)
	code := office.code(t, who, 1)
	s.exec(t, `DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)`)
	if got := b.confirm(t, v, code); got.status != 503 || got.problem(t) != "could-not-check" {
		t.Errorf("a right code was answered %d %s", got.status, got.body)
	}
	pager.await(t, "audit-append begun", "audit-altered begun")
}

// TestAlarmOfAnAlteredGuess: whoever may write the database lowers nobody's count by it.
// A failure that was edited is noticed by the next guess, or by the next mail; one that was
// removed while the server was down, as it starts.
func TestAlarmOfAnAlteredGuess(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	redis := live.NewRedis(t)
	r := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b, who, other := from(r.public, here), shop.Examples()[0].Email, shop.Examples()[1].Email
	v := b.start(t, who)
	b.confirm(t, v, wrong(office.code(t, who, 1)))
	w := b.start(t, other)
	b.confirm(t, w, wrong(office.code(t, other, 1)))
	r.stop()
	const failures = `(SELECT seq FROM audit_entries WHERE weighs = 1 ORDER BY seq LIMIT 1)`
	s.exec(t, `UPDATE audit_entries SET encoded = (SELECT encoded FROM audit_entries ORDER BY seq DESC LIMIT 1) WHERE seq = `+failures)
	r = s.serve(t, redis.URL(), office.url, pager.flags("--insecure-no-limits")...)
	pager.await(t, "audit-altered begun")
	b = from(r.public, here)
	if got := b.confirm(t, v, office.code(t, who, 1)); got.status != 503 || got.problem(t) != "could-not-check" {
		t.Errorf("a right code beside an altered guess was answered %d %s", got.status, got.body)
	}
	pager.await(t, "answer-unproven begun")
	if got := b.confirm(t, w, office.code(t, other, 1)); got.status != http.StatusOK {
		t.Errorf("somebody else was answered %d %s", got.status, got.body)
	}
	s.exec(t, `DELETE FROM audit_entries WHERE seq = `+failures)
	r.stop()
	if !strings.Contains(r.log.String(), "the audit log was altered") {
		t.Errorf("the log: %s", r.tail(5))
	}
	gone := openPager(t)
	s.serve(t, redis.URL(), office.url, gone.flags("--insecure-no-limits")...)
	gone.await(t, "audit-altered begun")
}

// TestAlarmOfTheLimits: without Redis, and that it is back.
func TestAlarmOfTheLimits(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	redis := live.NewRedis(t)
	s.serve(t, redis.URL(), openPostOffice(t).url, pager.flags()...)
	redis.Stop()
	pager.await(t, "limits-unavailable begun")
	redis.Restart()
	pager.await(t, "limits-unavailable ended")
	pager.only(t, "limits-unavailable begun", "limits-unavailable ended")
}

// TestAlarmOfTheHeads: whoever shortens, replaces or removes the file is noticed, and what
// is signed from then on is kept all the same.
func TestAlarmOfTheHeads(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"shortened": func(path string) error { return os.Truncate(path, 30) },
		"removed":   os.Remove,
		"replaced": func(path string) error {
			if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := smallSite(t)
			pager := openPager(t)
			path := filepath.Join(t.TempDir(), "heads.txt")
			first := s.serve(t, "", openPostOffice(t).url, "--audit-heads", path)
			s.unsigned(t, 1)
			first.stop()
			r := s.serve(t, "", openPostOffice(t).url, pager.flags("--audit-heads", path)...)
			must(t, harm(path))
			pager.await(t, "heads-cut begun")
			s.unsigned(t, 1)
			r.stop()
			pager.only(t, "heads-cut begun")
			if kept := s.keptHeads(t, path); len(kept) == 0 {
				t.Error("no head was kept afterwards")
			}
		})
	}
}
