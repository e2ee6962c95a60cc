package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/api"
	"exposure/internal/breach"
	"exposure/internal/console"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
)

// failing answers every request with this error.
func failing(err error) server.Door {
	return door(func(e *echo.Echo) {
		e.GET("/fail", func(echo.Context) error { return err })
	})
}

func TestEveryErrorHasItsProblem(t *testing.T) {
	canary := errors.New("CANARY")
	for _, c := range []struct {
		err        error
		status     int
		slug       string
		retryAfter string
		phone      bool
	}{
		{lookup.ErrMalformedAddress, 400, "malformed-request", "", false},
		{lookup.ErrMalformedCode, 400, "malformed-request", "", false},
		{api.ErrLocale, 400, "malformed-request", "", false},
		{lookup.ErrUnauthenticated, 401, "unauthenticated", "", false},
		{agent.ErrSignIn, 401, "unauthenticated", "", false},
		{agent.ErrSignedOut, 401, "unauthenticated", "", false},
		{agent.ErrOutsideHours, 403, "outside-hours", "", false},
		{agent.ErrMustChange, 403, "password-change-required", "", false},
		{agent.ErrRole, 403, "role-missing", "", false},
		{agent.ErrForeignCall, 403, "not-your-call", "", false},
		{agent.ErrNoCall, 404, "not-found", "", false},
		{agent.ErrNoTicket, 404, "not-found", "", false},
		{agent.ErrNoAddress, 409, "no-address", "", false},
		{agent.ErrNotProven, 409, "not-proven", "", false},
		{agent.ErrExtended, 409, "not-extendable", "", false},
		{agent.ErrPassword, 422, "password-refused", "", false},
		{agent.ErrText, 422, "text-refused", "", false},
		{agent.ErrChoice, 400, "malformed-request", "", false},
		{agent.ErrUnavailable, 503, "temporarily-unavailable", "30", true},
		{console.ErrLocale, 400, "malformed-request", "", false},
		{lookup.ErrNotFound, 404, "not-found", "", false},
		{lookup.ErrResetNotApplicable, 409, "reset-not-applicable", "", false},
		{lookup.ErrClosed, 410, "incident-closed", "", true},
		{&lookup.Rejected{AttemptsLeft: 3}, 422, "code-rejected", "", false},
		{&ratelimit.Exceeded{Name: "request-ip", RetryAfter: 90*time.Second + 1}, 429, "quota-exceeded", "91", false},
		{&ratelimit.Exceeded{Name: "request-ip"}, 429, "quota-exceeded", "1", false},
		{lookup.ErrCouldNotCheck, 503, "could-not-check", "60", true},
		{breach.ErrUnproven, 503, "could-not-check", "60", true},
		{&lookup.PausedError{}, 503, "temporarily-unavailable", "300", true},
		{lookup.ErrUnavailable, 503, "temporarily-unavailable", "30", true},
		{context.DeadlineExceeded, 503, "temporarily-unavailable", "30", true},
		{context.Canceled, 503, "temporarily-unavailable", "30", true},
		{fmt.Errorf("%w: %w", lookup.ErrCouldNotCheck, context.DeadlineExceeded), 503, "could-not-check", "60", true},
		{fmt.Errorf("%w: %w", lookup.ErrCouldNotCheck, lookup.ErrUnavailable), 503, "could-not-check", "60", true},
		{echo.NewHTTPError(http.StatusBadRequest, "CANARY"), 400, "malformed-request", "", false},
		{echo.NewHTTPError(http.StatusTeapot, "CANARY"), 500, "unexpected", "", false},
		{io.ErrUnexpectedEOF, 500, "unexpected", "", false},
	} {
		t.Run(c.slug+" "+c.err.Error(), func(t *testing.T) {
			ts := public(t, newServer(t, io.Discard, failing(fmt.Errorf("doing something: %w (%w)", c.err, canary))))
			got := send(t, ts, "GET", "/fail", "")
			if got.status != c.status || slug(got.problem) != c.slug || got.problem.Status != c.status || got.problem.Title == "" {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, c.status, c.slug)
			}
			if got.header.Get("Retry-After") != c.retryAfter {
				t.Errorf("Retry-After is %q, want %q", got.header.Get("Retry-After"), c.retryAfter)
			}
			if has := got.problem.Phone != nil && *got.problem.Phone == "0120-00-0000"; has != c.phone {
				t.Errorf("phone told: %v, want %v", has, c.phone)
			}
			if has := got.problem.RequestId != nil; has != (c.status == 500) {
				t.Errorf("request id told: %v", has)
			} else if has && *got.problem.RequestId != got.header.Get("X-Request-Id") {
				t.Error("the request id is not that of the header")
			}
			if (got.header.Get("WWW-Authenticate") == "Bearer") != (c.status == 401) {
				t.Errorf("WWW-Authenticate is %q", got.header.Get("WWW-Authenticate"))
			}
			if strings.Contains(got.body, "CANARY") {
				t.Errorf("the error's own words got out: %s", got.body)
			}
		})
	}
}

