package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/conform"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// request is a good request for an operation, by how it is answered.
type request struct {
	operation, method, path, body string
	status                        int
}

const ofCall = "/v1/agent/calls/" + callID

// requests has one for every operation.
var requests = []request{
	{"signInAgent", "POST", "/v1/agent/sessions", `{"name":"sato","password":"korokoro-donguri-5","code":"123456"}`, 201},
	{"getAgentSession", "GET", "/v1/agent/session", "", 200},
	{"signOutAgent", "DELETE", "/v1/agent/session", "", 204},
	{"changeAgentPassword", "PUT", "/v1/agent/password", `{"old_password":"korokoro-donguri-5","new_password":"donguri-korokoro-7"}`, 204},
	{"openCall", "POST", "/v1/agent/calls", `{"reason":"am_i_listed"}`, 201},
	{"getCall", "GET", ofCall, "", 200},
	{"setCallAddress", "PUT", ofCall + "/address", `{"email":"hanako@example.org"}`, 200},
	{"sendPhoneCode", "POST", ofCall + "/code", "", 202},
	{"confirmCall", "POST", ofCall + "/confirmation", `{"code":"12345678"}`, 200},
	{"confirmCallLetter", "POST", ofCall + "/letter-confirmation", `{"letter_number":"12345-67890-1234"}`, 200},
	{"getCallReport", "GET", ofCall + "/report", "", 200},
	{"extendCall", "POST", ofCall + "/extension", "", 200},
	{"compareCheckNumber", "POST", ofCall + "/check-number", `{"check_number":"1234-5678"}`, 200},
	{"getTrainingCaller", "GET", ofCall + "/training-caller", "", 200},
	{"requestLetter", "POST", ofCall + "/letter-requests", `{"name":"x","postal_code":"100-0001","address":"y"}`, 201},
	{"openTicket", "POST", ofCall + "/tickets", `{"topic":"date"}`, 201},
	{"askTicket", "POST", ofCall + "/ticket-questions", `{"number":"7K2M-4"}`, 200},
	{"endCall", "POST", ofCall + "/end", `{"outcome":"told"}`, 204},
	{"getCounts", "GET", "/v1/agent/counts?day=2023-07-26", "", 200},
	{"getFacts", "GET", "/v1/agent/facts", "", 200},
}

