package otp_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// foreign is a store whose Redis somebody else can read and write.
func foreign(t *testing.T) (*world, *otp.Redis, *redis.Client) {
	client := dial(t, live.NewRedis(t).Addr())
	r := otp.NewRedis(client, otp.Config{Prefix: "t:"})
	return &world{Store: r, tb: t, now: time.Now(), back: func(time.Time) {}}, r, client
}

// planted is a state in which the selector of a guess passes for a code, with a proof
// that its writer cannot know.
func planted(t *testing.T, client *redis.Client, key string, change func(state map[string]any)) {
	t.Helper()
	raw, err := client.Get(context.Background(), key).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]any{}
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	change(state)
	if raw, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	if err := client.Set(context.Background(), key, raw, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestWrittenRedisGrantsNothing(t *testing.T) {
	w, r, client := foreign(t)
	ctx := context.Background()
	v := w.person().visit(otp.Web)
	v.mail()
	key := r.Key(v.p.tag, otp.Web)
	first := func(state map[string]any, list string) map[string]any { return state[list].([]any)[0].(map[string]any) }

	// A code in place of the victim's: the writer saw the selector of a guess.
	guess := v.attempt("00000000")
	mac := guess.MACs[1]
	planted(t, client, key, func(s map[string]any) { first(s, "s")["p"] = base64url(mac[:16]) })
	if got, err := w.Redeem(ctx, guess); !errors.Is(err, otp.ErrForged) || !errors.Is(err, otp.ErrUnavailable) || got.Accepted {
		t.Errorf("a planted code: %+v, %v", got, err)
	}
	// A verdict in advance.
	v = w.person().visit(otp.Web)
	v.mail()
	key = r.Key(v.p.tag, otp.Web)
	guess = v.attempt("00000000")
	planted(t, client, key, func(s map[string]any) {
		s["r"] = []any{map[string]any{"a": base64url(guess.ID[:]), "k": "accepted", "n": 4, "q": "AAAAAAAAAAAAAAAAAAAAAA", "e": math.MaxInt32 * 1000}}
	})
	if got, err := w.Redeem(ctx, guess); !errors.Is(err, otp.ErrForged) || got.Accepted {
		t.Errorf("a planted verdict: %+v, %v", got, err)
	}
	// One's own code under somebody else's address.
	mine, theirs := w.person().visit(otp.Web), w.person().visit(otp.Web)
	m, long := mine.mail(), mine.mailLong()
	theirs.mail()
	raw, err := client.Get(ctx, r.Key(mine.p.tag, otp.Web)).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	raw = []byte(strings.ReplaceAll(string(raw), base64url(mine.nonce[:]), base64url(theirs.nonce[:])))
	if err := client.Set(ctx, r.Key(theirs.p.tag, otp.Web), raw, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	for _, digits := range []string{m.digits, long.digits} {
		if got, err := w.Redeem(ctx, theirs.attempt(digits)); err == nil && got.Accepted {
			t.Errorf("a code moved to another address was accepted")
		}
	}
	// Nonsense.
	for _, text := range []string{"", "{", "[]", "17", `{"v":7}`, `{"s":[1]}`, `{"f":[{}]}`, "\xff\x00"} {
		if err := client.Set(ctx, r.Key(theirs.p.tag, otp.Web), text, time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Redeem(ctx, theirs.attempt("12345678")); got.Accepted || err != nil && !errors.Is(err, otp.ErrUnavailable) {
			t.Errorf("after %q: %+v, %v", text, got, err)
		}
	}
}

func TestReadRedisTellsNothing(t *testing.T) {
	w, _, client := foreign(t)
	ctx := context.Background()
	v := w.person().visit(otp.Web)
	var secrets []string
	for _, m := range []mail{v.mail(), v.mailLong()} {
		secrets = append(secrets, m.digits)
	}
	secrets = append(secrets, hex.EncodeToString(v.secret[:]), base64url(v.secret[:]), string(v.secret[:]))
	v.try(wrong(v))
	v.try(secrets[0])
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	if want := "t:otp:{" + hex.EncodeToString(v.p.tag[:]) + "}:web"; keys[0] != want {
		t.Errorf("key %q, want %q", keys[0], want)
	}
	raw, err := client.Get(ctx, keys[0]).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(secrets, wrong(v)) {
		if strings.Contains(raw, s) {
			t.Error("a code or secret is readable in Redis")
		}
	}
}

// The clock of the program decides nothing; keys end with what they hold.
func TestRedisClockDecides(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	ctx := context.Background()
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		r := otp.NewRedis(client, otp.Config{Now: func() time.Time { return time.Now().Add(off) }})
		w := &world{Store: r, tb: t, now: time.Now().Add(off), back: func(time.Time) {}}
		v := w.person().visit(otp.Web)
		m := v.mail()
		now, err := client.Time(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		if life := m.Expires.Sub(now); life > 30*time.Minute || life < 29*time.Minute {
			t.Errorf("with a clock off by %v a code lives %v", off, life)
		}
		if ttl := client.PTTL(ctx, r.Key(v.p.tag, otp.Web)).Val(); ttl > 24*time.Hour || ttl < 23*time.Hour {
			t.Errorf("the key lives %v, want the day for which its mail counts", ttl)
		}
		v.want(m.digits, otp.Accepted)
	}
}

func TestErrorsTellNothing(t *testing.T) {
	client := dial(t, "127.0.0.1:1") // nobody listens
	w := &world{Store: otp.NewRedis(client, otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}}
	v := w.person().visit(otp.Web)
	a := v.attempt("24681357")
	_, err := w.Redeem(context.Background(), a)
	if err == nil {
		t.Fatal("no error without a server")
	}
	for _, s := range []string{"24681357", hex.EncodeToString(v.p.tag[:]), base64url(v.nonce[:]), base64url(a.ID[:]), base64url(a.MACs[1][:16])} {
		if strings.Contains(err.Error(), s) {
			t.Errorf("an error tells a code, tag or id: %v", err)
		}
	}
}
