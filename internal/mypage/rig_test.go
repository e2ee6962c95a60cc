package mypage_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/conform"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
	"exposure/internal/reset"
	"exposure/internal/server"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// start is the time at which these tests begin.
var start = time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)

// rig is the door over a real database, behind the real server, with a clock that stands
// still.
type rig struct {
	*httptest.Server
	t       testing.TB
	path    string
	db      *sqlstore.DB
	keys    *vault.Server
	resets  *sqlstore.Resets
	clients *sqlstore.Clients
	service *reset.Service
	clock   atomic.Int64 // nanoseconds after start
	mu      sync.Mutex
	told    map[client.Event]int
	counted map[mypage.Event]int
}

func (g *rig) now() time.Time { return start.Add(time.Duration(g.clock.Load())) }

// newRig has the members 1001 to 1004, whose resets are ordered, and 2001, whose reset is
// only planned.
func newRig(t testing.TB, limits ratelimit.Table) *rig {
	t.Helper()
	g := &rig{t: t, path: filepath.Join(t.TempDir(), "exposure.db"), told: map[client.Event]int{}, counted: map[mypage.Event]int{}}
	must(t, sqlstore.Migrate(t.Context(), "sqlite:"+g.path))
	var err error
	g.db, err = sqlstore.Open(t.Context(), "sqlite:"+g.path)
	must(t, err)
	t.Cleanup(func() { _ = g.db.Close() })
	data, _, err := vault.Generate(start)
	must(t, err)
	g.keys, err = vault.ParseServer(data)
	must(t, err)
	g.resets, g.clients = g.db.Resets(g.keys), g.db.Clients(g.keys)
	g.service = reset.NewService(g.resets, nil, g.now)
	ids := []string{"1001", "1002", "1003", "1004", "2001"}
	var planned []reset.Planned
	for _, id := range ids {
		planned = append(planned, reset.Planned{MemberID: id})
	}
	_, err = g.resets.Plan(t.Context(), g.operator(audit.ResetPlan), planned)
	must(t, err)
	_, err = g.resets.Change(t.Context(), g.operator(audit.ResetOrder), ids[:4], func(r breach.Reset) (breach.Reset, error) { return r.Order(g.now()), nil })
	must(t, err)
	g.serve(limits)
	return g
}

func (g *rig) serve(limits ratelimit.Table) {
	table := ratelimit.Default()
	for name, rates := range limits {
		table[name] = rates
	}
	limiter, err := ratelimit.New(ratelimit.Config{Table: table, Now: g.now})
	must(g.t, err)
	guard, err := client.NewGuard(client.Config{Directory: g.clients, Limits: limiter, Hash: g.keys.NetworkTag, Now: g.now, Tell: func(e client.Event) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.told[e]++
	}})
	must(g.t, err)
	door, err := mypage.New(mypage.Config{Resets: g.service, Kits: g.kits(), Claims: g.clients, Guard: guard, Zone: time.FixedZone("JST", 9*60*60), Now: g.now, Count: func(e mypage.Event) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.counted[e]++
	}})
	must(g.t, err)
	s, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", MyPageAddr: "127.0.0.1:0", PublicURL: &url.URL{Scheme: "https", Host: "check.example.jp"},
		MyPageDoors: []server.Door{door}, Ready: func(context.Context) error { return nil }, Phone: "0120-00-0000", Logger: slog.New(slog.DiscardHandler),
	})
	must(g.t, err)
	g.Server = httptest.NewServer(s.MyPageHandler())
	g.t.Cleanup(g.Server.Close)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (g *rig) operator(a audit.Action) audit.Entry {
	return audit.Entry{At: g.now(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

// client adds a client and returns its key.
func (g *rig) client(name, scopes string) string {
	g.t.Helper()
	text, key := client.NewKey(g.now())
	_, err := g.clients.Change(g.t.Context(), g.operator(audit.ClientAdd), name, func(client.Client) (client.Client, error) {
		all, err := client.ParseScopes(scopes)
		must(g.t, err)
		return client.New(name, all, key)
	})
	must(g.t, err)
	return text
}

// ticket is what the look-up page hands out.
func (g *rig) ticket(ids ...string) string {
	g.t.Helper()
	ticket, err := g.service.Issue(g.t.Context(), reset.TicketOrder{Members: ids, Actor: audit.Actor{Kind: audit.Customer}, Version: 1})
	must(g.t, err)
	return ticket.Token
}

func (g *rig) rows(action audit.Action) (n int) {
	g.t.Helper()
	all, err := g.db.VerifyAudit(g.t.Context(), []audit.Prover{g.keys}, nil, nil)
	must(g.t, err)
	if all.Bad != nil {
		g.t.Fatalf("the audit log: %+v", all.Bad)
	}
	must(g.t, raw(g.t, g.path).QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ?`, string(action)).Scan(&n))
	return n
}

// raw is a connection of somebody who may write the database and has no keys.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r response) is(t testing.TB, status int, body string) {
	t.Helper()
	if r.status != status || strings.TrimSpace(r.body) != body {
		t.Errorf("got %d %s, want %d %s", r.status, r.body, status, body)
	}
}

// refused checks a problem by status and slug.
func (r response) refused(t testing.TB, status int, slug string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.body, `"urn:exposure:problem:`+slug+`"`) {
		t.Errorf("got %d %s, want %d %s", r.status, r.body, status, slug)
	}
}

// do sends a request and checks the answer against openapi.yaml, whatever it is.
func (g *rig) do(method, path, key string, header ...string) response {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.URL+path, http.NoBody)
	must(g.t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := g.Client().Do(req)
	must(g.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(g.t, err)
	r := response{res.StatusCode, res.Header, string(b)}
	if err := conform.Answer("mypage", req, conform.Response{Status: r.status, Header: r.header, Body: r.body}); err != nil {
		g.t.Error(err)
	}
	return r
}

func (g *rig) gate(key, id string) response {
	g.t.Helper()
	return g.do("GET", "/v1/mypage/members/"+id+"/password-reset", key)
}

func (g *rig) redeem(key, ticket string) response {
	g.t.Helper()
	return g.do("POST", "/v1/mypage/reset-tickets/"+ticket+"/redemption", key)
}

func (g *rig) complete(key, id string, header ...string) response {
	g.t.Helper()
	return g.do("POST", "/v1/mypage/members/"+id+"/password-reset/completion", key, header...)
}

const idempotency = "Idempotency-Key"
