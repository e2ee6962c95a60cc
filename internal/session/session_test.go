package session_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
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

func TestSessionHoldsItsRecord(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		tag := breach.Tag{1, 2, 3}
		token, expires, err := w.Issue(context.Background(), session.Record{Audience: "customer", Tags: named(tag), Subject: "call 7"})
		if err != nil || len(token) != 43 || !expires.Equal(w.clock.now.Add(15*time.Minute)) {
			t.Fatalf("issued %d characters until %v, %v", len(token), expires, err)
		}
		want := session.Record{
			Audience: "customer", Tags: named(tag), Subject: "call 7", Issued: w.clock.now, Expires: w.clock.now.Add(time.Hour),
		}
		got, _, err := w.Read(context.Background(), token, "customer")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v; record differs: %s", err, diff)
		}
		if again := w.issue(t, session.Record{Audience: "customer", Tags: named(tag)}); again == token {
			t.Error("a token was issued twice")
		}
	})
}

func TestCluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	w := &world{Store: open(t, session.Config{Backend: session.NewRedis(client, "t:"), Sealer: keys(t)})}
	token := w.issue(t, session.Record{Audience: "customer"})
	if _, _, err := w.Read(context.Background(), token, "customer"); err != nil {
		t.Errorf("reading: %v", err)
	}
	if err := w.End(context.Background(), token, "customer"); err != nil {
		t.Errorf("ending: %v", err)
	}
	w.wantNone(t, token, "customer")
}

func TestAnotherAudienceHasNoSession(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.issue(t, session.Record{Audience: "customer"})
		for _, other := range []string{"agent", "", "custome", "customer ", "Customer"} {
			w.wantNone(t, token, other)
			if err := w.End(context.Background(), token, other); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("audience %q ended the session: %v", other, err)
			}
		}
		if _, _, err := w.Read(context.Background(), token, "customer"); err != nil {
			t.Errorf("after the others: %v", err)
		}
	})
}

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

func TestMalformedTokensHaveNoSession(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.issue(t, session.Record{Audience: "customer"})
		last := token[42]
		for _, bad := range []string{
			"", "x", token[:42], token + "A", token + "=", " " + token, token + "\n", token[:42] + "\n", "\n" + token[:42],
			token[:42] + "+", token[:42] + "/", token[:20] + "\r\n" + token[20:41], strings.Repeat("A", 43), strings.Repeat("A", 1<<20),
			token[:42] + string(otherSpelling(last)),
		} {
			w.wantNone(t, bad, "customer")
			if err := w.End(context.Background(), bad, "customer"); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("ending %q: %v", bad, err)
			}
		}
	})
}

// otherSpelling differs from the last character in bits that hold no data.
func otherSpelling(last byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, last)|1]
}

func TestWrittenRedisGrantsNoSession(t *testing.T) {
	w := &world{client: dial(t, live.NewRedis(t).Addr())}
	w.Store = open(t, session.Config{Backend: session.NewRedis(w.client, "t:"), Sealer: keys(t)})
	ctx := context.Background()
	mine, theirs := w.issue(t, session.Record{Audience: "customer", Tags: named(breach.Tag{1})}), w.issue(t, session.Record{Audience: "customer", Tags: named(breach.Tag{2})})
	names, err := w.client.Keys(ctx, "*").Result()
	if err != nil || len(names) != 2 {
		t.Fatalf("%d keys, %v", len(names), err)
	}
	a, b := w.client.Get(ctx, names[0]).Val(), w.client.Get(ctx, names[1]).Val()
	// One record under the key of the other.
	w.client.Set(ctx, names[0], b, time.Hour)
	w.client.Set(ctx, names[1], a, time.Hour)
	w.wantNone(t, mine, "customer")
	w.wantNone(t, theirs, "customer")
	// A record sealed by somebody else, and nonsense.
	for _, planted := range []string{
		string(keys(t).Seal("session", []byte(`{"a":"customer","e":9999999999999}`), nil)),
		`{"a":"customer"}`, "", "\x00", a[:len(a)-1],
	} {
		w.client.Set(ctx, names[0], planted, time.Hour)
		w.client.Set(ctx, names[1], planted, time.Hour)
		w.wantNone(t, mine, "customer")
		w.wantNone(t, theirs, "customer")
	}
}

