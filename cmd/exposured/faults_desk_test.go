package main

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/otp"
	"exposure/internal/wire"
)

// deskScene is a call in which a code is on its way: the agent has not entered it.
type deskScene struct {
	*cast
	a             *floorAgent
	call          string
	address, code string
}

// spawnDesk starts a server with a desk, as a process of its own.
func (s site) spawnDesk(t *testing.T, redisURL, smtpURL string, more ...string) *process {
	t.Helper()
	env := []string{"env", "EXPOSURE_CONSOLE_URL=http://127.0.0.1", "EXPOSURE_CONSOLE_HOURS=always", generousRate + "," + tireless}
	return s.spawn(t, redisURL, smtpURL, append(env, more...)...)
}

// atTheDesk brings a call to where a fault may begin.
func atTheDesk(t *testing.T, s site, address string, server *process, office *postOffice) *deskScene {
	t.Helper()
	c := &deskScene{cast: &cast{site: s, server: server, office: office}, address: address}
	c.a = s.hire(t, server.private, "sato", agent.RoleAgent)
	c.call = c.a.takes(t)
	c.a.asks(t, c.call, address)
	c.code = office.phoneCode(t, address)
	eventually(t, "the outbox is empty", func() bool { return c.metric(t, "exposure_outbox_waiting") == "0" })
	return c
}

// hears sends a request of the agent. It is answered, never with "not on the list".
func (c *deskScene) hears(t *testing.T, method, path string, body any) heard {
	t.Helper()
	r, err := c.a.try(method, path, c.a.token, body)
	if err != nil {
		t.Fatalf("%s %s was not answered: %v", method, path, err)
	}
	if strings.Contains(string(r.body), `"not_listed"`) {
		t.Errorf("of a listed person the agent heard not_listed: %s", r.body)
	}
	if r.status < 400 {
		return heard(strconv.Itoa(r.status))
	}
	var p wire.Problem
	r.decode(t, &p)
	if r.status == 503 && r.header.Get("Retry-After") == "" {
		t.Errorf("%s %s: it is not said when to come back: %s", method, path, r.body)
	}
	return heard(strconv.Itoa(r.status) + " " + strings.TrimPrefix(string(p.Type), "urn:exposure:problem:"))
}

// enters is the code that the caller reads out.
func (c *deskScene) enters(t *testing.T, code string) heard {
	t.Helper()
	return c.hears(t, http.MethodPost, c.call+"/confirmation", map[string]string{"code": code})
}

// everyStep is answered the same way.
func (c *deskScene) everyStep(t *testing.T, want heard) {
	t.Helper()
	for _, step := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "/v1/agent/session", nil},
		{http.MethodPost, "/v1/agent/calls", map[string]any{"reason": "am_i_listed"}},
		{http.MethodGet, c.call, nil},
		{http.MethodPut, c.call + "/address", map[string]string{"email": c.address}},
		{http.MethodPost, c.call + "/code", nil},
		{http.MethodPost, c.call + "/confirmation", map[string]string{"code": c.code}},
		{http.MethodPost, c.call + "/letter-confirmation", map[string]string{"letter_number": letterNumbers(1)[0].Grouped()}},
		{http.MethodGet, c.call + "/report", nil},
		{http.MethodPost, c.call + "/extension", nil},
		{http.MethodPost, c.call + "/end", map[string]string{"outcome": "told"}},
	} {
		same(t, step.method+" "+step.path[strings.LastIndex(step.path, "/"):], c.hears(t, step.method, step.path, step.body), want)
	}
}

// listedMailboxes are people on the list with one address each.
func listedMailboxes(shop *demo.Shop) (all []string) {
	for _, p := range shop.People() {
		if len(p.Emails) == 1 && !p.Withdrawn {
			all = append(all, p.Emails[0])
		}
	}
	return all
}

// ends stops the server and wants the audit log whole.
func (c *deskScene) ends(t *testing.T) {
	t.Helper()
	c.server.stop(t)
	if v := c.verifyLog(t, nil); v.Bad != nil || v.Unsigned != 0 {
		t.Errorf("the audit log: %+v, %v", v, v.Bad)
	}
}

// movedServer lets the agent go on with another server.
func (c *deskScene) movedServer(server *process) {
	c.server, c.a.browser = server, from(server.private, here)
}

const (
	codeMailed = "call_address done, call_code done"
	deskTold   = codeMailed + ", " + disclosed
	usedUp     = ", disclosure refused" // of a code that is entered again
)

// TestDeskWithoutRedis: Redis is gone in the middle of a call. No step is taken and nothing
// accepted or told; once it is back the same call goes on, with the code mailed before.
func TestDeskWithoutRedis(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	line, url := through(t, redis)
	c := atTheDesk(t, s, shop.Examples()[0].Email, s.spawnDesk(t, url, office.url), office)
	line.Refuse()
	c.everyStep(t, unavailable)
	if got := c.rows(t, c.address); got != codeMailed {
		t.Errorf("without Redis the audit log came to hold %q", got)
	}
	line.Restore()
	c.recovers(t)
	same(t, "the call", c.hears(t, http.MethodGet, c.call, nil), answered)
	same(t, "the code mailed before", c.enters(t, c.code), answered)
	same(t, "the code a second time", c.enters(t, c.code), rejected)
	if got := c.rows(t, c.address); got != deskTold+usedUp {
		t.Errorf("the audit log holds %q", got)
	}
	c.ends(t)
}

