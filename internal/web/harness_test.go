package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

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
		Incident: w.incident, CodeDigits: 8, Roster: w, Codes: w, Outbox: w, Recorder: w, Sessions: w.sessions,
		Limits: limiter, Keys: w.keys, Gate: w, Now: w.clock,
	})
	must(t, err)
	return service
}

// serve puts the pages behind the server's own middleware and error table.
func serve(t testing.TB, service *lookup.Service, public *url.URL, now func() time.Time, more ...server.Door) http.Handler {
	t.Helper()
	pages, err := web.New(web.Config{Verifier: service, Reporter: service, PublicURL: public, Now: now})
	must(t, err)
	srv, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: public, Doors: append([]server.Door{pages}, more...), Pages: pages,
		Ready: func(context.Context) error { return nil }, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return srv.PublicHandler()
}

// open serves the pages over TLS.
func (w *world) open(t testing.TB, limits string, more ...server.Door) *httptest.Server {
	t.Helper()
	return w.openService(t, w.service(t, limits), more...)
}

func (w *world) openService(t testing.TB, service *lookup.Service, more ...server.Door) *httptest.Server {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	ts.Config.Handler = serve(t, service, &url.URL{Scheme: "https", Host: ts.Listener.Addr().String()}, w.clock, more...)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return ts
}

// record sends a form without a network.
func record(t testing.TB, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, req)
	return out
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      testing.TB
	base   string
	client *http.Client
	header http.Header // sent with every request
}

func newBrowser(t testing.TB, ts *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Transport: ts.Client().Transport.(*http.Transport).Clone(), Jar: jar}
	t.Cleanup(client.CloseIdleConnections)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, base: ts.URL, client: client, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// answer is a response, read whole and parsed.
type answer struct {
	status int
	header http.Header
	path   string // of the request
	body   string
	doc    *html.Node
}

func (b *browser) send(method, path string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.base+path, body)
	must(b.t, err)
	req.Header = b.header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(req)
}

func (b *browser) do(req *http.Request) answer {
	b.t.Helper()
	resp, err := b.client.Do(req)
	must(b.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(b.t, err)
	a := answer{status: resp.StatusCode, header: resp.Header, path: req.URL.RequestURI(), body: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		a.doc, err = html.Parse(strings.NewReader(a.body))
		must(b.t, err)
	}
	return a
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.send(http.MethodGet, path, nil) }

// post sends a form and follows its redirect, as browsers do.
func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a := b.send(http.MethodPost, path, form)
	for a.status == http.StatusSeeOther {
		to := a.header.Get("Location")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
			b.t.Fatalf("%s leads away, to %q", path, to)
		}
		a = b.get(to)
	}
	return a
}

// submit sends the form with this id, as it stands on the page, with these values.
func (b *browser) submit(a answer, form string, pairs ...string) answer {
	b.t.Helper()
	f := a.byID(form)
	if f == nil {
		b.t.Fatalf("%s has no form %s:\n%s", a.path, form, a.body)
	}
	return b.post(attr(f, "action"), pairs...)
}

func (a answer) byID(id string) *html.Node {
	return find(a.doc, func(n *html.Node) bool { return attr(n, "id") == id })
}

// page and state are how the page names itself.
func (a answer) page() string { return attr(find(a.doc, isTag("body")), "data-page") }

func (a answer) state() string { return attr(find(a.doc, isTag("body")), "data-state") }

func (a answer) want(t testing.TB, status int, page, state string) answer {
	t.Helper()
	if a.doc == nil || a.status != status || a.page() != page || a.state() != state {
		t.Fatalf("%s: %d %q %q, want %d %q %q\n%s", a.path, a.status, a.page(), a.state(), status, page, state, a.body)
	}
	return a
}

func isTag(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && n.Data == name }
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	if all := findAll(n, is); len(all) > 0 {
		return all[0]
	}
	return nil
}

func findAll(n *html.Node, is func(*html.Node) bool) []*html.Node {
	if n == nil {
		return nil
	}
	var list []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && is(d) {
			list = append(list, d)
		}
	}
	return list
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is what is read: without the readings over easy Japanese.
func textOf(n *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "rt" || n.Data == "rp" || n.Data == "script") {
			return
		}
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if n != nil {
		walk(n)
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// ask goes as far as the page that asks for the code.
func (b *browser) ask(address, lang string) answer {
	b.t.Helper()
	form := b.get("/lookup"+lang).want(b.t, http.StatusOK, "address", "")
	return b.submit(form, "address-form", "address", address).want(b.t, http.StatusOK, "code", "ready")
}

var errDown = errors.New("down")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