func TestReadRedisTellsNothing(t *testing.T) {
	w := &world{client: dial(t, live.NewRedis(t).Addr())}
	w.Store = open(t, session.Config{Backend: session.NewRedis(w.client, "t:"), Sealer: keys(t)})
	ctx := context.Background()
	tag := breach.Tag{0xca, 0xfe, 0xba, 0xbe, 5, 6, 7, 8}
	token := w.issue(t, session.Record{Audience: "canary-audience", Tags: named(tag), Subject: "canary-subject"})
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	name := w.client.Keys(ctx, "*").Val()[0]
	kept := name + w.client.Get(ctx, name).Val()
	for _, s := range []string{
		token, string(raw), hex.EncodeToString(raw), "canary", string(tag[:8]), hex.EncodeToString(tag[:8]), base64.RawURLEncoding.EncodeToString(tag[:6]),
	} {
		if strings.Contains(kept, s) {
			t.Error("Redis holds something readable of a session")
		}
	}
	if ttl := w.client.TTL(ctx, name).Val(); ttl <= 0 || ttl > 15*time.Minute {
		t.Errorf("the record lives %v", ttl)
	}
}

func TestStoppedRedisIsUnavailable(t *testing.T) {
	server := live.NewRedis(t)
	w := &world{client: dial(t, server.Addr())}
	w.Store = open(t, session.Config{Backend: session.NewRedis(w.client, ""), Sealer: keys(t)})
	token := w.issue(t, session.Record{Audience: "customer"})
	check := func(when string) {
		for name, call := range map[string]func(context.Context) error{
			"Issue": func(ctx context.Context) error {
				_, _, err := w.Issue(ctx, session.Record{Audience: "customer"})
				return err
			},
			"Read": func(ctx context.Context) error { _, _, err := w.Read(ctx, token, "customer"); return err },
			"End":  func(ctx context.Context) error { return w.End(ctx, token, "customer") },
		} {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			begun := time.Now()
			err := call(ctx)
			cancel()
			if took := time.Since(begun); !errors.Is(err, session.ErrUnavailable) || errors.Is(err, session.ErrNoSession) || took > 5*time.Second {
				t.Errorf("%s: %s gave %v after %v", when, name, err, took)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("%s: the error of %s tells a token", when, name)
			}
		}
	}
	server.Hang(time.Hour)
	check("hanging")
	server.Stop()
	check("stopped")
}

func TestNewWantsItsParts(t *testing.T) {
	for _, c := range []session.Config{
		{}, {Backend: session.NewMemory(nil)}, {Sealer: keys(t)},
		{Backend: session.NewMemory(nil), Sealer: keys(t), Idle: -1}, {Backend: session.NewMemory(nil), Sealer: keys(t), Absolute: -1},
	} {
		if _, err := session.New(c); err == nil {
			t.Errorf("New accepted %+v", c)
		}
	}
	s := open(t, session.Config{Backend: session.NewMemory(nil), Sealer: keys(t)})
	if _, _, err := s.Issue(context.Background(), session.Record{}); err == nil {
		t.Error("a session without an audience was issued")
	}
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

func FuzzToken(f *testing.F) {
	c := &clock{now: time.Now()}
	s, err := session.New(session.Config{Backend: session.NewMemory(c.Now), Sealer: keys(f), Now: c.Now})
	if err != nil {
		f.Fatal(err)
	}
	token, _, err := s.Issue(context.Background(), session.Record{Audience: "customer"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:42])
	f.Add(token[:42] + "\n")
	f.Add(strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, in string) {
		_, _, err := s.Read(context.Background(), in, "customer")
		if in == token && err != nil {
			t.Fatalf("the token itself: %v", err)
		}
		if in != token && !errors.Is(err, session.ErrNoSession) {
			t.Fatalf("Read(%q) = %v, want ErrNoSession", in, err)
		}
	})
}
