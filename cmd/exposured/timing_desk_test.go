package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/live"
)

// TestTimingAtTheDesk: an agent with a stopwatch who spells addresses, has codes sent and
// tries a code about each, tells nobody on a list from a stranger.
func TestTimingAtTheDesk(t *testing.T) {
	s, shop := smallSite(t)
	all := gather(shop)
	n := fewer(400)
	d := &timedDesk{timed: &timed{t: t, site: s, crowd: crowd{all.listed[:n], all.strangers[:n]}, server: s.serve(t, live.Redis(t), openPostOffice(t).url,
		"--console-url", "http://127.0.0.1", "--console-hours", "always", "--limits", untimely+","+tireless)}}
	d.agent = s.hire(t, d.server.private, "sato", agent.RoleAgent)
	for _, step := range []deskStep{spelling, sending, guessing} { // a guess is compared with the code that was sent
		compare(t, string(step), func() (_, _ []time.Duration) { return d.round(step) })
	}
}

// deskStep is what is timed in a call.
type deskStep string

const (
	spelling deskStep = "spelling an address"
	sending  deskStep = "having a code sent"
	guessing deskStep = "trying a code"
)

// timedDesk is a server with an agent at its desk.
type timedDesk struct {
	*timed
	agent *floorAgent
	line  *line
}

// round takes a call about everybody and times one step of it.
func (d *timedDesk) round(step deskStep) (listed, strangers []time.Duration) {
	d.drain()
	d.line = dial(d.t, d.server.private)
	defer d.line.Close()
	for _, this := range d.crowd.turns() {
		call := d.agent.takes(d.t)
		took := d.times(http.StatusOK, http.MethodPut, call+"/address", fmt.Sprintf(`{"email":%q}`, this.address))
		switch step {
		case sending:
			took = d.times(http.StatusAccepted, http.MethodPost, call+"/code", "")
		case guessing:
			took = d.times(http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", fmt.Sprintf(`{"code":"%08d"}`, rand.IntN(100_000_000)))
		}
		if this.listed {
			listed = append(listed, took)
		} else {
			strangers = append(strangers, took)
		}
	}
	return listed, strangers
}

// times sends a request and takes the time until the first byte of its answer.
func (d *timedDesk) times(status int, method, path, body string) time.Duration {
	d.t.Helper()
	must(d.t, d.line.SetDeadline(time.Now().Add(patience)))
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, d.agent.token, len(body), body)
	begin := time.Now()
	d.line.say(d.t, text)
	_, err := d.line.r.Peek(1)
	took := time.Since(begin)
	must(d.t, err)
	if r := d.line.next(d.t, method); r.status != status {
		d.t.Fatalf("%s %s was answered %d %s, want %d", method, path, r.status, r.body, status)
	}
	return took
}
