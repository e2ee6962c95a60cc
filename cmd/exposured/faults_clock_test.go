package main

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/live"
)

// clock is the machine's, put wrong by so much.
type clock struct{ wrong atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.wrong.Load())) }
func (c *clock) put(wrong time.Duration) { c.wrong.Store(int64(wrong)) }

// serveBy starts a server whose program reads that clock. Redis has the machine's.
func (s site) serveBy(t *testing.T, now func() time.Time, redisURL, smtpURL string, more ...string) *running {
	t.Helper()
	r, code := s.tryServeBy(t, now, redisURL, smtpURL, more...)
	if r == nil {
		t.Fatalf("exposured ended with %d", code)
	}
	return r
}

// onStageBy is onStage for such a server.
func onStageBy(t *testing.T, s site, shop *demo.Shop, r *running, office *postOffice) *cast {
	t.Helper()
	return onStage(t, s, shop, &process{public: r.public, private: r.private, log: r.log}, office)
}

// clocks are by how much the server's clock differs from that of Redis.
func clocks() map[string]time.Duration {
	return map[string]time.Duration{
		"an hour ahead": time.Hour, "an hour behind": -time.Hour,
		"ten minutes ahead": 10 * time.Minute, "ten minutes behind": -10 * time.Minute,
	}
}

// TestWrongClock: a server whose clock is wrong lets people in, for as long as a code lives
// by the clock of Redis, counts their wrong codes, and writes down the time it has.
func TestWrongClock(t *testing.T) {
	for name, wrong := range clocks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			office, by := openPostOffice(t), &clock{}
			by.put(wrong)
			r := s.serveBy(t, by.now, live.Redis(t), office.url, "--audit-heads", filepath.Join(t.TempDir(), "heads"))
			c := onStageBy(t, s, shop, r, office)
			same(t, "a report", c.reads(t), answered)
			by.put(wrong + 31*time.Minute) // a code lives for thirty, by the clock of Redis
			same(t, "a right code", c.confirms(t, c.holder, c.code), answered)
			same(t, "the same a second time", c.confirms(t, c.holder, c.code), rejected)
			same(t, "a report", c.reads(t), answered)
			c.timesAre(t, wrong, wrong+31*time.Minute)
			by.put(wrong + 61*time.Minute)
			same(t, "a report of a session that is over by the server's clock", c.reads(t), noSession)
			by.put(wrong)
			c.budgetHolds(t)
			if code := r.stop(); code != 0 {
				t.Errorf("the server ended with %d: %s", code, r.tail(5))
			}
			if v := s.verifyLog(t, nil); v.Bad != nil || v.Unsigned != 0 {
				t.Errorf("the audit log: %+v, %v", v, v.Bad)
			}
		})
	}
}

// jump is by how much a clock is put wrong under a running server, and what those in the
// middle of their journey hear then.
type jump struct {
	by            time.Duration
	code, session heard
}

func jumps() map[string]jump {
	return map[string]jump{
		// Verifications and sessions end by the server's clock as well.
		"an hour on":   {time.Hour, "404 not-found", noSession},
		"an hour back": {-time.Hour, answered, answered},
	}
}

// TestClockJumps: whatever a jump ends, nobody is told anything for it, and whoever begins
// again gets in.
func TestClockJumps(t *testing.T) {
	for name, j := range jumps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			office, by := openPostOffice(t), &clock{}
			r := s.serveBy(t, by.now, live.Redis(t), office.url)
			c := onStageBy(t, s, shop, r, office)
			before := c.rows(t, c.people[theHolder])
			by.put(j.by)
			same(t, "a report", c.reads(t), j.session)
			same(t, "a right code", c.confirms(t, c.holder, c.code), j.code)
			if rows := c.rows(t, c.people[theHolder]); j.code != answered && rows != before {
				t.Errorf("the audit log holds %q about somebody who was told nothing", rows)
			}
			c.b.prove(t, office, c.people[theNewcomer])
			by.put(0)
			c.budgetHolds(t)
			if code := r.stop(); code != 0 {
				t.Errorf("the server ended with %d: %s", code, r.tail(5))
			}
			if v := s.verifyLog(t, nil); v.Bad != nil {
				t.Errorf("the audit log: %v", v.Bad)
			}
		})
	}
}

// timesAre wants the first and the last disclosure to have those times.
func (c *cast) timesAre(t *testing.T, first, last time.Duration) {
	t.Helper()
	db := c.open(t)
	defer db.Close()
	var from, to int64
	must(t, db.QueryRow(`SELECT min(at), max(at) FROM audit_entries WHERE action IN ('guess', 'disclosure')`).Scan(&from, &to))
	for _, at := range []struct {
		said int64
		want time.Time
	}{{from, time.Now().Add(first)}, {to, time.Now().Add(last)}} {
		if d := at.want.Sub(time.UnixMilli(at.said)); d < 0 || d > 5*time.Minute {
			t.Errorf("a row says %v, it was written about %v", time.UnixMilli(at.said), at.want)
		}
	}
}

// TestClockGoesBack: between two starts the clock goes back by hours, and Redis loses all
// it knew. Wrong codes that seem to lie in the future are counted, the log goes on and is
// whole, with all heads that were kept; and a mail asked for before comes.
func TestClockGoesBack(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	office, redis := openPostOffice(t), live.NewRedis(t)
	heads := filepath.Join(t.TempDir(), "heads")
	by := &clock{}
	by.put(time.Hour)
	r := s.serveBy(t, by.now, redis.URL(), office.url, "--audit-heads", heads)
	c := onStageBy(t, s, shop, r, office)
	if code := r.stop(); code != 0 {
		t.Fatalf("the server ended with %d: %s", code, r.tail(5))
	}
	redis.Flush()
	for n, wrong := range []time.Duration{0, -time.Hour} {
		by.put(wrong)
		r = s.serveBy(t, by.now, redis.URL(), office.url, "--audit-heads", heads)
		c.b, c.server = from(r.public, here), &process{public: r.public, private: r.private, log: r.log}
		if n == 0 {
			c.budgetHolds(t)
		}
		c.b.prove(t, office, c.people[theNewcomer+n])
		if code := r.stop(); code != 0 {
			t.Errorf("the server ended with %d: %s", code, r.tail(5))
		}
		kept := s.keptHeads(t, heads)
		if v := s.verifyLog(t, kept); v.Bad != nil || v.Unsigned != 0 || v.Kept != len(kept) {
			t.Errorf("the audit log: %+v, %v", v, v.Bad)
		}
	}
	if rows := s.rows(t, c.people[theGuesser]); strings.Count(rows, "guess refused") != 5 {
		t.Errorf("the audit log holds %q", rows)
	}
}
