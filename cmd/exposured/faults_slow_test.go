package main

import (
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
)

// TestSlowDatabase: while somebody holds the lock for writing for less than a server waits
// for it, whoever enters a right code waits, and is answered. Reading waits for nobody, but
// what is read is told once its row is written.
func TestSlowDatabase(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	c := onStage(t, s, shop, s.spawn(t, redis.URL(), office.url), office)
	for what, request := range map[string]func() heard{
		"a right code": func() heard { return c.confirms(t, c.holder, c.code) },
		"a report":     func() heard { return c.reads(t) },
	} {
		end := locked(t, s)
		var free atomic.Bool
		released := make(chan struct{})
		time.AfterFunc(3*time.Second, func() { free.Store(true); end(); close(released) })
		same(t, "a request for a code", c.starts(t, c.people[theNewcomer]), accepted)
		same(t, what, request(), answered)
		if !free.Load() {
			t.Errorf("%s was answered before its row could be written", what)
		}
		<-released
	}
	same(t, "the same code again", c.confirms(t, c.holder, c.code), rejected)
	if got := s.rows(t, c.people[theHolder]); got != disclosed+usedUp {
		t.Errorf("the audit log holds %q", got)
	}
	c.office.box(t, c.people[theNewcomer], 1)
	c.budgetHolds(t)
	c.server.stop(t)
	if v := s.verifyLog(t, nil); v.Bad != nil {
		t.Errorf("the audit log: %v", v.Bad)
	}
}
