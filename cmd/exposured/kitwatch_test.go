package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

// TestASilentKit: a kit that does not report, or only watches, is alarmed as long as anybody
// is to be barred; and the look-up answers.
func TestASilentKit(t *testing.T) {
	f := openShopfloor(t, nil)
	f.stop()
	key := f.desk.client(t, "kit", "enforce")
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	f.running, _ = f.site.tryServeBy(t, now, "", openPostOffice(t).url, "--mypage-addr", "127.0.0.1:0", "--connector", "plugin")
	if f.running == nil {
		t.Fatal("the server refuses to start")
	}
	f.mypage = f.running.mypage(t)
	alarm := func(what, want string) {
		t.Helper()
		eventually(t, what, func() bool { return f.metric(t, `exposure_alarm_on{alarm="connector-down"}`) == want })
	}
	ahead.Store(int64(reset.KitSilence + time.Minute))
	alarm("no kit ever reported", "1")
	f.report(t, key, kitReport("on", nil, nil)).says(t, "a report", 204, "")
	alarm("it reported", "0")
	if on, age := f.metric(t, `exposure_kit_on{client="kit"}`), f.metric(t, `exposure_kit_last_report_seconds{client="kit"}`); on != "1" || age == "" || strings.Contains(age, "e") {
		t.Errorf("the kit is on %q, its last report %q seconds old", on, age)
	}
	f.report(t, key, kitReport("watch", nil, nil)).says(t, "a report", 204, "")
	alarm("it only watches", "1")
	f.report(t, key, kitReport("on", nil, nil)).says(t, "a report", 204, "")
	alarm("it is switched on", "0")
	ahead.Add(int64(reset.KitSilence + time.Minute))
	alarm("it fell silent", "1")
	if r := ask(t, f.private, "GET", "/readyz", ""); r.status != 200 {
		t.Errorf("/readyz while the kit is silent: %d %s", r.status, r.body)
	}
	ask(t, f.public, "GET", "/v1/incident", "").says(t, "the look-up", 200, "")
}

// TestWhenAKitIsMissed: nobody ordered, a server that has just begun, and every report there
// may be.
func TestWhenAKitIsMissed(t *testing.T) {
	f := openShopfloor(t, nil)
	clients := f.desk.db.Clients(f.desk.keys)
	f.desk.client(t, "kit", "enforce")
	now := time.Now().UTC().Truncate(time.Millisecond)
	down := func(began time.Duration) bool {
		t.Helper()
		l := &connector{resets: f.desk.Resets, kits: clients, now: func() time.Time { return now }, began: now.Add(-began)}
		down, err := l.kitDown(t.Context())
		must(t, err)
		return down
	}
	heard := func(on bool, ago time.Duration) {
		t.Helper()
		must(t, clients.NoteKit(t.Context(), reset.Kit{Client: "kit", At: now.Add(-ago), Version: "1", On: on}))
	}
	if down(reset.KitSilence) || !down(reset.KitSilence+1) {
		t.Error("without any report the alarm is not on after ten minutes")
	}
	for _, c := range []struct {
		on         bool
		ago, began time.Duration
		want       bool
	}{
		{true, reset.KitSilence, time.Hour, false}, {true, reset.KitSilence + time.Millisecond, time.Hour, true}, {false, 0, 0, true},
		{true, reset.KitSilence + time.Millisecond, time.Minute, false}, // the server was away as long
		{true, -time.Hour, time.Hour, true},                             // a clock was wrong
	} {
		heard(c.on, c.ago)
		if got := down(c.began); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	f.desk.step(t, "reset_accept", func(r breach.Reset) (breach.Reset, error) { r.State = breach.ResetCompleted; return r, nil }, f.member.id, f.other.id)
	if down(time.Hour) {
		t.Error("nobody is to be barred, and the alarm is on")
	}
}
