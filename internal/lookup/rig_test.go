package lookup_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
	"exposure/internal/vault"
)

var errDown = errors.New("down")

// world is every store the journey stands on, in memory, each of which may fail or hang.
type world struct {
	mu       sync.Mutex       // of calls
	faults   map[string]error // by the name of the call
	hangs    map[string]bool  // calls that wait for the end of their context
	before   func(call string)
	verdict  otp.Verdict
	calls    []string // those that came through
	rows     []audit.Entry
	past     []otp.Past // what others recorded while the guess was judged
	sessions *session.Store
	letter   *breach.LetterHolder // whose every letter number is; nil: nobody's
	version  int64                // that letters are answered from
}

func (w *world) call(ctx context.Context, name string) error {
	if w.before != nil {
		w.before(name)
	}
	if w.hangs[name] {
		<-ctx.Done()
	}
	if err := errors.Join(w.faults[name], ctx.Err()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
	return nil
}

func (w *world) Standing(ctx context.Context, _ breach.Tags, _ otp.Purpose) ([]otp.Past, error) {
	if !w.did("append") {
		return nil, w.call(ctx, "standing")
	}
	var past []otp.Past
	for _, r := range slices.Backward(w.rows) {
		if r.Weighs() {
			past = append(past, otp.Past{Attempt: r.Attempt, At: r.At, Accepted: r.Outcome == audit.Accepted})
		}
	}
	return append(past, w.past...), w.call(ctx, "standing again")
}

func (w *world) Answer(ctx context.Context, _ breach.Tags) (breach.Version, breach.Answer, error) {
	return breach.Version{ID: 1, PublishedAt: time.Now()}, breach.Answer{}, w.call(ctx, "answer")
}

func (w *world) Redeem(ctx context.Context, _ otp.Attempt) (otp.Verdict, error) {
	v := w.verdict
	if v.Accepted {
		v.Used = [16]byte{'u', 's', 'e', 'd'}
	}
	return v, w.call(ctx, "redeem")
}

func (w *world) Revive(ctx context.Context, _ breach.Tag, _ otp.Purpose, _ [16]byte) error {
	return w.call(ctx, "revive")
}

func (w *world) Room(ctx context.Context) error { return w.call(ctx, "room") }

func (w *world) Enqueue(ctx context.Context, _ otp.MailRequest) error { return w.call(ctx, "enqueue") }

func (w *world) Append(ctx context.Context, rows ...audit.Entry) error {
	err := w.call(ctx, "append")
	if err == nil {
		w.rows = append(w.rows, rows...)
	}
	return err
}

func (w *world) Issue(ctx context.Context, r session.Record) (string, time.Time, error) {
	if err := w.call(ctx, "issue"); err != nil {
		return "", time.Time{}, err
	}
	return w.sessions.Issue(ctx, r)
}

func (w *world) Read(ctx context.Context, token, audience string) (session.Record, time.Time, error) {
	return w.sessions.Read(ctx, token, audience)
}

func (w *world) End(ctx context.Context, token, audience string) error {
	if err := w.call(ctx, "end"); err != nil {
		return err
	}
	return w.sessions.End(ctx, token, audience)
}

func (w *world) Take(ctx context.Context, n ratelimit.Name, _ string) (ratelimit.Usage, error) {
	return ratelimit.Usage{}, w.call(ctx, "take "+string(n))
}

func (w *world) TakeAll(ctx context.Context, counters ...ratelimit.Counter) ([]ratelimit.Usage, error) {
	for _, c := range counters {
		if err := w.call(ctx, "take "+string(c.Name)); err != nil {
			return nil, err
		}
	}
	return make([]ratelimit.Usage, len(counters)), nil
}

// TakeFirst takes the first way of whose counters none is used up.
func (w *world) TakeFirst(ctx context.Context, _ ratelimit.Receipt, ways ...[]ratelimit.Counter) (int, error) {
	way := slices.IndexFunc(ways, func(counters []ratelimit.Counter) bool {
		return !slices.ContainsFunc(counters, func(c ratelimit.Counter) bool {
			return errors.As(w.faults["take "+string(c.Name)], new(*ratelimit.Exceeded))
		})
	})
	if way < 0 {
		return way, nil
	}
	for _, c := range ways[way] {
		if _, err := w.Take(ctx, c.Name, c.Key); err != nil {
			return -1, err
		}
	}
	return way, nil
}

func (w *world) GiveBack(ctx context.Context, _ ratelimit.Receipt, _ ...ratelimit.Counter) error {
	return w.call(ctx, "give back")
}

func (w *world) Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error) {
	for _, c := range counters {
		if err := w.call(ctx, "borrow "+string(c.Name)); err != nil {
			return ratelimit.Loan{}, nil, err
		}
	}
	return ratelimit.Loan{}, make([]ratelimit.Usage, len(counters)), nil
}

func (w *world) Return(ctx context.Context, _ ratelimit.Loan) error { return w.call(ctx, "return") }

var client = lookup.Client{Addr: netip.MustParseAddr("192.0.2.1")}

func (w *world) service(t *testing.T) *lookup.Service {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse("example", src)
	if err != nil {
		t.Fatal(err)
	}
	in.ClosesAt = time.Time{}
	file, _, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(file)
	if err != nil {
		t.Fatal(err)
	}
	if w.sessions, err = session.New(session.Config{Backend: session.NewMemory(nil), Sealer: keys}); err != nil {
		t.Fatal(err)
	}
	s, err := lookup.New(lookup.Config{
		Incident: in, CodeDigits: func() int { return 8 }, Roster: w, Codes: w, Outbox: w, Recorder: w, Sessions: w, Limits: w, MailLimits: w, Keys: keys,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) did(name string) bool { return slices.Contains(w.calls, name) }

// outcomes are the rows that were committed, as action and outcome.
func (w *world) outcomes() string {
	var out []string
	for _, r := range w.rows {
		out = append(out, string(r.Action)+" "+string(r.Outcome))
	}
	return strings.Join(out, ", ")
}
