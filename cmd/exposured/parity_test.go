package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
)

// TestKnownAndUnknownLookTheSame compares every answer of the code path byte for byte,
// but for what is random, and the calls it costs in Redis.
func TestKnownAndUnknownLookTheSame(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
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
		time.Sleep(600 * time.Millisecond) // the outbox worker's own calls settle
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

// calls counts Redis commands, less those with which the worker waits.
func calls(r *live.RedisServer) string {
	var lines []string
	for _, line := range strings.Split(r.Do("INFO commandstats"), "\n") {
		name, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "cmdstat_"), ":")
		if !ok || slices.Contains([]string{"xreadgroup", "info", "config|resetstat", "xautoclaim", "zrangebyscore", "ping", "client|setinfo", "hello",
			"setex", "hgetall", "xinfo|stream", "cluster|slots"}, name) {
			continue
		}
		count, _, _ := strings.Cut(rest, ",")
		lines = append(lines, name+" "+count)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestTimingTellsNothing ranks the times of 2,000 interleaved requests about listed and
// unknown addresses (Mann-Whitney): asking for a code, and a wrong code that is really
// compared. No time is judged by itself; it fails on a difference that chance explains
// once in ten thousand runs.
func TestTimingTellsNothing(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits").public, here)
	var listed []string
	for _, p := range shop.People() {
		listed = append(listed, p.Emails...)
	}
	known := make([]bool, 2000) // in random order: nothing with a rhythm of two may decide
	for i := range known {
		known[i] = i%2 == 0
	}
	rand.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	var starts, guesses [2][]time.Duration
	for i, known := range known {
		group, address := 1, fmt.Sprintf("stranger%06d@example.jp", i)
		if known {
			group, address = 0, listed[len(starts[0])]
		}
		before := len(office.box(t, address, 0))
		begin := time.Now()
		v := b.start(t, address)
		starts[group] = append(starts[group], time.Since(begin))
		code := wrong(office.code(t, address, before+1))
		begin = time.Now()
		b.confirm(t, v, code)
		guesses[group] = append(guesses[group], time.Since(begin))
	}
	for what, times := range map[string][2][]time.Duration{"asking": starts, "guessing": guesses} {
		if z := rankTest(times[0], times[1]); math.Abs(z) > 4 {
			t.Errorf("%s: times of listed and unknown addresses differ (z = %.1f)", what, z)
		}
	}
}

// rankTest is the normal approximation of the Mann-Whitney U statistic.
func rankTest(a, b []time.Duration) float64 {
	type sample struct {
		d time.Duration
		a bool
	}
	var all []sample
	for _, d := range a {
		all = append(all, sample{d, true})
	}
	for _, d := range b {
		all = append(all, sample{d, false})
	}
	slices.SortFunc(all, func(x, y sample) int { return int(x.d - y.d) })
	sum := 0.0
	for i, x := range all {
		if x.a {
			sum += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	u := sum - n*(n+1)/2
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}
