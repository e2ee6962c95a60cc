package mypage_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/client"
	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// TestKeysTriedFromAWholeSite: the owner of an IPv6 /48 who tries keys from ever new /64s of
// it has one allowance and begins one counter; a right key never waits.
func TestKeysTriedFromAWholeSite(t *testing.T) {
	g := newRig(t, nil)
	kit := g.client("kit", "gate")
	store := redis.NewClient(&redis.Options{Addr: live.NewRedis(t).Addr()})
	t.Cleanup(func() { _ = store.Close() })
	limits, err := ratelimit.New(ratelimit.Config{Client: store, Table: ratelimit.Default()})
	must(t, err)
	guard, err := client.NewGuard(client.Config{Directory: g.clients, Limits: limits, Hash: g.keys.NetworkTag, Now: g.now})
	must(t, err)
	admit := func(from, key string) error {
		_, err := guard.Admit(t.Context(), netip.MustParseAddr(from), key, client.Gate)
		return err
	}
	for i := range 300 {
		err := admit(fmt.Sprintf("2001:db8:aaaa:%x::1", i*217), "no key")
		if over := errors.As(err, new(*ratelimit.Exceeded)); over != (i >= 60) || !over && !errors.Is(err, client.ErrKey) {
			t.Fatalf("wrong key %d: %v", i+1, err)
		}
	}
	if keys := store.Keys(t.Context(), "*").Val(); len(keys) != 1 {
		t.Errorf("counters: %q, want one", keys)
	}
	if err := admit("2001:db8:aaaa:1::1", kit); err != nil {
		t.Errorf("a right key from there: %v", err)
	}
	for _, from := range []string{"2001:db8:aaab::1", "198.51.100.1"} {
		if err := admit(from, "no key"); !errors.Is(err, client.ErrKey) {
			t.Errorf("a wrong key from %s: %v", from, err)
		}
	}
}
