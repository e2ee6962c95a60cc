package alarm_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"exposure/internal/alarm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told runs a board in a time of its own and returns what it told, each with the seconds
// since the start.
func told(t *testing.T, story func(b *alarm.Board)) (all []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := alarm.New(alarm.Config{Tell: func(m alarm.Message) {
			all = append(all, fmt.Sprintf("%d %s %v", int(time.Since(start).Seconds()), m.Kind, m.Begun))
		}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		story(b)
		synctest.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return all
}

// after lets that much time pass.
func after(d time.Duration) {
	synctest.Wait()
	time.Sleep(d)
	synctest.Wait()
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("told: %q, want %q", got, want)
	}
}

func TestToldOnceWhenItBeginsAndOnceWhenItEnds(t *testing.T) {
	expect(t, told(t, func(b *alarm.Board) {
		for range 100 {
			b.Set(alarm.OutboxFull, true)
			after(time.Second)
		}
		for range 3 {
			b.Set(alarm.OutboxFull, false)
			after(time.Minute)
		}
		b.Set(alarm.OutboxFull, true)
	}), "0 outbox-full true", "100 outbox-full false", "280 outbox-full true")
}

// TestFlappingIsBounded: an hour of changes every second makes one message that it began
// and one that it ended for each quiet time, and other kinds are told meanwhile.
func TestFlappingIsBounded(t *testing.T) {
	got := told(t, func(b *alarm.Board) {
		for i := range 3600 {
			b.Set(alarm.OutboxOld, i%2 == 0)
			b.Set(alarm.MailBudgetLow, i >= 7)
			after(time.Second)
		}
	})
	begun := 0
	for i, m := range got {
		if strings.HasSuffix(m, "outbox-old true") {
			begun++
		}
		if i < 3 && strings.Contains(m, "mail-budget-low") && m != "7 mail-budget-low true" {
			t.Errorf("another kind: %s", m)
		}
	}
	if n := int(time.Hour / alarm.Quiet); begun != n || len(got) != 2*n+1 {
		t.Errorf("%d times begun, want %d; %d messages: %q", begun, n, len(got), got)
	}
}

// TestWhatBeganWithinTheQuietTimeIsToldAtItsEnd, if it still goes on.
func TestWhatBeganWithinTheQuietTimeIsToldAtItsEnd(t *testing.T) {
	expect(t, told(t, func(b *alarm.Board) {
		b.Set(alarm.AuditAppend, true)
		after(10 * time.Second)
		b.Set(alarm.AuditAppend, false)
		after(10 * time.Second)
		b.Set(alarm.AuditAppend, true)
		after(alarm.Quiet)
		b.Set(alarm.AuditAppend, false)
	}), "0 audit-append true", "10 audit-append false", "300 audit-append true", "320 audit-append false")
}

// TestNotedAlarmsEndByThemselves once nothing was noted for as long as they hold.
func TestNotedAlarmsEndByThemselves(t *testing.T) {
	expect(t, told(t, func(b *alarm.Board) {
		for range 50 {
			b.Note(alarm.Limits)
			after(9 * time.Second)
		}
		after(time.Minute)
		b.Note(alarm.AuditAltered)
		after(30 * 24 * time.Hour)
	}), "0 limits-unavailable true", "451 limits-unavailable false", "510 audit-altered true")
}

// TestTheLastStateIsToldAtTheEnd: what began as the process ends is not lost with it.
func TestTheLastStateIsToldAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []alarm.Kind
		b := alarm.New(alarm.Config{Tell: func(m alarm.Message) { got = append(got, m.Kind) }})
		ctx, stop := context.WithCancel(t.Context())
		stop()
		b.Set(alarm.RosterUnproven, true)
		if err := b.Run(ctx); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestEveryTextSaysWhatToDo: one line, in sentences, with a stable name, in the log as an
// error or a warning.
func TestEveryTextSaysWhatToDo(t *testing.T) {
	var log bytes.Buffer
	var messages []alarm.Message
	b := alarm.New(alarm.Config{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Tell: func(m alarm.Message) { messages = append(messages, m) },
	})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	states := b.States()
	for _, s := range states {
		b.Note(s.Kind)
	}
	_ = b.Run(ctx)
	for _, s := range states {
		b.Set(s.Kind, false)
	}
	_ = b.Run(ctx)
	if len(states) < 14 || len(messages) != 2*len(states) {
		t.Fatalf("%d kinds, %d messages", len(states), len(messages))
	}
	for _, m := range messages {
		if !regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`).MatchString(string(m.Kind)) || !strings.HasSuffix(m.Text, ".") || strings.Contains(m.Text, "\n") {
			t.Errorf("%s: %q", m.Kind, m.Text)
		}
		if m.Begun && !strings.Contains(m.Text, ": ") {
			t.Errorf("%s does not say what to do: %q", m.Kind, m.Text)
		}
		if m.Level != slog.LevelError && m.Level != slog.LevelWarn || m.Level == slog.LevelError && !m.Begun {
			t.Errorf("%s (begun: %v) is logged as %s", m.Kind, m.Begun, m.Level)
		}
		if !strings.Contains(log.String(), "alarm="+string(m.Kind)+" state=") {
			t.Errorf("%s is not in the log", m.Kind)
		}
	}
	for _, s := range b.States() {
		if s.On || s.Begun != 1 {
			t.Errorf("%+v, want off after having begun once", s)
		}
	}
}

// TestNobodyWatches: a nil board is none.
func TestNobodyWatches(*testing.T) {
	var b *alarm.Board
	b.Set(alarm.OutboxFull, true)
	b.Note(alarm.Limits)
}
