package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// fewer makes samples small where the race detector runs: there only the way is tested.
func fewer(n int) int {
	if slowed {
		return n / 20
	}
	return n
}

func asking(this turn) string {
	return wireText("/v1/verifications", fmt.Sprintf(`{"email":%q}`, this.address))
}

func wireText(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// timed is a server whose answers are timed.
type timed struct {
	t      *testing.T
	site   site
	crowd  crowd
	server *running
	begun  sync.Map // address -> wire.Verification, the first
}

// untimely lifts the limits by network, and the pace of the one domain that everybody has:
// those on mails are part of what may tell.
const untimely = plenty + ",failed-ip=100000/1h,failed-net=100000/1h,send-domain=1000000/1m"

// startTimed serves a list of 5,000 people, so that one request about each and about as many
// strangers are 10,000.
func startTimed(t *testing.T, limits ...string) *timed {
	t.Helper()
	people := fewer(5000)
	s := listSite(t, people)
	return &timed{t: t, site: s, crowd: crowdOf(people), server: s.serve(t, live.Redis(t), openPostOffice(t).url,
		"--limits", strings.Join(append(limits, untimely), ","))}
}

// asks is a round of one request for a code about everybody.
func (m *timed) asks() (listed, strangers []time.Duration) { return m.begin(asking) }

// begins is a round of one verification of everybody without a mail.
func (m *timed) begins() (listed, strangers []time.Duration) {
	return m.begin(func(this turn) string {
		return wireText("/v1/verifications", fmt.Sprintf(`{"email":%q,"send_code":false}`, this.address))
	})
}

func (m *timed) begin(request func(turn) string) (listed, strangers []time.Duration) {
	return measure(m.t, m.server.public, m.crowd.turns(), request, func(this turn, r reply) {
		if r.status != http.StatusAccepted {
			m.t.Fatalf("asking was answered %d %s", r.status, r.body)
		}
		var v wire.Verification
		r.decode(m.t, &v)
		m.begun.LoadOrStore(this.address, v)
	})
}

// guesses is a round of one wrong code about everybody, all of which are really compared: the
// code of everybody's first mail is out, and nobody's tries are used up in three rounds.
func (m *timed) guesses() (listed, strangers []time.Duration) {
	m.drain()
	before := evaluatedIn(m.t, m.site)
	listed, strangers = m.guess(func(r reply) bool { return r.status == http.StatusUnprocessableEntity })
	if got := evaluatedIn(m.t, m.site) - before; got != len(listed)+len(strangers) {
		m.t.Errorf("%d of %d guesses were compared", got, len(listed)+len(strangers))
	}
	return listed, strangers
}

// guess sends a wrong code about everybody, each of which must be answered so.
func (m *timed) guess(expected func(reply) bool) (listed, strangers []time.Duration) {
	return measure(m.t, m.server.public, m.crowd.turns(), func(this turn) string {
		v, _ := m.begun.Load(this.address)
		begun := v.(wire.Verification)
		return wireText(confirmation(begun), fmt.Sprintf(`{"secret":%q,"code":"%08d"}`, begun.Secret, rand.IntN(100_000_000)))
	}, func(_ turn, r reply) {
		if !expected(r) {
			m.t.Fatalf("a guess was answered %d %s", r.status, r.body)
		}
	})
}

// drain waits until no mail waits.
func (m *timed) drain() {
	for deadline := time.Now().Add(6 * patience); m.server.metric(m.t, "exposure_outbox_waiting") != "0"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatal("the outbox does not get empty")
		}
	}
}

// TestTimingTellsNothing: 10,000 requests for a code, then 10,000 wrong codes; 10,000
// verifications begun without a mail.
func TestTimingTellsNothing(t *testing.T) {
	m := startTimed(t)
	compare(t, "asking", m.asks)
	compare(t, "guessing", m.guesses)
	compare(t, "beginning without a mail", m.begins)
}

// TestTimingUnderLoad: the same while others keep the server busy. They ask for a thousand codes
// in a second, which would spend the budget of everybody within a round: then all are told 503,
// and no time is compared. So it is larger here, and charged all the same.
func TestTimingUnderLoad(t *testing.T) {
	m := startTimed(t, "send-global=10000000/24h")
	var stop atomic.Bool
	var others sync.WaitGroup
	defer others.Wait()
	defer stop.Store(true)
	for i := range 4 {
		b := from(m.server.public, addr(fmt.Sprintf("127.0.8.%d", i+1)))
		others.Go(func() {
			for k := 0; !stop.Load(); k++ {
				_, _ = b.try(http.MethodGet, "/v1/incident", "", nil)
				_, _ = b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": fmt.Sprintf("other%d-%d@example.org", i, k%50)})
			}
		})
	}
	compare(t, "asking under load", m.asks)
	compare(t, "guessing under load", m.guesses)
}

// TestTimingWithoutADatabase: that nobody can be answered takes as long for everybody, who
// asks and who has a code alike.
func TestTimingWithoutADatabase(t *testing.T) {
	m := startTimed(t)
	m.asks()
	m.drain()
	path := strings.TrimPrefix(m.site.database, "sqlite:")
	must(t, os.Rename(path, path+".away"))
	unanswered := func(r reply) bool {
		return r.status == http.StatusServiceUnavailable && r.problem(t) == "could-not-check"
	}
	compare(t, "asking without a database", func() (_, _ []time.Duration) {
		return measure(t, m.server.public, m.crowd.turns(), asking, func(_ turn, r reply) {
			if !unanswered(r) {
				t.Fatalf("asking was answered %d %s", r.status, r.body)
			}
		})
	})
	compare(t, "guessing without a database", func() (_, _ []time.Duration) { return m.guess(unanswered) })
}
