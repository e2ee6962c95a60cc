package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/session"
)

func TestSessionEndsIdleAbsolutelyAndWhenEnded(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		token := w.issue(t, session.Record{Audience: "customer"})
		for range 4 { // used every 14 minutes
			w.clock.advance(14 * time.Minute)
			_, expires, err := w.Read(ctx, token, "customer")
			if want := w.clock.now.Add(15 * time.Minute); err != nil || expires.After(want) {
				t.Fatalf("in use: until %v, %v", expires, err)
			}
		}
		_, expires, err := w.Read(ctx, token, "customer")
		if want := w.clock.now.Add(4 * time.Minute); err != nil || !expires.Equal(want) {
			t.Errorf("near its absolute end: until %v, %v; want %v", expires, err, want)
		}
		w.clock.advance(4 * time.Minute)
		w.wantNone(t, token, "customer")

		ended := w.issue(t, session.Record{Audience: "customer"})
		if err := w.End(ctx, ended, "customer"); err != nil {
			t.Errorf("ending: %v", err)
		}
		w.wantNone(t, ended, "customer")
		if err := w.End(ctx, ended, "customer"); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("ending again: %v", err)
		}

		shorter := w.issue(t, session.Record{Audience: "customer", Expires: w.clock.now.Add(time.Minute)})
		w.clock.advance(time.Minute)
		w.wantNone(t, shorter, "customer")

		longer, _, err := w.Issue(ctx, session.Record{Audience: "customer", Expires: w.clock.now.Add(1000 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if r, _, err := w.Read(ctx, longer, "customer"); err != nil || r.Expires.After(w.clock.now.Add(time.Hour)) {
			t.Errorf("a session asked to last 1,000 h ends %v, %v", r.Expires, err)
		}
		if _, _, err := w.Issue(ctx, session.Record{Audience: "customer", Expires: w.clock.now}); err == nil {
			t.Error("a session without a life was issued")
		}
	})
}

func TestIdleSessionEnds(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		w := &world{clock: &clock{now: time.Now()}}
		w.Store = open(t, session.Config{Backend: session.NewMemory(w.clock.Now), Sealer: keys(t), Now: w.clock.Now})
		token := w.issue(t, session.Record{Audience: "customer"})
		w.clock.advance(15 * time.Minute)
		w.wantNone(t, token, "customer")
	})
	t.Run("redis", func(t *testing.T) {
		w := &world{client: dial(t, live.NewRedis(t).Addr())}
		w.Store = open(t, session.Config{Backend: session.NewRedis(w.client, ""), Sealer: keys(t), Idle: 400 * time.Millisecond})
		token := w.issue(t, session.Record{Audience: "customer"})
		for range 4 { // longer than idle in all
			time.Sleep(150 * time.Millisecond)
			if _, _, err := w.Read(context.Background(), token, "customer"); err != nil {
				t.Fatalf("in use: %v", err)
			}
		}
		deadline := time.Now().Add(10 * time.Second)
		for w.client.DBSize(context.Background()).Val() > 0 {
			if time.Now().After(deadline) {
				t.Fatal("an idle session stays in Redis")
			}
			time.Sleep(20 * time.Millisecond)
		}
		w.wantNone(t, token, "customer")
	})
}

func TestMemoryDropsWhatIsOver(t *testing.T) {
	c := &clock{now: time.Now()}
	m := session.NewMemory(c.Now)
	for i := range 3_000 {
		if err := m.Put(context.Background(), string(rune(i)), []byte("x"), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	c.advance(time.Hour)
	if err := m.Put(context.Background(), "new", []byte("x"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := session.Size(m); n != 1 {
		t.Errorf("%d sessions are kept, want the one that is alive", n)
	}
}