// TestDeskWithoutDatabase: the database is out of reach in the moment of a right code. The
// agent hears that it could not be checked; the caller needs no new request to go on.
func TestDeskWithoutDatabase(t *testing.T) {
	for name, f := range deskDatabaseFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			redis, office := live.NewRedis(t), openPostOffice(t)
			c := atTheDesk(t, s, shop.Examples()[0].Email, s.spawnDesk(t, redis.URL(), office.url), office)
			end := f.begin(t, s)
			same(t, "a right code", c.enters(t, c.code), couldNot)
			end()
			c.recovers(t)
			if got := c.rows(t, c.address); got != codeMailed {
				t.Errorf("of somebody who was told nothing the audit log holds %q", got)
			}
			rows := deskTold
			if f.lost { // another one came, which nobody had to ask for
				c.office.box(t, c.address, 2)
				same(t, "the code that is used up", c.enters(t, c.code), rejected)
				c.code, rows = office.phoneCode(t, c.address), codeMailed+", guess refused, "+disclosed
			}
			same(t, "the code that is valid", c.enters(t, c.code), answered)
			same(t, "the same a second time", c.enters(t, c.code), rejected)
			if got := c.rows(t, c.address); got != rows+usedUp {
				t.Errorf("the audit log holds %q, want %q", got, rows+usedUp)
			}
			c.ends(t)
		})
	}
}

// deskDatabaseFaults are one in which nothing can be read, so that the code is not looked at,
// and one in which nothing can be written, when it is used up.
func deskDatabaseFaults() map[string]databaseFault {
	all := databaseFaults()
	return map[string]databaseFault{
		"the file is moved away":    all["the file is moved away"],
		"locked by another program": all["locked by another program"],
	}
}

// TestDeskRestarts: an update of the server in the middle of a call. The agent stays signed
// in, the call goes on, and what the caller proved holds as long as it would have. A code
// that was being checked is answered whole before the server ends.
func TestDeskRestarts(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	c := atTheDesk(t, s, shop.Examples()[0].Email, s.spawnDesk(t, redis.URL(), office.url), office)
	told := c.toldWhileEnding(t, redis)
	if got := c.rows(t, c.address); got != deskTold {
		t.Errorf("the audit log holds %q", got)
	}
	c.movedServer(s.spawnDesk(t, redis.URL(), office.url))
	var now wire.Call
	c.a.want(t, http.StatusOK, http.MethodGet, c.call, nil).decode(t, &now)
	if !now.Proven || now.ProvenUntil == nil || !now.ProvenUntil.Equal(*told.Call.ProvenUntil) || !now.OpenedAt.Equal(told.Call.OpenedAt) {
		t.Errorf("the call is %+v after the restart, and was %+v", now, told.Call)
	}
	same(t, "the report again", c.hears(t, http.MethodGet, c.call+"/report", nil), answered)
	same(t, "the code a second time", c.enters(t, c.code), rejected)
	c.ends(t)
}

// toldWhileEnding enters the code, ends the server in order while it is checked, and returns
// what was told nevertheless.
func (c *deskScene) toldWhileEnding(t *testing.T, redis *live.RedisServer) (told wire.Told) {
	t.Helper()
	release := locked(t, c.site) // the rows wait for it, up to five seconds
	got := c.entering()
	eventually(t, "the code is consumed", func() bool { return c.consumed(t, redis, c.address, otp.Phone) })
	must(t, c.server.Signal(syscall.SIGTERM))
	eventually(t, "nobody new is let in", func() bool {
		_, err := from(c.server.public, here).try(http.MethodGet, "/v1/incident", "", nil)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	release()
	r := <-got
	if r.err != nil || r.status != http.StatusOK {
		t.Fatalf("the confirmation was answered %d %s, %v", r.status, r.body, r.err)
	}
	r.decode(t, &told)
	if len(told.Script) == 0 || told.Call.ProvenUntil == nil {
		t.Errorf("the answer is not whole: %s", r.body)
	}
	if err := c.server.wait(); err != nil {
		t.Errorf("the server ended with %v: %s", err, c.server.log.String())
	}
	return told
}

// entered is what the agent heard of a code, if anything.
type entered struct {
	reply
	err error
}

// entering sends the code in, and does not wait.
func (c *deskScene) entering() <-chan entered {
	got := make(chan entered, 1)
	b, path, code := c.a.browser, c.call+"/confirmation", c.code
	go func() {
		r, err := b.try(http.MethodPost, path, c.a.token, map[string]string{"code": code})
		got <- entered{r, err}
	}()
	return got
}

// TestDeskWithoutMail: the mail server is down. No step of a call tells; the code comes when
// it is back, and works.
func TestDeskWithoutMail(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	office := openMoodyOffice(t, nil)
	listed := listedMailboxes(shop)
	c := atTheDesk(t, s, listed[0], s.spawnDesk(t, live.Redis(t), office.url), office.postOffice)
	late := listed[1]
	well := c.asksHeard(t, c.address)
	office.line.Refuse()
	c.call = c.a.takes(t)
	if got := c.asksHeard(t, late); got != well {
		t.Errorf("without a mail server the desk answers\n%s\nand with one\n%s", got, well)
	}
	if n := len(office.box(t, late, 0)); n != 0 {
		t.Errorf("%d mails came", n)
	}
	office.mend()
	same(t, "the code that came late", c.enters(t, office.phoneCode(t, late)), answered)
	c.ends(t)
}

// asksHeard is all that the agent is answered until a code is on its way.
func (c *deskScene) asksHeard(t *testing.T, address string) string {
	t.Helper()
	return heardOf(c.a.do(t, http.MethodPut, c.call+"/address", c.a.token, map[string]string{"email": address}), address) +
		heardOf(c.a.do(t, http.MethodPost, c.call+"/code", c.a.token, nil), address)
}
