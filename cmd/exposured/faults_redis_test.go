package main

import (
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
)

// redisFault is something wrong with Redis, and what customers hear meanwhile.
type redisFault struct {
	begin func(*testing.T, *live.RedisServer, *live.Proxy)
	end   func(*live.RedisServer, *live.Proxy)
	// start, confirm and report are what a request for a code, a right code and a report
	// are answered; ready what the probe is.
	start, confirm, report heard
	ready                  int
	rows                   string // that were written about who entered the right code
	again                  heard  // what the same code is answered afterwards
	mailed                 int    // mails of who entered it, afterwards
	emptied                bool   // codes and sessions are gone
}

const disclosed = "guess accepted, disclosure done"

func redisFaults() map[string]redisFault {
	proxy := func(f func(*live.Proxy)) func(*testing.T, *live.RedisServer, *live.Proxy) {
		return func(_ *testing.T, _ *live.RedisServer, p *live.Proxy) { f(p) }
	}
	redis := func(command string) func(*testing.T, *live.RedisServer, *live.Proxy) {
		return func(_ *testing.T, r *live.RedisServer, _ *live.Proxy) { r.Do(command) }
	}
	down := redisFault{start: unavailable, confirm: unavailable, report: unavailable, ready: 503, again: answered, mailed: 1}
	with := func(f redisFault, begin func(*testing.T, *live.RedisServer, *live.Proxy), end string) redisFault {
		f.begin, f.end = begin, func(r *live.RedisServer, p *live.Proxy) {
			if end != "" {
				r.Do(end)
			}
			p.Restore()
		}
		return f
	}
	slow := redisFault{start: accepted, confirm: answered, report: answered, ready: 200, rows: disclosed, again: rejected, mailed: 1}
	lost := redisFault{start: accepted, confirm: unavailable, report: answered, ready: 200, again: rejected, mailed: 1}
	noSession := redisFault{start: accepted, confirm: unavailable, report: unavailable, ready: 200, rows: disclosed, again: rejected, mailed: 2}
	emptied := down
	emptied.emptied, emptied.again = true, rejected
	emptied.begin = func(_ *testing.T, r *live.RedisServer, p *live.Proxy) { p.Refuse(); r.Stop() }
	emptied.end = func(r *live.RedisServer, p *live.Proxy) { r.Restart(); p.Restore() }
	return map[string]redisFault{
		"refuses connections":       with(down, proxy((*live.Proxy).Refuse), ""),
		"stopped, then empty":       emptied,
		"answers nothing":           with(down, proxy((*live.Proxy).Hang), ""),
		"slow":                      with(slow, proxy(func(p *live.Proxy) { p.Slow(300*time.Millisecond, 0) }), ""),
		"every reply is cut":        with(down, proxy(func(p *live.Proxy) { p.CutReply("", 3) }), ""),
		"verdicts are cut":          with(lost, proxy(func(p *live.Proxy) { p.CutReply("\r\nshort\r\n", 3) }), ""),
		"one verdict is cut":        with(slow, proxy(func(p *live.Proxy) { p.CutOneReply("\r\nshort\r\n", 3) }), ""),
		"sessions cannot be kept":   with(noSession, proxy(func(p *live.Proxy) { p.CutReply(":session:", 0) }), ""),
		"resets connections":        with(down, proxy((*live.Proxy).Reset), ""),
		"a replica that only reads": with(down, redis("REPLICAOF 127.0.0.1 1"), "REPLICAOF NO ONE"),
		"out of memory":             with(down, redis("CONFIG SET maxmemory 1mb"), "CONFIG SET maxmemory 0"),
	}
}

// TestRedisFaults: with Redis broken in any way nobody is told anything that is not so,
// nobody waits past the deadline, and once it is mended the journey works, without a
// restart, with no code accepted twice and no budget lowered.
func TestRedisFaults(t *testing.T) {
	for name, f := range redisFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			redis, office := live.NewRedis(t), openPostOffice(t)
			line, url := through(t, redis)
			c := onStage(t, s, shop, s.spawn(t, url, office.url), office)
			f.begin(t, redis, line)
			c.whileRedis(t, f)
			f.end(redis, line)
			c.recovers(t)
			c.afterRedis(t, f)
			c.server.stop(t)
			if v := s.verifyLog(t, nil); v.Bad != nil {
				t.Errorf("the audit log: %v", v.Bad)
			}
		})
	}
}

// whileRedis is what customers hear while the fault lasts.
func (c *cast) whileRedis(t *testing.T, f redisFault) {
	t.Helper()
	mails := c.office.count()
	same(t, "a request for a code", c.starts(t, c.people[theNewcomer]), f.start)
	same(t, "a right code", c.confirms(t, c.holder, c.code), f.confirm)
	same(t, "a report", c.reads(t), f.report)
	if got := c.rows(t, c.people[theHolder]); got != f.rows {
		t.Errorf("the audit log holds %q, want %q", got, f.rows)
	}
	if got := c.ready(t); got != f.ready {
		t.Errorf("readyz: %d, want %d", got, f.ready)
	}
	c.facts(t)
	if n := c.office.count(); f.start != accepted && n != mails {
		t.Errorf("%d mails went out", n-mails)
	}
}

// afterRedis is what they hear once it is over.
func (c *cast) afterRedis(t *testing.T, f redisFault) {
	t.Helper()
	same(t, "the same code again", c.confirms(t, c.holder, c.code), f.again)
	same(t, "the code a second time", c.confirms(t, c.holder, c.code), rejected)
	if f.mailed > 1 { // the next code was free
		fresh := c.office.code(t, c.people[theHolder], f.mailed)
		same(t, "the code that came in place of the lost one", c.confirms(t, c.holder, fresh), answered)
	}
	// The newcomer may have used up the mail of this minute: then a long code comes.
	mails := len(c.office.box(t, c.people[theNewcomer], 0))
	v := c.b.start(t, c.people[theNewcomer])
	same(t, "a code asked for afterwards", c.confirms(t, v, c.office.latest(t, c.people[theNewcomer], mails+1)), answered)
	if f.emptied {
		same(t, "a report of a session that is gone", c.reads(t), noSession)
		c.reader = c.b.prove(t, c.office, c.people[theLater]).Token
	}
	same(t, "a report", c.reads(t), answered)
	c.budgetHolds(t)
}

// budgetHolds: five wrong codes are remembered, whatever was lost: the next mail brings a long
// code, and none of that verification is judged any more. The mail comes first: the guess would
// write into an empty Redis what only the audit log remembers.
func (c *cast) budgetHolds(t *testing.T) {
	t.Helper()
	guesser := c.people[theGuesser]
	c.b.start(t, guesser)
	if code := c.office.code(t, guesser, 2); len(code) != len("1234-5678-9012-3456-7890") {
		t.Errorf("after five wrong codes a code of %d characters came", len(code))
	}
	judged := func() int { return strings.Count(c.rows(t, guesser), "guess ") }
	before := judged()
	same(t, "a sixth wrong code", c.confirms(t, c.guessed, "00000000"), rejected)
	if after := judged(); after != before {
		t.Errorf("a sixth guess was judged: %d rows, before %d", after, before)
	}
}