// TestRoutesAreThoseOfTheDocument, both ways, and every operation has a request here.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	e := echo.New()
	newRig(t, "http").door.Routes(e)
	var routes, asked []string
	for _, r := range e.Routes() {
		if !strings.HasPrefix(r.Path, "/console") {
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	for _, r := range requests {
		asked = append(asked, r.operation)
	}
	must(t, conform.Covers("agent", routes, asked))
}

// TestEveryOperationIsAnsweredAsDocumented, and to nobody who may not ask.
func TestEveryOperationIsAnsweredAsDocumented(t *testing.T) {
	g := newRig(t, "http")
	g.desk.call = g.desk.told.Call
	for _, r := range requests {
		if got := g.ask(r.method, r.path, r.body); got.Status != r.status {
			t.Errorf("%s: %d %s, want %d", r.operation, got.Status, got.Body, r.status)
		}
		if r.operation == "signInAgent" {
			continue
		}
		for err, want := range map[error]string{agent.ErrSignedOut: "unauthenticated", agent.ErrOutsideHours: "outside-hours", agent.ErrUnavailable: "temporarily-unavailable"} {
			g.desk.out = err
			refused(t, r.operation, g.ask(r.method, r.path, r.body), want)
		}
		g.desk.out = nil
	}
}

func refused(t *testing.T, what string, r conform.Response, slug string) {
	t.Helper()
	if r.Status < 400 || !strings.Contains(r.Body, `"urn:exposure:problem:`+slug+`"`) {
		t.Errorf("%s: got %d %s, want %s", what, r.Status, r.Body, slug)
	}
}

// TestWhatStepsRefuse: each problem of a step, as the document has it there.
func TestWhatStepsRefuse(t *testing.T) {
	over := &ratelimit.Exceeded{RetryAfter: time.Minute}
	g := newRig(t, "http")
	for _, c := range []struct {
		err        error
		slug       string
		operations string
	}{
		{agent.ErrSignIn, "unauthenticated", "signInAgent"},
		{agent.ErrPassword, "password-refused", "changeAgentPassword"},
		{agent.ErrForeignCall, "not-your-call", "getCall setCallAddress sendPhoneCode confirmCall confirmCallLetter getCallReport extendCall compareCheckNumber getTrainingCaller requestLetter openTicket askTicket endCall"},
		{agent.ErrNoCall, "not-found", "getCall setCallAddress sendPhoneCode confirmCall confirmCallLetter getCallReport extendCall compareCheckNumber getTrainingCaller requestLetter openTicket askTicket endCall"},
		{agent.ErrNoAddress, "no-address", "sendPhoneCode confirmCall"},
		{agent.ErrNotProven, "not-proven", "getCallReport extendCall compareCheckNumber"},
		{agent.ErrExtended, "not-extendable", "extendCall"},
		{agent.ErrRole, "role-missing", "getCounts"},
		{agent.ErrText, "text-refused", "requestLetter openTicket"},
		{agent.ErrChoice, "malformed-request", "openCall openTicket endCall"},
		{agent.ErrNoTicket, "not-found", "askTicket"},
		{lookup.ErrMalformedAddress, "malformed-request", "setCallAddress"},
		{&lookup.Rejected{AttemptsLeft: 4}, "code-rejected", "confirmCall"},
		{&lookup.Rejected{AttemptsLeft: -1}, "code-rejected", "confirmCallLetter"},
		{breach.ErrLetterSlip, "malformed-request", "confirmCallLetter"},
		{lookup.ErrCouldNotCheck, "could-not-check", "confirmCall confirmCallLetter getCallReport getCounts"},
		{over, "quota-exceeded", "signInAgent openCall setCallAddress sendPhoneCode confirmCall confirmCallLetter getCallReport compareCheckNumber requestLetter openTicket askTicket"},
	} {
		g.desk.fault = c.err
		for _, r := range requests {
			if slices.Contains(strings.Fields(c.operations), r.operation) {
				refused(t, r.operation, g.ask(r.method, r.path, r.body), c.slug)
			}
		}
	}
}

// TestTheFirstPasswordOpensNothing but its own change and the way out.
func TestTheFirstPasswordOpensNothing(t *testing.T) {
	g := newRig(t, "http")
	g.desk.who.MustChange = true
	free := []string{"signInAgent", "getAgentSession", "signOutAgent", "changeAgentPassword"}
	for _, r := range requests {
		got := g.ask(r.method, r.path, r.body)
		if slices.Contains(free, r.operation) {
			if got.Status != r.status {
				t.Errorf("%s: %d %s", r.operation, got.Status, got.Body)
			}
			continue
		}
		refused(t, r.operation, got, "password-change-required")
	}
}

// TestBodiesAreTakenStrictly, every one of them.
func TestBodiesAreTakenStrictly(t *testing.T) {
	g := newRig(t, "http")
	for _, r := range requests {
		if r.body == "" {
			continue
		}
		name, _, _ := strings.Cut(r.body, ":")
		refused(t, r.operation+" cut", g.ask(r.method, r.path, r.body[:len(r.body)-1]), "malformed-request")
		refused(t, r.operation+" unknown", g.ask(r.method, r.path, `{"nonsense":1,`+r.body[1:]), "malformed-request")
		refused(t, r.operation+" twice", g.ask(r.method, r.path, name+`:"x",`+r.body[1:]), "malformed-request")
		refused(t, r.operation+" large", g.ask(r.method, r.path, r.body+strings.Repeat(" ", 8<<10)), "body-too-large")
		refused(t, r.operation+" form", g.ask(r.method, r.path, r.body, "Content-Type", "application/x-www-form-urlencoded"), "unsupported-media-type")
	}
}
