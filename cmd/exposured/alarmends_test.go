package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/alarm"
	"exposure/internal/live"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
)

// alarmRig is a server without doors, whose clock the test holds.
type alarmRig struct {
	*product

	mu  sync.Mutex
	now time.Time
}

func openAlarmRig(t *testing.T, s site) *alarmRig {
	t.Helper()
	on, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	t.Cleanup(func() { on.DB.Close() })
	r := &alarmRig{now: time.Now()}
	on.Sender, on.Limits, on.Lifted, on.Log, on.Now = mailer.NewInbox(1), ratelimit.Default(), true, slog.New(slog.DiscardHandler), func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now
	}
	r.product, err = assemble(t.Context(), on)
	must(t, err)
	t.Cleanup(func() { r.heads.close() })
	return r
}

func (r *alarmRig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// on tells, after a look, whether an alarm is on.
func (r *alarmRig) on(t *testing.T, k alarm.Kind) bool {
	t.Helper()
	r.look(t.Context())
	for _, s := range r.alarms.States() {
		if s.Kind == k {
			return s.On
		}
	}
	t.Fatalf("there is no %s", k)
	return false
}

// mails lets mails leave until ok.
func (r *alarmRig) mails(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.worker.Run(ctx) }()
	await(t, what, ok)
	stop()
	must(t, <-done)
}

// TestAlarmOfAFullOutbox begins when it is full and ends when mails leave it.
func TestAlarmOfAFullOutbox(t *testing.T) {
	s, _ := smallSite(t)
	r := openAlarmRig(t, s)
	if r.on(t, alarm.OutboxFull) {
		t.Error("an empty outbox is full")
	}
	var err error
	for i := 0; err == nil; i++ { // nobody works on it
		_, err = r.service.Start(t.Context(), lookup.Client{Addr: here}, fmt.Sprintf("person%d@example.jp", i))
	}
	if !r.on(t, alarm.OutboxFull) {
		t.Errorf("the outbox is full (%v), and nobody is told", err)
	}
	if r.on(t, alarm.OutboxOld) || r.on(t, alarm.Limits) || r.on(t, alarm.RosterUnproven) {
		t.Error("something else is on as well")
	}
	r.mails(t, "room in the outbox", func() bool { return !r.on(t, alarm.OutboxFull) })
}

// TestAlarmOfAnOldMail begins when a mail has waited for more than ten minutes, and ends when
// it left.
func TestAlarmOfAnOldMail(t *testing.T) {
	s, _ := smallSite(t)
	r := openAlarmRig(t, s)
	_, err := r.service.Start(t.Context(), lookup.Client{Addr: here}, "person@example.jp")
	must(t, err)
	r.later(waitedTooLong)
	if r.on(t, alarm.OutboxOld) {
		t.Error("a mail that waited for ten minutes is old")
	}
	r.later(time.Second)
	if !r.on(t, alarm.OutboxOld) || r.on(t, alarm.OutboxFull) {
		t.Error("a mail that waited for longer is not old, or the outbox is full")
	}
	r.mails(t, "the mail to leave", func() bool { return !r.on(t, alarm.OutboxOld) })
}

// TestAlarmsOfTheBreakerEnd a day after the wrong codes.
func TestAlarmsOfTheBreakerEnd(t *testing.T) {
	s, _ := smallSite(t)
	s.spray(t, 20_100, 20_100)
	r := openAlarmRig(t, s)
	if !r.on(t, alarm.BreakerLonger) || !r.on(t, alarm.BreakerLongOnly) {
		t.Fatal("the breaker did not trip")
	}
	r.later(25 * time.Hour)
	must(t, r.breaker.Refresh(t.Context()))
	if r.on(t, alarm.BreakerLonger) || r.on(t, alarm.BreakerLongOnly) {
		t.Error("a day later the breaker is tripped still")
	}
}

// TestTheMailBudgetComesBack: both of its alarms end once the mails are older than its window.
func TestTheMailBudgetComesBack(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	b := from(s.serve(t, live.Redis(t), openPostOffice(t).url, pager.flags("--limits", ample+"send-global=5/8s")...).public, here)
	for i := range 5 {
		b.start(t, fmt.Sprintf("person%d@example.jp", i))
	}
	pager.await(t, "mail-budget-low begun", "mail-budget-spent begun", "mail-budget-spent ended", "mail-budget-low ended")
}

// TestARequestTellsOfLimitsThatCannotBeAsked: whoever is turned away because nobody can count them
// begins the alarm, at once. Here nobody else looks.
func TestARequestTellsOfLimitsThatCannotBeAsked(t *testing.T) {
	s, _ := smallSite(t)
	store := live.NewRedis(t)
	on, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	defer on.DB.Close()
	client := redis.NewClient(&redis.Options{Addr: store.Addr(), MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	on.Redis, on.Sender, on.Limits, on.Log = client, mailer.NewInbox(1), ratelimit.Default(), slog.New(slog.DiscardHandler)
	built, err := assemble(t.Context(), on)
	must(t, err)
	defer built.heads.close()
	begun := func() bool {
		return slices.ContainsFunc(built.alarms.States(), func(s alarm.State) bool { return s.Kind == alarm.Limits && s.On })
	}
	ask := func(ctx context.Context) error {
		_, err := built.service.Start(ctx, lookup.Client{Addr: here}, "person@example.jp")
		return err
	}
	must(t, ask(t.Context()))
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := ask(gone); err == nil || begun() {
		t.Errorf("a visitor who left was told %v, and an alarm for it is on: %v", err, begun())
	}
	store.Stop()
	if err := ask(t.Context()); err == nil || !begun() {
		t.Errorf("without Redis a visitor was told %v, and the alarm is on: %v", err, begun())
	}
}
