package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/email"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// floorFlags serve a call centre at any hour; its agents may work faster than people do.
func floorFlags(more ...string) []string {
	return append([]string{"--console-url", "http://127.0.0.1", "--console-hours", "always", "--insecure-no-limits"}, more...)
}

const tireless = "agent-code=100000/1h,agent-guess=100000/1h,agent-letter=100000/1h,agent-note=100000/1h"

// floorAgent is somebody at the desk, signed in, with a password of their own.
type floorAgent struct {
	*browser
	name, password, token string
	papers                []string
}

// enrol makes an account as the office does.
func (s site) enrol(t *testing.T, name string, role agent.Role) (given agent.Credentials) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	_, err = db.Agents(keys).Change(t.Context(), operatorEntry(audit.AgentAdd), name, func(a agent.Account) (agent.Account, error) {
		next, c, err := agent.Enrol(keys, a, name, role)
		given = c
		return next, err
	})
	must(t, err)
	return given
}

// hire makes an account and signs it in at the private listener.
func (s site) hire(t *testing.T, private, name string, role agent.Role) *floorAgent {
	t.Helper()
	given := s.enrol(t, name, role)
	a := &floorAgent{browser: from(private, here), name: name, password: "korokoro-donguri-5", papers: given.Papers[1:]}
	var in wire.SignedIn
	a.want(t, http.StatusCreated, http.MethodPost, "/v1/agent/sessions", wire.SignIn{Name: name, Password: given.Password, Code: given.Papers[0]}).decode(t, &in)
	a.token = in.Token
	a.want(t, http.StatusNoContent, http.MethodPut, "/v1/agent/password", map[string]string{"old_password": given.Password, "new_password": a.password})
	return a
}

// want sends a request of the agent and fails the test on another status.
func (a *floorAgent) want(t testing.TB, status int, method, path string, body any) reply {
	t.Helper()
	r := a.do(t, method, path, a.token, body)
	if r.status != status {
		t.Fatalf("%s %s was answered %d %s, want %d", method, path, r.status, r.body, status)
	}
	return r
}

// takes opens a call and returns its path.
func (a *floorAgent) takes(t testing.TB) string {
	t.Helper()
	var c wire.Call
	a.want(t, http.StatusCreated, http.MethodPost, "/v1/agent/calls", map[string]any{"reason": "am_i_listed"}).decode(t, &c)
	return "/v1/agent/calls/" + c.Id
}

// asks spells an address and has a phone code mailed.
func (a *floorAgent) asks(t testing.TB, call, address string) {
	t.Helper()
	a.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": address})
	a.want(t, http.StatusAccepted, http.MethodPost, call+"/code", nil)
}

// tells takes the code that a caller reads out.
func (a *floorAgent) tells(t testing.TB, call, code string) (told wire.Told) {
	t.Helper()
	a.want(t, http.StatusOK, http.MethodPost, call+"/confirmation", map[string]string{"code": code}).decode(t, &told)
	return told
}

// tellsByLetter takes the number of the caller's letter.
func (a *floorAgent) tellsByLetter(t testing.TB, call, number string) (told wire.Told) {
	t.Helper()
	a.want(t, http.StatusOK, http.MethodPost, call+"/letter-confirmation", map[string]string{"letter_number": number}).decode(t, &told)
	return told
}

var readOutLine = regexp.MustCompile(`(?m)^電話確認番号: ([0-9-]+)`)

// phoneCode reads the newest phone code of an address, once one came.
func (p *postOffice) phoneCode(t testing.TB, address string) string {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	for late := time.After(30 * time.Second); ; {
		p.mu.Lock()
		got, wake := p.boxes[a.Reveal()], p.wake
		p.mu.Unlock()
		for i := len(got) - 1; i >= 0; i-- {
			if m := readOutLine.FindStringSubmatch(got[i].body); m != nil {
				return strings.TrimSpace(m[1])
			}
		}
		select {
		case <-wake:
		case <-late:
			t.Fatal("no phone code came")
		}
	}
}
