package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
	"exposure/internal/session"
	"exposure/internal/vault"
	"exposure/internal/web"
)

// world is what the real journey stands on: real sessions and limits, and stores that
// answer as the test says.
type world struct {
	now      time.Time
	answers  map[breach.Tags]breach.Answer
	pause    *breach.Pause
	faults   map[string]error // by the name of the call
	right    bool             // whether the next code is accepted
	left     int              // tries left after one that is not
	rows     []audit.Entry
	mails    int
	wait     time.Duration // that mails take
	redeemed int
	keys     *vault.Server
	incident *breach.Incident
	sessions *session.Store
}

func (w *world) Standing(_ context.Context, tags breach.Tags, _ otp.Purpose) ([]otp.Past, error) {
	var past []otp.Past
	for _, r := range slices.Backward(w.rows) {
		if r.Weighs() && *r.Tag == tags.Newest() {
			past = append(past, otp.Past{Attempt: r.Attempt, At: r.At, Accepted: r.Outcome == audit.Accepted})
		}
	}
	return past, w.faults["standing"]
}

func (w *world) Answer(_ context.Context, tag breach.Tags) (breach.Version, breach.Answer, error) {
	return breach.Version{ID: 3, PublishedAt: w.now.Add(-time.Hour)}, w.answers[tag], w.faults["answer"]
}

func (w *world) Redeem(_ context.Context, a otp.Attempt) (otp.Verdict, error) {
	w.redeemed++
	if w.right {
		return otp.Verdict{Accepted: true, Evaluated: true, AttemptsLeft: 4, Used: a.ID}, nil
	}
	w.left--
	return otp.Verdict{Evaluated: true, AttemptsLeft: max(0, w.left)}, w.faults["redeem"]
}

func (w *world) Revive(context.Context, breach.Tag, otp.Purpose, [16]byte) error { return nil }

func (w *world) Room(context.Context) error { return w.faults["enqueue"] }

func (w *world) Enqueue(context.Context, otp.MailRequest) error {
	w.mails++
	return w.faults["enqueue"]
}

func (w *world) Append(_ context.Context, rows ...audit.Entry) error {
	w.rows = append(w.rows, rows...)
	return w.faults["append"]
}

func (w *world) Paused(context.Context) (*breach.Pause, error) { return w.pause, w.faults["paused"] }

func (w *world) clock() time.Time { return w.now }

// example is the incident of that name, open.
func example(t testing.TB, name string) *breach.Incident {
	t.Helper()
	src, err := incident.Example(name)
	must(t, err)
	in, _, err := incident.Parse(name, src)
	must(t, err)
	return in
}

// noon is while the help line of the example is open, a Wednesday.
var noon = time.Date(2023, 7, 26, 12, 0, 0, 0, time.FixedZone("JST", 9*60*60))

func newWorld(t testing.TB, in *breach.Incident) *world {
	t.Helper()
	file, _, err := vault.Generate(noon)
	must(t, err)
	keys, err := vault.ParseServer(file)
	must(t, err)
	w := &world{now: noon, answers: map[breach.Tags]breach.Answer{}, faults: map[string]error{}, left: 5, keys: keys, incident: in}
	w.sessions, err = session.New(session.Config{Backend: session.NewMemory(w.clock), Sealer: keys, Now: w.clock})
	must(t, err)
	return w
}

func (w *world) tag(t testing.TB, address string) breach.Tags {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	return w.keys.Tags(a)
}

// service is the real journey on this world.
func (w *world) service(t testing.TB, limits string) *lookup.Service {
	t.Helper()
	table := ratelimit.Default()
	if limits != "" {
		var err error
		table, err = table.Override(limits)
		must(t, err)
	}
	// The limiter has a clock of its own: it counts only where a test is about limits.
	limiter, err := ratelimit.New(ratelimit.Config{Table: table, Lifted: limits == ""})
	must(t, err)
	service, err := lookup.New(lookup.Config{
		Incident: w.incident, CodeDigits: func() int { return 8 }, Roster: w, Codes: w, Outbox: w, Recorder: w, Sessions: w.sessions,
		Limits: limiter, MailLimits: limiter, Keys: w.keys, Gate: w, Now: w.clock,
	})
	must(t, err)
	return service
}

// serve puts the pages behind the server's own middleware and error table.
func serve(t testing.TB, service *lookup.Service, mails web.Mails, public *url.URL, now func() time.Time, more ...server.Door) http.Handler {
	t.Helper()
	pages, err := web.New(web.Config{Verifier: service, Reporter: service, Mails: mails, PublicURL: public, Now: now})
	must(t, err)
	srv, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: public, Doors: append([]server.Door{pages}, more...), Pages: pages,
		Ready: func(context.Context) error { return nil }, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return srv.PublicHandler()
}

// Wait implements web.Mails.
func (w *world) Wait() time.Duration { return w.wait }

// open serves the pages over TLS.
func (w *world) open(t testing.TB, limits string, more ...server.Door) *httptest.Server {
	t.Helper()
	return w.openService(t, w.service(t, limits), more...)
}

func (w *world) openService(t testing.TB, service *lookup.Service, more ...server.Door) *httptest.Server {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	ts.Config.Handler = serve(t, service, w, &url.URL{Scheme: "https", Host: ts.Listener.Addr().String()}, w.clock, more...)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return ts
}

var errDown = errors.New("down")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
