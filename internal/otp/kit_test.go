package otp_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/otp"
)

// pepper is the server's code key in these tests: HMAC over length-prefixed parts.
type pepper struct{}

func (pepper) CodeMAC(parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, []byte("a key of these tests, for nothing else"))
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// under is the MAC of the same digits under another key.
func under(key string, mac [32]byte) [32]byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(mac[:])
	return [32]byte(h.Sum(nil))
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func random16() (b [16]byte) { rand.Read(b[:]); return b }
func random32() (b [32]byte) { rand.Read(b[:]); return b }

// dial returns a client as the server makes it: no retries, deadlines from contexts.
func dial(tb testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, PoolSize: 50, PoolTimeout: 10 * time.Second,
	})
	tb.Cleanup(func() { c.Close() })
	return c
}

// epoch is when every story begins.
var epoch = time.UnixMilli(1_690_000_000_000)

// world is one store with a clock that the test moves.
type world struct {
	otp.Store
	tb   reporter
	now  time.Time
	back func(time.Time) // tells the store the time
	lose func(tag breach.Tag, p otp.Purpose)

	mu sync.Mutex
}

// reporter is what a test or a random history reports to.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// worlds runs a story on both stores.
func worlds(t *testing.T, story func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) {
		w := &world{tb: t, now: epoch}
		m := otp.NewMemory(otp.Config{Now: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }})
		w.Store, w.back, w.lose = m, func(time.Time) {}, m.Lose
		story(t, w)
	})
	t.Run("redis", func(t *testing.T) {
		story(t, redisWorld(t, live.NewRedis(t)))
	})
}

func redisWorld(t testing.TB, server *live.RedisServer) *world {
	client := dial(t, server.Addr())
	r := otp.NewRedisOnClock(client, otp.Config{Prefix: "t:"})
	w := &world{tb: t, Store: r, now: epoch}
	w.back = func(now time.Time) {
		if err := client.Set(context.Background(), otp.ClockKey, now.UnixMilli(), 0).Err(); err != nil {
			t.Fatalf("setting the clock: %v", err)
		}
	}
	w.lose = func(tag breach.Tag, p otp.Purpose) {
		if err := r.Lose(context.Background(), tag, p); err != nil {
			t.Fatalf("losing a state: %v", err)
		}
	}
	w.back(w.now)
	return w
}

// dump is what the store keeps of a person, as JSON.
func (w *world) dump(p *person, purpose otp.Purpose) string {
	w.tb.Helper()
	switch s := w.Store.(type) {
	case *otp.Memory:
		return s.State(p.tag, purpose, w.now.UnixMilli(), p.begun)
	case *otp.Redis:
		text, err := s.State(context.Background(), p.tag, purpose, w.now.UnixMilli(), p.begun)
		if err != nil {
			w.tb.Fatalf("reading a state: %v", err)
		}
		return text
	}
	return ""
}

// plant replaces what the store keeps of a person.
func (w *world) plant(p *person, purpose otp.Purpose, state string) {
	w.tb.Helper()
	var err error
	switch s := w.Store.(type) {
	case *otp.Memory:
		err = s.Plant(p.tag, purpose, state)
	case *otp.Redis:
		err = s.Plant(context.Background(), p.tag, purpose, state)
	}
	if err != nil {
		w.tb.Fatalf("planting a state: %v", err)
	}
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.back(w.now)
}
