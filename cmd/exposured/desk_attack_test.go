package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

var changesPerCall = regexp.MustCompile(`"(id|opened_at|ends_at|request_id)":"[^"]*"`)

// heardOf is all that an agent is answered, but what differs between any two calls and the
// address that was typed.
func heardOf(r reply, address string) string {
	var head []string
	for _, name := range []string{"Content-Type", "Cache-Control", "Ratelimit", "Ratelimit-Policy", "Retry-After", "Set-Cookie"} {
		head = append(head, name+": "+strings.Join(r.header.Values(name), ", "))
	}
	body := changesPerCall.ReplaceAllString(strings.ReplaceAll(string(r.body), address, "(address)"), `"$1":""`)
	return fmt.Sprintf("%d\n%s\n%d headers\n%s", r.status, strings.Join(head, "\n"), len(r.header), body)
}

// guessesEnough spends what an address has for wrong phone codes in thirty days: then the
// right one, read out in a call of its own, opens nothing either.
func (a *floorAgent) guessesEnough(t *testing.T, office *postOffice, address string) {
	t.Helper()
	call := a.takes(t)
	a.asks(t, call, address)
	code := office.phoneCode(t, address)
	for range 5 {
		a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": misheard(code)})
	}
	call = a.takes(t)
	a.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": address})
	a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": code})
}

// walks does all that a caller without the code can have done about an address, and returns
// all that the agent is answered.
func (a *floorAgent) walks(t *testing.T, address string) string {
	t.Helper()
	call := a.takes(t)
	got := heardOf(a.do(t, http.MethodPut, call+"/address", a.token, map[string]string{"email": address}), address)
	got += heardOf(a.do(t, http.MethodPost, call+"/code", a.token, nil), address)
	got += heardOf(a.do(t, http.MethodPost, call+"/confirmation", a.token, map[string]string{"code": "no code"}), address)
	guess := a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": "1357-9246"})
	if !strings.Contains(string(guess.body), `"attempts_left":4`) {
		t.Fatalf("a wrong code was answered %s", guess.body)
	}
	got += heardOf(guess, address)
	return got + heardOf(a.do(t, http.MethodGet, call+"/report", a.token, nil), address)
}

// TestAnAgentWalksThroughAddresses: an agent who tries sixty addresses, on a list, unknown,
// withdrawn, mailed enough and guessed at enough on the page and by telephone, with a
// wrong code each, tells none from another, not even by the tries it has left: they are the
// call's. The sixty-first code is refused, and there is an alarm; the right code of an
// address walked through still opens its report.
func TestAnAgentWalksThroughAddresses(t *testing.T) {
	s, shop := smallSite(t)
	var listed []string
	for _, p := range shop.People() {
		listed = append(listed, p.Emails...)
	}
	guessed := []string{listed[0], "guessed@example.jp"}
	s.exhaust(t, guessed...)
	withdrawn := only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Withdrawn })
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--console-url", "http://127.0.0.1", "--console-hours", "always", "--limits", "agent-guess=100/1h")
	a, b := s.hire(t, server.private, "sato", agent.RoleAgent), s.hire(t, server.private, "ito", agent.RoleAgent)
	for _, address := range guessed {
		b.guessesEnough(t, office, address)
	}
	want := ""
	for i := range 60 {
		address := []string{listed[2+i/5], fmt.Sprintf("unknown.%d@example.jp", i), guessed[i/5%2], withdrawn, "mailed@example.jp"}[i%5]
		got := a.walks(t, address)
		if want == "" {
			want = got
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("address %d can be told from the first one:\n%s", i, diff)
		}
	}
	call := a.takes(t)
	a.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": listed[1]})
	a.want(t, http.StatusTooManyRequests, http.MethodPost, call+"/code", nil)
	eventually(t, "there is an alarm", func() bool { return strings.Contains(server.log.String(), "agent-rate") })
	a.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": listed[2]})
	a.tells(t, call, office.phoneCode(t, listed[2]))
}

