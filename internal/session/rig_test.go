package session_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/session"
	"exposure/internal/vault"
)

// keys are a server's, freshly drawn.
func keys(t testing.TB) *vault.Server {
	t.Helper()
	file, _, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := vault.ParseServer(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func dial(t testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { c.Close() })
	return c
}

// world is a store over one backend; with Redis the idle time is Redis's to measure.
type world struct {
	*session.Store
	clock  *clock
	client *redis.Client // nil over memory
}

func worlds(t *testing.T, story func(t *testing.T, w *world)) {
	c := func() *clock { return &clock{now: time.Now().Truncate(time.Millisecond)} }
	t.Run("memory", func(t *testing.T) {
		w := &world{clock: c()}
		w.Store = open(t, session.Config{Backend: session.NewMemory(w.clock.Now), Sealer: keys(t), Now: w.clock.Now})
		story(t, w)
	})
	t.Run("redis", func(t *testing.T) {
		w := &world{clock: c(), client: dial(t, live.NewRedis(t).Addr())}
		w.Store = open(t, session.Config{Backend: session.NewRedis(w.client, "t:"), Sealer: keys(t), Now: w.clock.Now})
		story(t, w)
	})
}

func open(t *testing.T, c session.Config) *session.Store {
	t.Helper()
	s, err := session.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) issue(t *testing.T, r session.Record) string {
	t.Helper()
	token, _, err := w.Issue(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (w *world) wantNone(t *testing.T, token, audience string) {
	t.Helper()
	if r, _, err := w.Read(context.Background(), token, audience); !errors.Is(err, session.ErrNoSession) || r != (session.Record{}) {
		t.Errorf("read %+v, %v; want ErrNoSession", r, err)
	}
}
