package webhook_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/post"
	"exposure/internal/reset"
	"exposure/internal/reset/webhook"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		deliverForEver(dir, os.Getenv(childURL))
	}
	goleak.VerifyTestMain(m)
}

const (
	secret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newer    = "whsec_bmV3ZXIgc2VjcmV0IG9mIGEgcmVjZWl2ZXI="
	incident = "tougyoku-2023"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// event is what a shop reads of a message that its library has verified.
type event struct {
	id        string
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      struct {
		MemberID string `json:"member_id"`
		State    string `json:"state"`
		Since    string `json:"since"`
	} `json:"data"`
	body string
}

// shop is a real HTTP server that verifies what comes with the library that shops use, and
// answers as told.
type shop struct {
	url string

	mu     sync.Mutex
	answer func(event) int // a status
	asked  http.Header     // added to every answer
	came   []event         // all attempts, in their order
	took   []event         // those answered 2xx
}

func newShop(t *testing.T, now func() time.Time) *shop {
	t.Helper()
	verify, err := webhooks.NewWebhook(secret)
	must(t, err)
	s := &shop{answer: func(event) int { return http.StatusNoContent }, asked: http.Header{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		e := event{id: q.Header.Get("Webhook-Id"), body: string(body)}
		// The clock of these tests moves, the library's does not: the time has checks of its own.
		if err := verify.VerifyIgnoringTimestamp(body, q.Header); err != nil || json.Unmarshal(body, &e) != nil {
			t.Errorf("the shop's library refuses a message: %v", err)
		}
		s.mu.Lock()
		s.came = append(s.came, e)
		answer := s.answer
		for name := range s.asked {
			w.Header().Set(name, s.asked.Get(name))
		}
		s.mu.Unlock()
		status := answer(e)
		s.mu.Lock()
		defer s.mu.Unlock()
		if status < 300 {
			s.took = append(s.took, e)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/hook/TOKENCANARY"
	return s
}

func (s *shop) answers(answer func(event) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func always(status int) func(event) int { return func(event) int { return status } }

// attempts and taken are what came, and what was answered 2xx.
func (s *shop) attempts() []event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]event{}, s.came...)
}
func (s *shop) taken() []event { s.mu.Lock(); defer s.mu.Unlock(); return append([]event{}, s.took...) }

// rig is an installation with a shop, in a time of its own.
type rig struct {
	dir    string
	keys   *vault.Server
	db     *sqlstore.DB
	resets *sqlstore.Resets
	queue  *sqlstore.Webhook
	shop   *shop
	health webhook.Health

	mu  sync.Mutex
	now time.Time
}

var start = time.Date(2023, 12, 1, 0, 0, 0, 123e6, time.UTC)

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{dir: t.TempDir(), now: start}
	server, _, err := vault.Generate(start)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(r.dir, "key"), server, 0o600))
	must(t, sqlstore.Migrate(t.Context(), r.database()))
	r.shop = newShop(t, r.clock)
	r.open(t)
	return r
}

func (r *rig) database() string { return "sqlite:" + filepath.Join(r.dir, "exposure.db") }

func (r *rig) open(t *testing.T) {
	t.Helper()
	var err error
	r.keys, err = vault.LoadServer(filepath.Join(r.dir, "key"))
	must(t, err)
	r.db, err = sqlstore.Open(t.Context(), r.database())
	must(t, err)
	t.Cleanup(func() { _ = r.db.Close() })
	r.resets, r.queue = r.db.Resets(r.keys), r.db.Webhook(r.keys, r.shop.url)
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func config(resets *sqlstore.Resets, queue *sqlstore.Webhook, url string) (webhook.Config, error) {
	to, err := post.New(post.Config{URL: url, Secrets: []string{newer, secret}})
	return webhook.Config{
		Incident: incident, Receiver: to, Queue: queue, Resets: resets,
		Held: func(ctx context.Context) (bool, error) {
			h, err := resets.Held(ctx)
			return h != nil, err
		},
	}, err
}

func (r *rig) worker(t *testing.T) *webhook.Worker {
	t.Helper()
	c, err := config(r.resets, r.queue, r.shop.url)
	must(t, err)
	c.Now, c.Seen = r.clock, func(h webhook.Health) { r.health = h }
	return webhook.New(c)
}

// work lets so much time pass, with a turn of the worker every second, or some hundreds.
func (r *rig) work(t *testing.T, w *webhook.Worker, d time.Duration) {
	t.Helper()
	for end, step := r.clock().Add(d), max(time.Second, d/200); r.clock().Before(end); r.pass(step) {
		w.Turn(t.Context())
	}
}

func (r *rig) change(t *testing.T, step reset.Step, ids ...string) {
	t.Helper()
	e := audit.Entry{At: r.clock(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: audit.ResetOrder, Outcome: audit.Done}
	_, err := r.resets.Change(t.Context(), e, ids, step)
	must(t, err)
}

// order plans and orders members.
func (r *rig) order(t *testing.T, ids ...string) {
	t.Helper()
	var all []reset.Planned
	for _, id := range ids {
		all = append(all, reset.Planned{MemberID: id})
	}
	e := audit.Entry{At: r.clock(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: audit.ResetPlan, Outcome: audit.Done}
	_, err := r.resets.Plan(t.Context(), e, all)
	must(t, err)
	now := r.clock()
	r.change(t, func(x breach.Reset) (breach.Reset, error) { return x.Order(now), nil }, ids...)
}

// ticket issues and redeems a ticket, complete ends the reset with it.
func (r *rig) ticket(t *testing.T, id string) {
	t.Helper()
	now, ticket := r.clock(), [32]byte([]byte(id+"                                "))
	r.change(t, func(x breach.Reset) (breach.Reset, error) { return x.Issue(ticket, now) }, id)
	r.change(t, func(x breach.Reset) (breach.Reset, error) { return x.Redeem(ticket, now) }, id)
}

func (r *rig) complete(t *testing.T, id string) {
	t.Helper()
	r.ticket(t, id)
	now := r.clock()
	r.change(t, func(x breach.Reset) (breach.Reset, error) { return x.Complete(now) }, id)
}

func (r *rig) unverified(t *testing.T, id, password string) {
	t.Helper()
	now, print := r.clock(), r.keys.PasswordFingerprint(id, []byte(password))
	r.change(t, func(x breach.Reset) (breach.Reset, error) { return x.Observe(print, now), nil }, id)
}

func (r *rig) get(t *testing.T, id string) breach.Reset {
	t.Helper()
	x, err := r.resets.Get(t.Context(), id)
	must(t, err)
	return x
}

func (r *rig) stats(t *testing.T) sqlstore.WebhookStats {
	t.Helper()
	s, err := r.queue.Stats(t.Context(), r.clock())
	must(t, err)
	return s
}

// sql does what somebody with the database does.
func (r *rig) sql(t *testing.T, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "exposure.db")+"?_pragma=busy_timeout(5000)")
	must(t, err)
	defer db.Close()
	_, err = db.Exec(query, args...)
	must(t, err)
}
