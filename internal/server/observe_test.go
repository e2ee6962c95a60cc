package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/server"
)

const canary = "CANARY-f3a9"

// TestLogsAndMetricsNameNobody sends a canary in every place a client can fill.
func TestLogsAndMetricsNameNobody(t *testing.T) {
	log := new(journal)
	s := newServer(t, log, door(func(e *echo.Echo) {
		bindOne(e)
		e.POST("/v1/verifications/:id/codes", func(c echo.Context) error { return c.NoContent(http.StatusAccepted) })
		e.GET("/panic", func(c echo.Context) error { panic(fmt.Sprintf("bad value %s", c.QueryParam("q"))) })
		e.GET("/fault", func(echo.Context) error { return errors.New("reading the roster: no such table") })
	}))
	ts := public(t, s)
	headers := []string{
		"User-Agent", canary, "Authorization", "Bearer " + canary, "Cookie", "a=" + canary, "Referer", "http://x/" + canary,
		"X-Forwarded-For", "192.0.2.77", "Accept-Language", canary, "Content-Type", jsonType, "X-Request-Id", canary,
	}
	send(t, ts, "POST", "/v1/verifications/"+canary+"/codes?q="+canary, `{"secret":"`+canary+`"}`, headers...)
	send(t, ts, "POST", "/v1/bind", `{"`+canary+`":"`+canary+`"}`, headers...)
	send(t, ts, "GET", "/"+canary, "", headers...)
	send(t, ts, canary, "/v1/bind", "", headers...)
	panicked := send(t, ts, "GET", "/panic?q="+canary, "", headers...)
	send(t, ts, "GET", "/fault", "", headers...)

	metrics := send(t, serve(t, s.PrivateHandler()), "GET", "/metrics", "").body
	for where, text := range map[string]string{"log": log.String(), "metrics": metrics} {
		for _, secret := range []string{canary, "127.0.0.1", "192.0.2.77"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s holds %s:\n%s", where, secret, text)
			}
		}
	}
	for _, want := range []string{
		`"route":"/v1/verifications/:id/codes","status":202`, `"route":"unmatched","status":404`, `"method":"other"`,
		`"msg":"panic"`, `"type":"string"`, "observe_test.go", "reading the roster: no such table", panicked.header.Get("X-Request-Id"),
	} {
		if want == "observe_test.go" {
			want = "server_test.TestLogsAndMetricsNameNobody" // the frame of the handler
		}
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, want := range []string{
		`exposure_http_requests_total{listener="public",route="/v1/verifications/:id/codes",status="202"} 1`,
		`exposure_http_requests_total{listener="public",route="/panic",status="500"} 1`,
		`exposure_http_request_duration_seconds_count{listener="public",route="unmatched"} 1`, "go_goroutines",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if panicked.status != 500 || slug(panicked.problem) != "unexpected" || strings.Contains(panicked.body, canary) {
		t.Errorf("panic: got %d %s", panicked.status, panicked.body)
	}
}

// TestPanicInTheMiddleOfAnAnswer: half an answer must not look like a whole one.
func TestPanicInTheMiddleOfAnAnswer(t *testing.T) {
	s := newServer(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/half", func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			c.Response().Flush()
			panic("x")
		})
	}))
	ts := public(t, s)
	res, err := ts.Client().Get(ts.URL + "/half")
	if err != nil {
		return // cut off before the headers arrived: as good
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

func TestDeadline(t *testing.T) {
	log := new(journal)
	c := config(t, log, door(func(e *echo.Echo) {
		e.GET("/slow", func(c echo.Context) error {
			<-c.Request().Context().Done() // as a store does that honours its context
			return fmt.Errorf("reading: %w", c.Request().Context().Err())
		})
	}))
	c.Deadline = 20 * time.Millisecond
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	got := send(t, public(t, s), "GET", "/slow", "")
	if got.status != 503 || slug(got.problem) != "temporarily-unavailable" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if !strings.Contains(log.String(), "request failed") {
		t.Errorf("a missed deadline is not logged:\n%s", log)
	}
}

func TestPrivateEndpoints(t *testing.T) {
	log := new(journal)
	var broken error
	c := config(t, log)
	c.Ready = func(context.Context) error { return broken }
	c.PrivateHandlers = map[string]http.Handler{
		"/inbox": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "inbox %s", r.URL.Path) }),
	}
	c.PrivateDoors = []server.Door{door(func(e *echo.Echo) {
		e.GET("/staff", func(c echo.Context) error { return c.String(http.StatusOK, "staff") })
	})}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s.PrivateHandler())
	for path, want := range map[string]string{
		"/healthz": "ok\n", "/readyz": "ready\n", "/inbox": "inbox /inbox", "/inbox/1/raw": "inbox /inbox/1/raw", "/staff": "staff",
	} {
		if got := send(t, ts, "GET", path, ""); got.status != 200 || got.body != want {
			t.Errorf("%s: got %d %q, want %q", path, got.status, got.body, want)
		}
	}
	broken = errors.New("the sentinel is missing")
	if got := send(t, ts, "GET", "/readyz", ""); got.status != 503 || strings.Contains(got.body, "sentinel") {
		t.Errorf("not ready: got %d %q", got.status, got.body)
	}
	if !strings.Contains(log.String(), "the sentinel is missing") {
		t.Error("why it is not ready is not logged")
	}
	if got := send(t, ts, "GET", "/v1/incident", ""); got.status != 404 {
		t.Errorf("the public API is on the private listener: %d", got.status)
	}
}
