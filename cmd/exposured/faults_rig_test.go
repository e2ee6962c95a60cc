package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// answerWithin is how long anybody waits for an answer, whatever is broken: the deadline
// of a request.
const answerWithin = 10 * time.Second

// invented is the files of the demo's shop with its published roster, made once for all
// tests of faults, each of which has a copy.
var invented = sync.OnceValues(func() (files map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "invented")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made, err := demo.Prepare(context.Background(), dir, inventedSeed, time.Now())
	if err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, path := range []string{made.Incident, made.KeyFile, strings.TrimPrefix(made.Database, "sqlite:")} {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[filepath.Base(path)] = text
	}
	return files, nil
})

const inventedSeed = 7

// inventedSite puts the invented shop into a folder.
func inventedSite(t *testing.T, dir string) (site, *demo.Shop) {
	t.Helper()
	files, err := invented()
	must(t, err)
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return site{
		dir: dir, incident: filepath.Join(dir, "incident.yaml"), keys: filepath.Join(dir, "exposure.key"),
		database: "sqlite:" + filepath.Join(dir, "exposure.db"),
	}, demo.NewShop(inventedSeed)
}

// file is the path of the database.
func (s site) file() string { return strings.TrimPrefix(s.database, "sqlite:") }

// cast is a running server with a customer at every step of the journey.
type cast struct {
	site
	server  *process
	office  *postOffice
	b       *browser
	phone   string
	reader  string            // the token of somebody who has read their report
	holder  wire.Verification // of somebody with a code that is not yet entered,
	code    string            // this one
	people  []string          // addresses of listed people: reader, holder, guesser, newcomer, more
	guessed wire.Verification // of somebody who entered five wrong codes
	late    wire.Verification // of somebody whose mail is
}

const (
	theReader = iota
	theHolder
	theGuesser
	theNewcomer
	theLater
)

// onStage brings a server and its customers to where a fault may begin.
func onStage(t *testing.T, s site, shop *demo.Shop, server *process, office *postOffice) *cast {
	t.Helper()
	in, err := incident.Load(s.incident)
	must(t, err)
	c := &cast{site: s, server: server, office: office, phone: in.Contact.Phone, b: from(server.public, here)}
	c.b.client.Timeout = answerWithin
	for _, p := range shop.People() {
		if len(p.Emails) == 1 && len(c.people) <= theLater+5 {
			c.people = append(c.people, p.Emails[0])
		}
	}
	c.reader = c.b.prove(t, office, c.people[theReader]).Token
	c.guessed = c.b.start(t, c.people[theGuesser])
	code := office.code(t, c.people[theGuesser], 1)
	for range 5 {
		if r := c.b.confirm(t, c.guessed, wrong(code)); r.status != 422 {
			t.Fatalf("a wrong code: %d %s", r.status, r.body)
		}
	}
	c.holder = c.b.start(t, c.people[theHolder])
	c.code = office.code(t, c.people[theHolder], 1)
	// What arrived may not be known to have arrived yet.
	eventually(t, "the outbox is empty", func() bool { return c.metric(t, "exposure_outbox_waiting") == "0" })
	return c
}

// heard is what a customer hears: a status, and of a problem the kind.
type heard string

const (
	accepted    heard = "202"
	answered    heard = "200"
	rejected    heard = "422 code-rejected"
	noSession   heard = "401 unauthenticated"
	couldNot    heard = "503 could-not-check"
	unavailable heard = "503 temporarily-unavailable"
)

func (c *cast) starts(t *testing.T, address string) heard {
	t.Helper()
	return c.hears(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
}

func (c *cast) confirms(t *testing.T, v wire.Verification, code string) heard {
	t.Helper()
	return c.hears(t, http.MethodPost, confirmation(v), "", guess(v, code))
}

func (c *cast) reads(t *testing.T) heard {
	t.Helper()
	return c.hears(t, http.MethodGet, "/v1/report", c.reader, nil)
}

// hears sends a request and checks what every answer must be like: in time, never "not on
// the list" to somebody who is, and with every 503 the phone number and when to come back.
func (c *cast) hears(t *testing.T, method, path, token string, body any) heard {
	t.Helper()
	r, err := c.b.try(method, path, token, body)
	if err != nil {
		t.Fatalf("%s %s was not answered: %v", method, path, err)
	}
	if strings.Contains(string(r.body), `"not_listed"`) {
		t.Errorf("a listed person was told not_listed: %s", r.body)
	}
	if r.status < 400 {
		return heard(strconv.Itoa(r.status))
	}
	var p wire.Problem
	r.decode(t, &p)
	if r.status == 503 {
		retry := map[wire.ProblemType]string{wire.ProblemTypeCouldNotCheck: "60", wire.ProblemTypeTemporarilyUnavailable: "30"}[p.Type]
		if got := r.header.Get("Retry-After"); got != retry || p.Phone == nil || *p.Phone != c.phone {
			t.Errorf("%s %s: Retry-After %q, want %q, in %s", method, path, got, retry, r.body)
		}
	}
	return heard(strconv.Itoa(r.status) + " " + strings.TrimPrefix(string(p.Type), "urn:exposure:problem:"))
}

// same reports what was heard and should not have been.
func same(t *testing.T, what string, got, want heard) {
	t.Helper()
	if got != want {
		t.Errorf("%s was answered %s, want %s", what, got, want)
	}
}

// ready is the status of the readiness probe, health that of the other one.
func (c *cast) ready(t *testing.T) int {
	t.Helper()
	return from(c.server.private, here).do(t, http.MethodGet, "/readyz", "", nil).status
}

// facts wants what is always there: the incident's page and the process's health.
func (c *cast) facts(t *testing.T) {
	t.Helper()
	if r := c.b.do(t, http.MethodGet, "/v1/incident", "", nil); r.status != 200 || !strings.Contains(string(r.body), c.phone) {
		t.Errorf("the incident's facts: %d", r.status)
	}
	if r := from(c.server.private, here).do(t, http.MethodGet, "/healthz", "", nil); r.status != 200 {
		t.Errorf("healthz: %d", r.status)
	}
}

// recovers waits until the server says that it is ready again.
func (c *cast) recovers(t *testing.T) {
	t.Helper()
	eventually(t, "the server is ready again", func() bool { return c.ready(t) == 200 })
}

// eventually waits for what happens by itself.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(45 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

// rows are the audit rows about an address, as actions and outcomes in their order.
func (s site) rows(t *testing.T, address string) string {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	tag := keys.Tag(a)
	db := s.open(t)
	defer db.Close()
	found, err := db.Query(`SELECT action || ' ' || outcome FROM audit_entries WHERE tag = ? ORDER BY seq`, tag[:])
	must(t, err)
	defer found.Close()
	var all []string
	for found.Next() {
		var row string
		must(t, found.Scan(&row))
		all = append(all, row)
	}
	must(t, found.Err())
	return strings.Join(all, ", ")
}

// latest reads the code of the newest mail of an address, once there are at least n.
func (p *postOffice) latest(t *testing.T, address string, n int) string {
	t.Helper()
	return p.code(t, address, len(p.box(t, address, n)))
}

// through makes a client's URL of a server's by way of a proxy.
func through(t *testing.T, redis *live.RedisServer) (*live.Proxy, string) {
	t.Helper()
	p := live.NewProxy(t, redis.Addr())
	return p, "redis://" + p.Addr()
}

// metric reads one number of the private listener.
func (c *cast) metric(t *testing.T, name string) string {
	t.Helper()
	resp, err := http.Get(c.server.private + "/metrics")
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