// TestTableIsCovered: a sentinel cannot be added to the table without a case above.
func TestTableIsCovered(t *testing.T) {
	for err, status := range server.Sentinels() {
		ts := public(t, newServer(t, io.Discard, failing(fmt.Errorf("x: %w", err))))
		if got := send(t, ts, "GET", "/fail", ""); got.status != status {
			t.Errorf("%v: got %d, want %d", err, got.status, status)
		}
	}
}

// TestRateLimitNeverContradictsRetryAfter: only the limit that refused is told beside a
// Retry-After. Any other may last longer, or have plenty left.
func TestRateLimitNeverContradictsRetryAfter(t *testing.T) {
	for _, c := range []struct {
		err  error
		told bool
	}{
		{&ratelimit.Exceeded{Name: ratelimit.RequestIP, RetryAfter: time.Minute}, true},
		{&ratelimit.Exceeded{Name: ratelimit.FailedIP, RetryAfter: time.Minute}, true},
		{&ratelimit.Exceeded{Name: ratelimit.RequestNet, RetryAfter: time.Second}, false},
		{&ratelimit.Exceeded{Name: ratelimit.ReportSession, RetryAfter: time.Second}, false},
		{lookup.ErrUnavailable, false}, {lookup.ErrCouldNotCheck, false}, {lookup.ErrNoMail, false}, {&lookup.PausedError{}, false},
		{&lookup.Rejected{}, true}, {lookup.ErrNotFound, true},
	} {
		ts := public(t, newServer(t, io.Discard, door(func(e *echo.Echo) {
			e.GET("/fail", func(r echo.Context) error {
				r.Response().Header().Set("RateLimit", `"request-ip";r=59;t=3600`)
				r.Response().Header().Set("RateLimit-Policy", `"request-ip";q=60;w=3600`)
				return c.err
			})
		})))
		got := send(t, ts, "GET", "/fail", "").header
		if (got.Get("RateLimit") != "") != c.told || (got.Get("RateLimit-Policy") != "") != c.told {
			t.Errorf("%v: told %q beside Retry-After %q", c.err, got.Get("RateLimit"), got.Get("Retry-After"))
		}
	}
}

