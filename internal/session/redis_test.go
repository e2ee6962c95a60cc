package session_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/session"
)

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
