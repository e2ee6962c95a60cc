package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/api"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
	"exposure/internal/session"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// book is a published roster that knows nobody, its log, and its gate.
type book struct {
	mu    sync.Mutex
	pause *breach.Pause
	doubt error
	rows  []audit.Entry
}

func (b *book) set(p *breach.Pause, doubt error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pause, b.doubt = p, doubt
}

func (b *book) Paused(context.Context) (*breach.Pause, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause, b.doubt
}

func (b *book) Standing(_ context.Context, tags breach.Tags, _ otp.Purpose) ([]otp.Past, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var past []otp.Past
	for _, r := range slices.Backward(b.rows) {
		if r.Weighs() && *r.Tag == tags.Newest() {
			past = append(past, otp.Past{Attempt: r.Attempt, At: r.At, Accepted: r.Outcome == audit.Accepted})
		}
	}
	return past, nil
}

func (*book) Answer(context.Context, breach.Tags) (breach.Version, breach.Answer, error) {
	return breach.Version{ID: 2, PublishedAt: time.Now()}, breach.Answer{Dropped: true}, nil
}

func (b *book) Append(_ context.Context, rows ...audit.Entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, rows...)
	return nil
}

// shop is the whole product over memory: server, door, journey and mail worker.
type shop struct {
	*httptest.Server
	book  *book
	inbox *mailer.Inbox
}

func openShop(t *testing.T) shop {
	t.Helper()
	b, inbox := &book{}, mailer.NewInbox(100)
	in := openIncident(t)
	file, _, err := vault.Generate(time.Now())
	must(t, err)
	keys, err := vault.ParseServer(file)
	must(t, err)
	sessions, err := session.New(session.Config{Backend: session.NewMemory(nil), Sealer: keys})
	must(t, err)
	limits, err := ratelimit.New(ratelimit.Config{Table: ratelimit.Default()})
	must(t, err)
	codes, outbox := otp.NewMemory(otp.Config{}), mailer.NewMemoryOutbox(mailer.OutboxConfig{})
	worker, err := mailer.NewWorker(mailer.WorkerConfig{
		Incident: in, Outbox: outbox, Keys: keys, Issuer: codes, Sender: inbox, Digits: func() int { return 8 },
		History: func(context.Context, breach.Tags, otp.Purpose) ([]otp.Past, error) { return nil, nil },
	})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	journey, err := lookup.New(lookup.Config{
		Incident: in, CodeDigits: func() int { return 8 }, Roster: b, Codes: codes, Outbox: outbox, Recorder: b, Sessions: sessions, Limits: limits, MailLimits: limits, Keys: keys, Gate: b,
	})
	must(t, err)
	door, err := api.New(journey, journey)
	must(t, err)
	s, err := server.New(config(t, io.Discard, door))
	must(t, err)
	return shop{public(t, s), b, inbox}
}

// openIncident is the example, not closed.
func openIncident(t *testing.T) *breach.Incident {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	must(t, err)
	in, _, err := incident.Parse("example", src)
	must(t, err)
	in.ClosesAt = time.Time{}
	return in
}

var codeLine = regexp.MustCompile(`確認コード: ([0-9-]+)`)

// code waits for the mail to an address and reads its code.
func (s shop) code(t *testing.T, address string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, m := range s.inbox.Messages() {
			if m.To == parsed(t, address) {
				return codeLine.FindStringSubmatch(m.Body)[1]
			}
		}
	}
	t.Fatal("no mail came")
	return ""
}

func parsed(t *testing.T, address string) email.Address {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	return a
}

// prove goes the whole way.
func (s shop) prove(t *testing.T, address string) (wire.Verification, wire.Confirmation) {
	t.Helper()
	var v wire.Verification
	var c wire.Confirmation
	s.post(t, "/v1/verifications", map[string]string{"email": address}, 202, &v)
	s.post(t, "/v1/verifications/"+v.Id+"/confirmation", map[string]string{"secret": v.Secret, "code": s.code(t, address)}, 200, &c)
	return v, c
}

