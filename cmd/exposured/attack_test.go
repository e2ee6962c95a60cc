package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// inParallel sends n requests at once, half of them over connections that are already
// open, and counts the answers by status.
func inParallel(t *testing.T, n int, send func(i int) (reply, error)) map[int]int {
	t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			r, err := send(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				statuses[-1]++
				return
			}
			statuses[r.status]++
		})
	}
	close(begin)
	all.Wait()
	return statuses
}

// evaluated counts the audit rows of evaluated guesses about an address.
func evaluated(t *testing.T, s site, address, outcome string) int {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	tag := keys.Tag(a)
	db := s.open(t)
	defer db.Close()
	var n int
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = 'guess' AND tag = ? AND outcome = ?`, tag[:], outcome).Scan(&n))
	return n
}

// open opens the database behind the program's back.
func (s site) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(s.database, "sqlite:")+"?_pragma=busy_timeout(10000)")
	must(t, err)
	return db
}

func guess(v wire.Verification, code string) map[string]string {
	return map[string]string{"secret": v.Secret, "code": code}
}

func confirmation(v wire.Verification) string { return "/v1/verifications/" + v.Id + "/confirmation" }

// wrong returns a code that is not this one.
func wrong(code string) string {
	digits := []byte(strings.ReplaceAll(code, "-", ""))
	digits[0] = '0' + (digits[0]-'0'+1)%10
	return string(digits)
}

func TestFiveHundredRightCodesHaveOneWinner(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits").public, here)
	address := shop.Examples()[0].Email
	v := b.start(t, address)
	code := office.code(t, address, 1)
	got := inParallel(t, 500, func(int) (reply, error) { return b.try(http.MethodPost, confirmation(v), "", guess(v, code)) })
	if got[200] != 1 || got[422] != 499 {
		t.Errorf("500 right codes at once were answered %v, want one 200 and 499 times 422", got)
	}
	if n := evaluated(t, s, address, "accepted"); n != 1 {
		t.Errorf("%d accepted guesses are in the audit log, want 1", n)
	}
}

func TestTwoThousandWrongCodesAreFiveGuesses(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
	b := from(server.public, here)
	address := shop.Examples()[0].Email
	v := b.start(t, address)
	code := office.code(t, address, 1)
	got := inParallel(t, 2000, func(int) (reply, error) { return b.try(http.MethodPost, confirmation(v), "", guess(v, wrong(code))) })
	if got[422] != 2000 {
		t.Errorf("2,000 wrong codes at once were answered %v; the log ends with\n%s", got, server.tail(5))
	}
	if n := evaluated(t, s, address, "refused"); n != 5 {
		t.Errorf("%d guesses were evaluated, want 5", n)
	}
	r := b.confirm(t, v, code)
	var p wire.Problem
	r.decode(t, &p)
	if r.status != 422 || p.AttemptsLeft == nil || *p.AttemptsLeft != 0 {
		t.Errorf("the right code as the sixth try: %d %s", r.status, r.body)
	}
}

// TestTenGuessesAPerson is the budget that no new verification, flushed Redis or restart
// refills, and that never keeps the owner out.
func TestTenGuessesAPerson(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	server := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	address := shop.Examples()[0].Email
	b := from(server.public, here)
	// All hundred are opened before the first guess: the first two get short codes, all
	// others long ones, until every place for those is taken.
	verifications := make([]wire.Verification, 100)
	for i := range verifications {
		verifications[i] = b.start(t, address)
	}
	office.box(t, address, 10)
	for _, v := range verifications {
		for i := range 5 {
			if r := b.confirm(t, v, fmt.Sprintf("%08d", 10000000+i)); r.status != 422 {
				t.Fatalf("a wrong code was answered %d %s", r.status, r.body)
			}
		}
	}
	if n := evaluated(t, s, address, "refused"); n != 10 {
		t.Fatalf("%d guesses were evaluated over 100 verifications, want 10", n)
	}
	redis.Flush()
	mails := len(office.box(t, address, 0))
	v := b.start(t, address)
	code := office.code(t, address, mails+1)
	if len(strings.ReplaceAll(code, "-", "")) != 20 {
		t.Errorf("after ten failures a code of %d characters was mailed, want a long one", len(code))
	}
	for range 5 {
		b.confirm(t, v, "12345678")
	}
	if n := evaluated(t, s, address, "refused"); n != 10 {
		t.Errorf("after Redis was flushed %d guesses were evaluated in all, want 10", n)
	}
	if code := server.stop(); code != 0 {
		t.Errorf("the server stopped with %d", code)
	}
	redis.Flush()
	b = from(s.serve(t, redis.URL(), office.url, "--insecure-no-limits").public, here)
	v = b.start(t, address)
	mails = len(office.box(t, address, mails+2))
	for range 4 {
		b.confirm(t, v, "12345678")
	}
	if n := evaluated(t, s, address, "refused"); n != 10 {
		t.Errorf("after a restart %d guesses were evaluated in all, want 10", n)
	}
	if r := b.confirm(t, v, office.code(t, address, mails)); r.status != 200 {
		t.Errorf("the owner's long code was answered %d %s", r.status, r.body)
	}
}

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
		if !ok || slices.Contains([]string{"xreadgroup", "info", "config|resetstat", "xautoclaim", "zrangebyscore", "ping", "client|setinfo", "hello"}, name) {
			continue
		}
		count, _, _ := strings.Cut(rest, ",")
		lines = append(lines, name+" "+count)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestTimingTellsNothing ranks the times of 2,000 interleaved requests about listed and
// unknown addresses (Mann-Whitney). It fails on a difference no chance explains.
func TestTimingTellsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits").public, here)
	people := shop.People()
	listed := shop.Examples()[0].Email
	verifications := map[bool]wire.Verification{true: b.start(t, listed), false: b.start(t, strings.Repeat("z", len(listed)-11)+"@example.jp")}
	for _, path := range []string{"start", "confirm"} {
		var times [2][]time.Duration
		known := make([]bool, 2000) // in random order: nothing with a rhythm of two may decide
		for i := range known {
			known[i] = i%2 == 0
		}
		rand.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
		for i, known := range known {
			address := fmt.Sprintf("stranger%06d@example.jp", i)
			if known {
				address = people[i%1000].Emails[0]
			}
			begin := time.Now()
			if path == "start" {
				b.start(t, address)
			} else {
				b.confirm(t, verifications[known], "00000000")
			}
			took := time.Since(begin)
			if known {
				times[0] = append(times[0], took)
			} else {
				times[1] = append(times[1], took)
			}
		}
		if z := rankTest(times[0], times[1]); math.Abs(z) > 4 {
			t.Errorf("%s: times of listed and unknown addresses differ (z = %.1f)", path, z)
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

// TestSabotage: whatever is wrong with the database or the keys, nobody reads "not
// listed". Either the server refuses to start, or it says that it could not check.
func TestSabotage(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, s site)
	}{
		{"another key file", func(t *testing.T, s site) {
			server, _, err := vault.Generate(time.Now())
			must(t, err)
			must(t, os.WriteFile(s.keys, server, 0o600))
		}},
		{"nothing published", func(t *testing.T, s site) { s.exec(t, `DELETE FROM publications`) }},
		{"no version", func(t *testing.T, s site) {
			s.exec(t, `DELETE FROM publications`, `DELETE FROM roster_tags`, `DELETE FROM roster_persons`, `DELETE FROM roster_versions`)
		}},
		{"half the tags", func(t *testing.T, s site) { s.exec(t, `DELETE FROM roster_tags WHERE hex(tag) > '80'`) }},
		{"no tags", func(t *testing.T, s site) { s.exec(t, `DELETE FROM roster_tags`) }},
		{"an edited incident", func(t *testing.T, s site) {
			src, err := os.ReadFile(s.incident)
			must(t, err)
			must(t, os.WriteFile(s.incident, append(src, "\n# edited\n"...), 0o600))
		}},
		{"an empty database", func(t *testing.T, s site) { must(t, os.Truncate(strings.TrimPrefix(s.database, "sqlite:"), 0)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := smallSite(t)
			c.damage(t, s)
			if r, code := s.tryServe(t, "", openPostOffice(t).url); r != nil || code == 0 {
				t.Errorf("the server started")
			}
		})
	}
}

func (s site) exec(t *testing.T, statements ...string) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSabotageWhileServing breaks the database under a running server.
func TestSabotageWhileServing(t *testing.T) {
	for name, damage := range map[string][]string{
		"half the tags":      {`DELETE FROM roster_tags WHERE hex(tag) > '80'`},
		"every tag":          {`DELETE FROM roster_tags`},
		"nothing published":  {`DELETE FROM publications`},
		"another digest":     {`UPDATE roster_versions SET incident_digest = zeroblob(32)`},
		"answers emptied":    {`UPDATE roster_tags SET answer = CAST('{}' AS BLOB)`},
		"chain cut together": {`UPDATE roster_tags SET next = x'` + strings.Repeat("ff", 32) + `'`},
	} {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openPostOffice(t)
			r := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
			b := from(r.public, here)
			s.exec(t, damage...)
			listed := map[string]bool{}
			for _, p := range shop.People() {
				for _, address := range p.Emails {
					listed[address] = true
				}
			}
			unproven := 0
			for _, e := range shop.Examples() {
				v := b.start(t, e.Email)
				got := b.confirm(t, v, office.code(t, e.Email, 1))
				switch {
				case got.status == 503 && got.problem(t) == "could-not-check":
					unproven++
				case got.status == 200 && bytes.Contains(got.body, []byte(`"not_listed"`)) && listed[e.Email]:
					t.Errorf("%s: a listed person was told not_listed", e.Label)
				case got.status != 200:
					t.Errorf("%s: %d %s", e.Label, got.status, got.body)
				}
			}
			if unproven == 0 {
				t.Error("nobody was told that it could not be checked")
			}
		})
	}
}

// TestCarrierAddressOnTheWire looks a dotted carrier address up from entry to report.
func TestCarrierAddressOnTheWire(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	for _, p := range shop.People() {
		for _, address := range p.Emails {
			if !strings.Contains(address, "..") {
				continue
			}
			c := b.prove(t, office, strings.ToUpper(address))
			if c.Report.Status != wire.ReportStatusListed {
				t.Errorf("a dotted carrier address is %s", c.Report.Status)
			}
			return
		}
	}
	t.Error("the invented shop has no dotted carrier address")
}

// TestNetworkLimits: sixty requests an hour from one address, whatever it claims to be.
func TestNetworkLimits(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	other := from(b.base, netip.MustParseAddr("127.7.7.7"))
	var refused atomic.Int32
	for i := range 61 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.base+"/v1/verifications",
			strings.NewReader(fmt.Sprintf(`{"email":"person%d@example.jp"}`, i)))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		resp, err := b.client.Do(req)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			refused.Add(1)
			if resp.Header.Get("Retry-After") == "" || resp.Header.Get("RateLimit") == "" {
				t.Errorf("429 without Retry-After and RateLimit: %v", resp.Header)
			}
		}
	}
	if refused.Load() != 1 {
		t.Errorf("%d of 61 requests were refused, want 1", refused.Load())
	}
	if r := other.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "someone@example.jp"}); r.status != 202 {
		t.Errorf("another address was answered %d", r.status)
	}
}

// TestMailLimit: an address gets three mails in a quarter of an hour, one of them the
// day's reserve, and every request is answered alike.
func TestMailLimit(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	address := shop.Examples()[0].Email
	for range 10 {
		b.start(t, address)
	}
	office.box(t, address, 2)
	// A mail to somebody else comes last, so whatever was owed to this address is here.
	b.prove(t, office, shop.Examples()[1].Email)
	time.Sleep(500 * time.Millisecond)
	if box := office.box(t, address, 2); len(box) != 2 {
		t.Errorf("ten requests within a minute brought %d mails, want one and the reserve", len(box))
	}
}

// TestReady: a server that cannot prove its roster says so to whoever balances load.
func TestReady(t *testing.T) {
	s, _ := smallSite(t)
	redis := live.NewRedis(t)
	r := s.serve(t, redis.URL(), openPostOffice(t).url)
	private := from(r.private, here)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if got := private.do(t, http.MethodGet, path, "", nil); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
		if got := from(r.public, here).do(t, http.MethodGet, path, "", nil); got.status != 404 {
			t.Errorf("%s on the public listener: %d", path, got.status)
		}
	}
	redis.Stop()
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("readyz without Redis: %d", got.status)
	}
	if got := from(r.public, here).do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "a@example.jp"}); got.status != 503 {
		t.Errorf("a request without Redis: %d", got.status)
	}
	if got := from(r.public, here).do(t, http.MethodGet, "/v1/incident", "", nil); got.status != 200 {
		t.Errorf("the incident without Redis: %d", got.status)
	}
	redis.Restart()
	s.exec(t, `DELETE FROM roster_tags`)
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("readyz without tags: %d", got.status)
	}
}

// contents is everything a Redis holds, uncompressed.
func contents(t *testing.T, r *live.RedisServer) string {
	t.Helper()
	r.Do("CONFIG SET rdbcompression no")
	o, err := redis.ParseURL(r.URL())
	must(t, err)
	client := redis.NewClient(o)
	defer client.Close()
	var all strings.Builder
	keys := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		dump, err := client.Dump(t.Context(), keys.Val()).Result()
		must(t, err)
		all.WriteString(keys.Val() + "\n" + dump + "\n")
	}
	must(t, keys.Err())
	return all.String()
}

// TestNothingLeaks searches every place that outlives a request for canaries.
func TestNothingLeaks(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	store := live.NewRedis(t)
	r := s.serve(t, store.URL(), office.url)
	b := from(r.public, here)
	address := shop.Examples()[0].Email
	v := b.start(t, address)
	code := office.code(t, address, 1)
	b.confirm(t, v, wrong(code))
	ok := b.confirm(t, v, code)
	var c wire.Confirmation
	ok.decode(t, &c)
	report(t, b, c.Token)
	metrics := from(r.private, here).do(t, http.MethodGet, "/metrics", "", nil)
	dump := contents(t, store)
	r.stop()
	raw, err := os.ReadFile(strings.TrimPrefix(s.database, "sqlite:"))
	must(t, err)
	wal, _ := os.ReadFile(strings.TrimPrefix(s.database, "sqlite:") + "-wal")
	local, _, _ := strings.Cut(address, "@")
	canaries := map[string]string{
		"address": address, "local part": local, "code": code, "digits": strings.ReplaceAll(code, "-", ""),
		"secret": v.Secret, "token": c.Token, "verification id": v.Id,
	}
	for place, content := range map[string]string{"log": r.log.String(), "metrics": string(metrics.body), "redis": dump, "database": string(raw) + string(wal)} {
		if len(content) == 0 {
			t.Errorf("nothing to search in the %s", place)
		}
		for what, canary := range canaries {
			if strings.Contains(content, canary) {
				t.Errorf("the %s holds the %s", place, what)
			}
		}
	}
}

// TestLettersAndResetsAreNotOpenYet: both doors are there and answer as documented.
func TestLettersAndResetsAreNotOpenYet(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, "", office.url).public, here)
	r := b.do(t, http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": "12345-67890-1234"})
	if r.status != 422 || r.problem(t) != "code-rejected" || bytes.Contains(r.body, []byte("attempts_left")) {
		t.Errorf("a letter number: %d %s", r.status, r.body)
	}
	c := b.prove(t, office, shop.Examples()[0].Email)
	if r := b.do(t, http.MethodPost, "/v1/password-reset", c.Token, nil); r.status != 409 || r.problem(t) != "reset-not-applicable" {
		t.Errorf("a password reset: %d %s", r.status, r.body)
	}
	if r := b.do(t, http.MethodDelete, "/v1/session", c.Token, nil); r.status != 204 {
		t.Errorf("ending the session: %d %s", r.status, r.body)
	}
	for _, call := range [][2]string{{http.MethodGet, "/v1/report"}, {http.MethodPost, "/v1/password-reset"}, {http.MethodDelete, "/v1/session"}} {
		if r := b.do(t, call[0], call[1], c.Token, nil); r.status != 401 || r.problem(t) != "unauthenticated" {
			t.Errorf("%s %s after the end: %d %s", call[0], call[1], r.status, r.body)
		}
	}
}
