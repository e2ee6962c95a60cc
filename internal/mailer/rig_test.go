package mailer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box is an outbox from both sides.
type box interface {
	mailer.Outbox
	Room(ctx context.Context) error
	Enqueue(ctx context.Context, m mailer.CodeMail) error
}

// rig is everything a worker needs, real except for the sender.
type rig struct {
	t      testing.TB
	in     *breach.Incident
	keys   *vault.Server
	outbox box
	codes  *recordedCodes
	inbox  *mailer.Inbox
	log    *syncBuffer
}

func newRig(t testing.TB) *rig {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse("tougyoku-2023.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{
		t: t, in: in, keys: newKeys(t), outbox: mailer.NewMemoryOutbox(mailer.OutboxConfig{}),
		codes: &recordedCodes{Store: otp.NewMemory(otp.Config{})}, inbox: mailer.NewInbox(1000), log: &syncBuffer{},
	}
}

func newKeys(t testing.TB) *vault.Server {
	t.Helper()
	server, _, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(server)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func noPast(context.Context, breach.Tags, otp.Purpose) ([]otp.Past, error) { return nil, nil }

func (r *rig) config() mailer.WorkerConfig {
	return mailer.WorkerConfig{
		Incident: r.in, Outbox: r.outbox, Keys: r.keys, Issuer: r.codes, History: noPast, Sender: r.inbox,
		BackOff: 20 * time.Millisecond, MaxBackOff: 40 * time.Millisecond, Drain: 50 * time.Millisecond, Hesitate: time.Millisecond,
		Log: slog.New(slog.NewJSONHandler(r.log, nil)),
	}
}

// run starts a worker and returns it with what stops it and waits for its end.
func (r *rig) run(c mailer.WorkerConfig) (*mailer.Worker, func()) {
	r.t.Helper()
	w, err := mailer.NewWorker(c)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}()
	stop := func() { cancel(); <-done }
	r.t.Cleanup(stop)
	return w, stop
}

func (r *rig) request(to string) mailer.CodeMail {
	m := mailer.CodeMail{Address: address(r.t, to), Purpose: otp.Web, RequestedAt: time.Now()}
	rand.Read(m.Nonce[:])
	return m
}

func (r *rig) enqueue(m mailer.CodeMail) {
	r.t.Helper()
	if err := r.outbox.Enqueue(r.t.Context(), m); err != nil {
		r.t.Fatal(err)
	}
}

// await waits until cond holds; what is awaited always comes, unless the test fails.
func await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (r *rig) awaitEmpty() {
	r.t.Helper()
	await(r.t, "an empty outbox", func() bool { return r.waiting() == 0 })
}

func (r *rig) waiting() int {
	d, err := r.outbox.Depth(r.t.Context())
	if err != nil {
		return -1
	}
	return d.Waiting
}

func (r *rig) messages(want int) []mailer.Message {
	r.t.Helper()
	await(r.t, fmt.Sprintf("%d mails", want), func() bool { return len(r.inbox.Messages()) >= want })
	got := r.inbox.Messages()
	if len(got) != want {
		r.t.Fatalf("%d mails, want %d", len(got), want)
	}
	return got
}

var codeLine = regexp.MustCompile(`(?m)^(?:確認コード|電話確認番号): ([0-9-]+)$`)

func codeIn(t testing.TB, body string) string {
	t.Helper()
	found := codeLine.FindAllStringSubmatch(body, -1)
	if len(found) != 1 {
		t.Fatalf("%d codes on a line of their own, want 1:\n%s", len(found), body)
	}
	return strings.ReplaceAll(found[0][1], "-", "")
}

// accepts tells whether the code is accepted, and so uses it up.
func (r *rig) accepts(m mailer.CodeMail, code string) bool {
	r.t.Helper()
	digits, form, err := otp.Fold(code)
	if err != nil {
		r.t.Fatal(err)
	}
	tag := r.keys.Tag(m.Address)
	a := otp.Attempt{Tag: tag, Purpose: m.Purpose, Nonce: m.Nonce, Form: form}
	rand.Read(a.ID[:])
	switch {
	case form == otp.Long:
		a.MACs = otp.LongMACs(r.keys, m.Purpose, tag, digits, time.Now())
	case m.Purpose == otp.Phone:
		a.MACs = otp.PhoneMACs(r.keys, tag, digits)
	default:
		a.MACs = otp.ShortMACs(r.keys, m.Purpose, m.Nonce, r.keys.DeriveSecrets("verification-secret", m.Nonce[:]), digits)
	}
	v, err := r.codes.Redeem(r.t.Context(), a)
	if err != nil {
		r.t.Fatal(err)
	}
	return v.Accepted
}

// recordedCodes is a real store that remembers the slots it was asked for, and fails
// when told to.
type recordedCodes struct {
	otp.Store
	mu    sync.Mutex
	slots []string
	fail  int // so many calls
}

func (c *recordedCodes) Issue(ctx context.Context, i otp.Issue) (otp.Issued, error) {
	c.mu.Lock()
	c.slots = append(c.slots, i.Slot)
	failing := c.fail > 0
	c.fail--
	c.mu.Unlock()
	if failing {
		return otp.Issued{}, otp.ErrUnavailable
	}
	return c.Store.Issue(ctx, i)
}

func (c *recordedCodes) distinctSlots() (calls, distinct int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[string]bool{}
	for _, s := range c.slots {
		seen[s] = true
	}
	return len(c.slots), len(seen)
}

// senderFunc is a sender for one test.
type senderFunc func(ctx context.Context, m mailer.Message) error

func (f senderFunc) Send(ctx context.Context, m mailer.Message) error { return f(ctx, m) }

// failing fails so many mails with err before it delivers to the inbox.
func (r *rig) failing(times int, err error) mailer.Sender {
	var mu sync.Mutex
	return senderFunc(func(ctx context.Context, m mailer.Message) error {
		mu.Lock()
		defer mu.Unlock()
		if times > 0 {
			times--
			return err
		}
		return r.inbox.Send(ctx, m)
	})
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func client(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	c := redis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return c
}