func (s shop) post(t *testing.T, path string, body map[string]string, status int, into any) {
	t.Helper()
	raw, err := json.Marshal(body)
	must(t, err)
	got := send(t, s.Server, "POST", path, string(raw), "Content-Type", "application/json")
	if got.status != status {
		t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	must(t, json.Unmarshal([]byte(got.body), into))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shut are the requests that a pause turns away, each a good one.
func shut(v wire.Verification, token string) [][]string {
	const json = "application/json"
	secret := `{"secret":"` + v.Secret + `"`
	return [][]string{
		{"POST", "/v1/verifications", `{"email":"late@example.jp"}`, "Content-Type", json},
		{"POST", "/v1/verifications/" + v.Id + "/codes", secret + `}`, "Content-Type", json},
		{"POST", "/v1/verifications/" + v.Id + "/confirmation", secret + `,"code":"12345678"}`, "Content-Type", json},
		{"POST", "/v1/letter-verifications", `{"letter_number":"12345-67890-1244"}`, "Content-Type", json},
		{"GET", "/v1/report", "", "Authorization", "Bearer " + token},
		{"POST", "/v1/password-reset", "", "Authorization", "Bearer " + token},
	}
}

// TestPause from the outside, through the real handler: everything is turned away with
// the time it is expected back, no mail goes out, the facts stay, and people can end.
func TestPause(t *testing.T) {
	s := openShop(t)
	v, c := s.prove(t, "hanako@example.jp")
	if c.Report.ChangeNote == nil || !strings.HasPrefix(*c.Report.ChangeNote, "前回の確認結果から変わりました。") {
		t.Errorf("the change is not told: %v", c.Report.ChangeNote)
	}
	zone := time.FixedZone("", 9*60*60)
	soon, far, past := time.Now().Add(20*time.Minute), time.Now().Add(9*time.Hour), time.Now().Add(-time.Hour)
	for _, p := range []struct {
		backAt      *time.Time
		least, most int
	}{{nil, 300, 300}, {&soon, 1190, 1200}, {&far, 3600, 3600}, {&past, 60, 60}} {
		since := time.Now().Add(-2 * time.Hour)
		s.book.set(&breach.Pause{Since: since, BackAt: p.backAt}, nil)
		said := "null"
		if p.backAt != nil {
			said = `"` + p.backAt.In(zone).Truncate(time.Second).Format(time.RFC3339) + `"`
		}
		for _, r := range shut(v, c.Token) {
			got := send(t, s.Server, r[0], r[1], r[2], r[3:]...)
			if got.status != 503 || slug(got.problem) != "temporarily-unavailable" || got.problem.Phone == nil {
				t.Errorf("%s %s: %d %s", r[0], r[1], got.status, got.body)
			}
			if after, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || after < p.least || after > p.most {
				t.Errorf("%s: Retry-After %q, want %d to %d", r[1], got.header.Get("Retry-After"), p.least, p.most)
			}
			if has := strings.Contains(got.body, `"back_at":`+said); has != (p.backAt != nil) || strings.Contains(got.body, "back_at") != has {
				t.Errorf("%s: back at %s in %s", r[1], said, got.body)
			}
			if got.header.Get("RateLimit") != "" || !strings.Contains(got.body, "we do not know yet whether the person is on the list") {
				t.Errorf("%s: %v %s", r[1], got.header, got.body)
			}
		}
		facts := send(t, s.Server, "GET", "/v1/incident", "")
		want := fmt.Sprintf(`"pause":{"back_at":%s,"since":"%s"}`, said, since.In(zone).Truncate(time.Second).Format(time.RFC3339))
		if facts.status != 200 || !strings.Contains(facts.body, want) {
			t.Errorf("the facts lack %s: %d %s", want, facts.status, facts.body)
		}
	}
	if got := send(t, s.Server, "DELETE", "/v1/session", "", "Authorization", "Bearer "+c.Token); got.status != 204 {
		t.Errorf("ending a session: %d %s", got.status, got.body)
	}
	s.book.set(nil, nil)
	s.prove(t, "again@example.jp")
	if got := send(t, s.Server, "GET", "/v1/incident", ""); !strings.Contains(got.body, `"pause":null`) {
		t.Errorf("open again: %s", got.body)
	}
	for _, m := range s.inbox.Messages() {
		if m.To == parsed(t, "late@example.jp") {
			t.Error("a mail went out while the look-up was shut")
		}
	}
	if n := len(s.inbox.Messages()); n != 2 {
		t.Errorf("%d mails went out, want 2", n)
	}
}

// TestPauseInDoubt: whether it is shut cannot be told, so nobody is told anything else.
func TestPauseInDoubt(t *testing.T) {
	s := openShop(t)
	v, c := s.prove(t, "hanako@example.jp")
	s.book.set(nil, fmt.Errorf("reading the pause: %w", breach.ErrUnproven))
	for _, r := range shut(v, c.Token) {
		got := send(t, s.Server, r[0], r[1], r[2], r[3:]...)
		if got.status != 503 || slug(got.problem) != "could-not-check" || got.header.Get("Retry-After") != "60" || strings.Contains(got.body, "back_at") {
			t.Errorf("%s %s: %d %s", r[0], r[1], got.status, got.body)
		}
	}
	if got := send(t, s.Server, "GET", "/v1/incident", ""); got.status != 200 || !strings.Contains(got.body, `"pause":null`) {
		t.Errorf("the facts: %d %s", got.status, got.body)
	}
	if got := send(t, s.Server, "DELETE", "/v1/session", "", "Authorization", "Bearer "+c.Token); got.status != 204 {
		t.Errorf("ending a session: %d %s", got.status, got.body)
	}
}