// TestForgedCalls: a call's id opens nothing but for the agent whose call it is, as long as it
// lasts; neither does a token that is for something else.
func TestForgedCalls(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, floorFlags()...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	b := s.hire(t, server.private, "tanaka", agent.RoleAgent)
	address := shop.Examples()[0].Email
	customer := from(server.public, here).prove(t, office, address).Token
	mine, others := a.takes(t), b.takes(t)
	a.asks(t, mine, address)
	id := strings.TrimPrefix(mine, "/v1/agent/calls/")
	sealed, err := base64.RawURLEncoding.DecodeString(id)
	must(t, err)
	for i := range len(sealed) * 8 {
		forged := append([]byte(nil), sealed...)
		forged[i/8] ^= 1 << (i % 8)
		if r := a.do(t, http.MethodGet, "/v1/agent/calls/"+base64.RawURLEncoding.EncodeToString(forged), a.token, nil); r.status != http.StatusNotFound {
			t.Fatalf("bit %d turned: %d %s", i, r.status, r.body)
		}
	}
	for _, step := range []string{"", "/report"} {
		a.want(t, http.StatusForbidden, http.MethodGet, others+step, nil)
		a.want(t, http.StatusNotFound, http.MethodGet, "/v1/agent/calls/"+customer+step, nil)
		a.want(t, http.StatusNotFound, http.MethodGet, "/v1/agent/calls/"+a.token+step, nil)
	}
	for what, token := range map[string]string{"a customer's session": customer, "a call's id": id, "nothing": ""} {
		if r := a.do(t, http.MethodGet, mine, token, nil); r.status != http.StatusUnauthorized {
			t.Errorf("%s as an agent's session: %d %s", what, r.status, r.body)
		}
	}
	if r := from(server.public, here).do(t, http.MethodGet, "/v1/report", a.token, nil); r.status != http.StatusUnauthorized {
		t.Errorf("an agent's session as a customer's: %d %s", r.status, r.body)
	}
	for _, path := range []string{mine, "/v1/agent/session", "/console", "/console/sign-in"} {
		if r := from(server.public, here).do(t, http.MethodGet, path, a.token, nil); r.status != http.StatusNotFound {
			t.Errorf("%s on the public listener: %d", path, r.status)
		}
	}
	a.want(t, http.StatusNoContent, http.MethodPost, mine+"/end", map[string]string{"outcome": "told"})
	a.want(t, http.StatusNotFound, http.MethodGet, mine, nil)
}

// TestAnAgentWhoIsGone: a token that was stolen is worth nothing once its agent has signed
// out, and none once the office has disabled the account, while the server runs.
func TestAnAgentWhoIsGone(t *testing.T) {
	s, _ := smallSite(t)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, floorFlags()...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	b := s.hire(t, server.private, "tanaka", agent.RoleAgent)
	call := a.takes(t)
	a.want(t, http.StatusNoContent, http.MethodDelete, "/v1/agent/session", nil)
	a.want(t, http.StatusUnauthorized, http.MethodGet, call, nil)
	call = b.takes(t)
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	_, err = db.Agents(keys).Change(t.Context(), operatorEntry(audit.AgentDisable), "tanaka", func(x agent.Account) (agent.Account, error) { return x.Disable() })
	must(t, err)
	b.want(t, http.StatusUnauthorized, http.MethodGet, call, nil)
}

// TestCodesOfAnotherWay: on the telephone a code of the web opens nothing, nor does one that
// was mailed to the agent's own mailbox.
func TestCodesOfAnotherWay(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, floorFlags()...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	victim, own := shop.Examples()[0].Email, "agents.own@example.jp"
	call := a.takes(t)
	a.asks(t, call, own)
	code := office.phoneCode(t, own)
	from(server.public, here).start(t, victim)
	web := office.code(t, victim, 1)
	a.asks(t, call, victim)
	for _, c := range []string{code, web} {
		a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": c})
	}
	a.want(t, http.StatusConflict, http.MethodGet, call+"/report", nil)
	a.tells(t, call, office.phoneCode(t, victim))
}
