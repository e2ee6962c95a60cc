package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"exposure/internal/live"
)

// TestKnownAndUnknownLookTheSame compares every answer of the code path byte for byte,
// but for what is random, and the calls it costs in Redis.
func TestKnownAndUnknownLookTheSame(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	client := redisOf(t, redis.URL())
	b := from(s.serve(t, redis.URL(), office.url, "--insecure-no-limits").public, here)
	known := shop.Examples()[0].Email
	unknown := strings.Repeat("u", strings.Index(known, "@")) + known[strings.Index(known, "@"):]
	type trace struct{ start, refused, malformed, redis string }
	observe := func(address string) trace {
		redis.Do("CONFIG RESETSTAT")
		v := b.start(t, address)
		raw, _ := json.Marshal(v)
		office.box(t, address, 1)
		refused := b.confirm(t, v, "00000000")
		malformed := b.confirm(t, v, "not a code")
		workerRests(t, client, s.outbox(t))
		return trace{mask(raw), head(refused) + mask(refused.body), head(malformed) + mask(malformed.body), calls(redis)}
	}
	observe(strings.Repeat("w", 8) + "@example.jp") // warm up scripts and connections
	k, u := observe(known), observe(unknown)
	if k != u {
		t.Errorf("known and unknown addresses differ:\n%+v\n%+v", k, u)
	}
}

var random = regexp.MustCompile(`"(id|secret|instance|request_id|expires_at)":"[^"]*"`)

// mask replaces what is random by its length, so that a different length still shows.
func mask(body []byte) string {
	return random.ReplaceAllStringFunc(string(body), func(m string) string { return fmt.Sprintf("%s:%d", m[:4], len(m)) })
}

func head(r reply) string {
	var lines []string
	for name := range r.header {
		if name == "Date" || name == "X-Request-Id" {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %v", name, r.header[name]))
	}
	slices.Sort(lines)
	return fmt.Sprint(r.status, lines)
}

// workerRests waits until the outbox is empty and nobody works on any of it, by a command that
// calls leaves out.
func workerRests(t *testing.T, redis goredis.UniversalClient, outbox string) {
	t.Helper()
	eventually(t, "the outbox is empty", func() bool {
		full, err := redis.XInfoStreamFull(t.Context(), outbox, 1).Result()
		return err == nil && full.Length == 0 && len(full.Groups) == 1 && full.Groups[0].PelCount == 0
	})
}

// calls counts Redis commands, less those with which the worker waits.
func calls(r *live.RedisServer) string {
	var lines []string
	for _, line := range strings.Split(r.Do("INFO commandstats"), "\n") {
		name, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "cmdstat_"), ":")
		if !ok || slices.Contains([]string{"xreadgroup", "info", "config|resetstat", "xautoclaim", "zrange", "zrangebyscore", "ping", "client|setinfo", "hello",
			"setex", "hgetall", "xinfo|stream", "cluster|slots"}, name) {
			continue
		}
		count, _, _ := strings.Cut(rest, ",")
		lines = append(lines, name+" "+count)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
