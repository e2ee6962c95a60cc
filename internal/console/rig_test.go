package console_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/conform"
	"exposure/internal/console"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/server"
)

// noon is while the help line of the example is open.
var noon = time.Date(2023, 7, 26, 12, 0, 0, 0, time.FixedZone("JST", 9*60*60))

// The one session and the one call there are, and what is told in them.
const (
	token   = "session-of-sato"
	callID  = "call-of-sato"
	mailbox = "hanako@example.org"
)

// desk stands behind the door: one agent, one call. fault is what the next step answers,
// out what asking who it is answers. The call lasts: it can be read whatever the step
// answers, and so can who is played in it. Strange check numbers are nobody's here.
type desk struct {
	who            agent.Agent
	call           agent.Call
	told           agent.Told
	ticket         agent.Ticket
	day            agent.Counts
	fault, out     error
	lasts, strange bool
}

func (d *desk) SignIn(context.Context, netip.Addr, string, string, string) (agent.SignedIn, error) {
	return agent.SignedIn{Token: token, Agent: d.who, PaperCodesLeft: 3}, d.fault
}

func (d *desk) Who(_ context.Context, t string) (agent.Agent, error) {
	if t != token {
		return agent.Agent{}, agent.ErrSignedOut
	}
	return d.who, d.out
}
func (d *desk) ChangePassword(context.Context, agent.Agent, string, string) error { return d.fault }
func (d *desk) SignOut(context.Context, agent.Agent) error                        { return d.fault }

func (d *desk) Open(context.Context, agent.Agent, agent.Reason, bool) (agent.Call, error) {
	return d.call, d.fault
}

func (d *desk) Get(_ context.Context, _ agent.Agent, id string) (agent.Call, error) {
	if id != callID {
		return agent.Call{}, agent.ErrNoCall
	}
	if d.lasts {
		return d.call, nil
	}
	return d.call, d.fault
}

func (d *desk) Address(context.Context, agent.Agent, string, string) (agent.Call, error) {
	return d.call, d.fault
}
func (d *desk) End(context.Context, agent.Agent, string, agent.Outcome) error { return d.fault }
func (d *desk) SendCode(context.Context, agent.Agent, string) (agent.Call, error) {
	return d.call, d.fault
}

func (d *desk) Confirm(context.Context, agent.Agent, string, string) (agent.Told, error) {
	return d.told, d.fault
}

func (d *desk) ConfirmLetter(context.Context, agent.Agent, string, string) (agent.Told, error) {
	return d.told, d.fault
}

func (d *desk) Told(context.Context, agent.Agent, string) (agent.Told, error) {
	if d.fault == nil && !d.call.Proven {
		return agent.Told{}, agent.ErrNotProven
	}
	return d.told, d.fault
}

func (d *desk) Extend(context.Context, agent.Agent, string) (agent.Call, error) {
	return d.call, d.fault
}

func (d *desk) CheckNumber(context.Context, agent.Agent, string, string) (bool, error) {
	return !d.strange, d.fault
}

func (d *desk) TrainingCaller(context.Context, agent.Agent, string) (agent.Caller, error) {
	if d.lasts {
		return agent.Caller{}, nil
	}
	return agent.Caller{Story: breach.Text{breach.Japanese: "話", breach.English: "story"}, Address: mailbox}, d.fault
}

// tickets are what is left for the shop at that desk.
type tickets struct{ *desk }

func (t tickets) RequestLetter(context.Context, agent.Agent, string, agent.LetterRequest) (string, error) {
	return "7K2M-4", t.fault
}

func (t tickets) Open(context.Context, agent.Agent, string, agent.Topic, string) (string, error) {
	return "7K2M-4", t.fault
}

func (t tickets) Ask(context.Context, agent.Agent, string, string) (agent.Ticket, error) {
	return t.ticket, t.fault
}

func (t tickets) Counts(context.Context, agent.Agent, time.Time) (agent.Counts, error) {
	return t.day, t.fault
}

// rig is the door behind the real server.
type rig struct {
	*httptest.Server
	t    testing.TB
	desk *desk
	door *console.Console
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t testing.TB, scheme string) *rig {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	must(t, err)
	in, _, err := incident.Parse("tougyoku-2023", src)
	must(t, err)
	a, err := email.Parse(mailbox)
	must(t, err)
	call := agent.Call{ID: callID, Reason: agent.ReasonListed, Opened: noon, Ends: noon.Add(15 * time.Minute), Address: a, CodeSent: true}
	d := &desk{who: agent.Agent{Name: "sato", Role: agent.RoleSupervisor, Trained: true, Ends: noon.Add(15 * time.Minute)}, call: call}
	d.ticket, d.day = agent.Ticket{Number: "7K2M-4", State: agent.TicketWaiting, Opened: noon}, agent.Counts{Day: noon}
	call.Proven, call.ProvenUntil = true, noon.Add(agent.Shown)
	d.told = agent.Told{Call: call, Report: breach.NewReport(breach.Facts{Incident: in, Version: 1, PublishedAt: noon, Now: noon})}
	door, err := console.New(console.Config{
		Accounts: d, Calls: d, Proofs: d, Aids: d, Tickets: tickets{d}, Incident: in,
		URL: &url.URL{Scheme: scheme, Host: "127.0.0.1"}, Now: func() time.Time { return noon },
	})
	must(t, err)
	s, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: &url.URL{Scheme: "https", Host: "check.example.jp"},
		PrivateDoors: []server.Door{door}, DeskPages: door, Ready: func(context.Context) error { return nil }, Phone: "0120-00-0000",
		Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	g := &rig{httptest.NewServer(s.PrivateHandler()), t, d, door}
	g.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(g.Close)
	return g
}

func (g *rig) send(method, path, body string, header ...string) (*http.Request, conform.Response) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.URL+path, strings.NewReader(body))
	must(g.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := g.Client().Do(req)
	must(g.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(g.t, err)
	return req, conform.Response{Status: res.StatusCode, Header: res.Header, Body: string(b)}
}

// ask calls the API and holds the answer against openapi.yaml.
func (g *rig) ask(method, path, body string, header ...string) conform.Response {
	g.t.Helper()
	if body != "" && len(header) == 0 {
		header = []string{"Content-Type", "application/json"}
	}
	req, r := g.send(method, path, body, append(header, "Authorization", "Bearer "+token)...)
	if err := conform.Answer("agent", req, r); err != nil {
		g.t.Error(err)
	}
	return r
}
