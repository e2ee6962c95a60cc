package main

import (
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// TestDeskKilled kills the server in the moment in which a right code was sent in, again and
// again: no code is accepted twice, nobody was told anything without its row, and the agent
// goes on in the same call.
func TestDeskKilled(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	heads := filepath.Join(t.TempDir(), "heads.txt")
	start := func() *process { return s.spawnDesk(t, redis.URL(), office.url, "EXPOSURE_AUDIT_HEADS="+heads) }
	listed := listedMailboxes(shop)
	c := atTheDesk(t, s, listed[0], start(), office)
	const rounds = 6
	heardOfIt := 0
	for round := range rounds {
		if round > 0 {
			c.address, c.call = listed[round], c.a.takes(t)
			c.a.asks(t, c.call, c.address)
			c.code = office.phoneCode(t, c.address)
		}
		told := c.killedWhile(t, redis, round)
		c.movedServer(start())
		s.passLease(t, redis.URL())
		c.afterKill(t, told)
		if told {
			heardOfIt++
		}
		if v := s.verifyLog(t, s.keptHeads(t, heads)); v.Bad != nil {
			t.Errorf("round %d: the audit log: %v", round, v.Bad)
		}
	}
	t.Logf("%d of %d heard the report before the kill", heardOfIt, rounds)
	c.ends(t)
}

// killedWhile enters the code and kills the server: between the code and its row, at any
// moment, or once all was told. It tells whether the agent heard the report.
func (c *deskScene) killedWhile(t *testing.T, redis *live.RedisServer, round int) bool {
	t.Helper()
	release := func() {}
	if round%3 == 0 {
		release = locked(t, c.site)
	}
	got := c.entering()
	var r entered
	switch round % 3 {
	case 0:
		eventually(t, "the code is consumed", func() bool { return c.consumed(t, redis, c.address, otp.Phone) })
	case 1:
		for range rand.IntN(40) {
			redis.Do("PING")
		}
	default:
		r = <-got
	}
	must(t, c.server.Kill())
	_ = c.server.wait()
	release()
	if round%3 != 2 {
		r = <-got
	}
	if r.err == nil && r.status != http.StatusOK {
		t.Errorf("a right code was answered %d %s", r.status, r.body)
	}
	return r.err == nil && r.status == http.StatusOK
}

// afterKill enters the code again, twice, and looks at the rows.
func (c *deskScene) afterKill(t *testing.T, told bool) {
	t.Helper()
	before := c.rows(t, c.address)
	times := 0
	if told {
		times++
	}
	same(t, "the call after the kill", c.hears(t, http.MethodGet, c.call, nil), answered)
	for range 2 {
		if got := c.enters(t, c.code); got == answered {
			times++
		} else {
			same(t, "the code after the kill", got, rejected)
		}
	}
	after := c.rows(t, c.address)
	known, accepted := strings.Count(after, "disclosure done"), strings.Count(after, "guess accepted")
	if times > 1 || accepted > 1 || known < times || known != accepted {
		t.Errorf("the code opened the report %d times; the audit log held %q after the kill, and holds %q", times, before, after)
	}
}