func TestAttemptsLeft(t *testing.T) {
	for left, want := range map[int]string{4: `"attempts_left":4`, 0: `"attempts_left":0`, -1: ""} {
		ts := public(t, newServer(t, io.Discard, failing(&lookup.Rejected{AttemptsLeft: left})))
		got := send(t, ts, "GET", "/fail", "").body
		if want == "" && strings.Contains(got, "attempts_left") || !strings.Contains(got, want) {
			t.Errorf("%d left: got %s", left, got)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := newServer(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/v1/thing", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	}))
	ts := public(t, s)
	for _, c := range []struct {
		method, path, slug string
		status             int
	}{
		{"GET", "/", "not-found", 404},
		{"GET", "/v1/nothing", "not-found", 404},
		{"GET", "/v1/thing/", "not-found", 404},
		{"GET", "/V1/thing", "not-found", 404},
		{"GET", "/v1/%2e%2e/thing", "not-found", 404},
		{"POST", "/v1/thing", "method-not-allowed", 405},
		{"DELETE", "/v1/thing", "method-not-allowed", 405},
		{"TRACE", "/v1/thing", "method-not-allowed", 405},
		{"BREW", "/v1/thing", "method-not-allowed", 405},
		{"GET", "/metrics", "not-found", 404}, // private things are not on the public listener
		{"GET", "/healthz", "not-found", 404},
		{"GET", "/readyz", "not-found", 404},
	} {
		got := send(t, ts, c.method, c.path, "")
		if got.status != c.status || slug(got.problem) != c.slug {
			t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, got.status, got.body, c.status, c.slug)
		}
		if allow := got.header.Get("Allow"); c.status == 405 && (!strings.Contains(allow, "GET") || !strings.Contains(allow, "HEAD")) {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, got.header.Get("Allow"))
		}
	}
}

// TestHeadIsGetWithoutBody, by the bytes on the wire: a client library would hide a body
// that was sent by mistake, and take it for the next answer.
func TestHeadIsGetWithoutBody(t *testing.T) {
	s := newServer(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/v1/thing", func(c echo.Context) error { return c.String(http.StatusOK, "a body") })
		e.POST("/v1/other", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
		e.GET("/v1/fail", func(echo.Context) error { return lookup.ErrCouldNotCheck })
	}))
	pub, priv := public(t, s), serve(t, s.PrivateHandler())
	for _, c := range []struct {
		ts     *httptest.Server
		path   string
		status int
	}{
		{pub, "/v1/thing", 200}, {pub, "/v1/fail", 503}, {pub, "/v1/nothing", 404}, {pub, "/v1/other", 405}, {priv, "/healthz", 200},
	} {
		get, head := send(t, c.ts, "GET", c.path, ""), send(t, c.ts, "HEAD", c.path, "")
		if head.status != c.status || get.status != c.status {
			t.Errorf("%s: HEAD %d, GET %d, want %d", c.path, head.status, get.status, c.status)
		}
		for _, h := range []http.Header{get.header, head.header} {
			h.Del("X-Request-Id")
			h.Del("Date")
			h.Del("Allow") // told whatever the method was; GET itself is not in it
		}
		if diff := cmp.Diff(get.header, head.header); diff != "" {
			t.Errorf("%s: headers differ (-GET +HEAD):\n%s", c.path, diff)
		}
		if raw := onTheWire(t, c.ts, "HEAD "+c.path); !strings.HasSuffix(raw, "\r\n\r\n") {
			t.Errorf("%s: a body was sent:\n%s", c.path, raw)
		}
	}
	if got := send(t, pub, "OPTIONS", "/v1/thing", "").header.Get("Allow"); got != "OPTIONS, GET, HEAD" {
		t.Errorf("Allow is %q", got)
	}
}

// onTheWire is all that the server sends for one request, to the last byte.
func onTheWire(t *testing.T, ts *httptest.Server, line string) string {
	t.Helper()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestPauseIsNoFailure: whoever looks for what is wrong must not find what somebody wants.
func TestPauseIsNoFailure(t *testing.T) {
	for err, logged := range map[error]bool{&lookup.PausedError{}: false, lookup.ErrUnavailable: true} {
		log := new(journal)
		ts := public(t, newServer(t, log, failing(err)))
		if got := send(t, ts, "GET", "/fail", ""); got.status != 503 {
			t.Errorf("%v: got %d", err, got.status)
		}
		if has := strings.Contains(log.String(), `"level":"ERROR"`); has != logged {
			t.Errorf("%v is logged as a failure: %v", err, has)
		}
	}
}
