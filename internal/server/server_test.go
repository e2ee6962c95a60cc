package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"exposure/internal/server"
	"exposure/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(collected{m}) }

// collected runs the garbage collector after the tests: only it ends the goroutine by which
// the library of the limits cleans up, and what a sync.Pool still holds outlives the first
// two rounds. One that is still in use stays after the last round, and is found.
type collected struct{ *testing.M }

func (c collected) Run() int {
	code := c.M.Run()
	for round := 0; round < 10 && goleak.Find() != nil; round++ {
		runtime.GC()
	}
	return code
}

// door makes a door of a function.
type door func(*echo.Echo)

func (d door) Routes(e *echo.Echo) { d(e) }

// journal is a log that may be written and read at once.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func config(t *testing.T, log io.Writer, doors ...server.Door) server.Config {
	t.Helper()
	u, err := url.Parse("https://check.example.jp")
	if err != nil {
		t.Fatal(err)
	}
	return server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: u, Doors: doors, Phone: "0120-00-0000",
		Ready:  func(context.Context) error { return nil },
		Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}
}

// newServer is a server whose public door has these routes.
func newServer(t *testing.T, log io.Writer, doors ...server.Door) *server.Server {
	t.Helper()
	s, err := server.New(config(t, log, doors...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// public serves the public handler on a real socket.
func public(t *testing.T, s *server.Server) *httptest.Server {
	t.Helper()
	return serve(t, s.PublicHandler())
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	ts := httptest.NewServer(h)
	t.Cleanup(func() {
		ts.Client().CloseIdleConnections()
		ts.Close()
	})
	return ts
}

type answer struct {
	status  int
	header  http.Header
	body    string
	problem wire.Problem
}

func send(t *testing.T, ts *httptest.Server, method, path, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := ts.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(b)}
	if res.Header.Get("Content-Type") == "application/problem+json" && method != "HEAD" {
		if err := json.Unmarshal(b, &a.problem); err != nil {
			t.Fatalf("problem document: %v in %s", err, b)
		}
	}
	return a
}

func slug(p wire.Problem) string { return strings.TrimPrefix(string(p.Type), "urn:exposure:problem:") }

func mustPrefix(t *testing.T, s string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	for field, without := range map[string]func(*server.Config){
		"PublicAddr":  func(c *server.Config) { c.PublicAddr = "" },
		"PrivateAddr": func(c *server.Config) { c.PrivateAddr = "" },
		"PublicURL":   func(c *server.Config) { c.PublicURL = nil },
		"Ready":       func(c *server.Config) { c.Ready = nil },
	} {
		c := config(t, io.Discard)
		without(&c)
		if _, err := server.New(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without %s: got error %v, want one that names it", field, err)
		}
	}
}

// TestEveryTimeoutIsSet: one that is missing lets a slow peer hold a connection for ever.
func TestEveryTimeoutIsSet(t *testing.T) {
	s := newServer(t, io.Discard)
	pub, priv := s.Servers()
	for name, srv := range map[string]*http.Server{"public": pub, "private": priv} {
		if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes <= 0 {
			t.Errorf("%s: a timeout or size is not set: %+v", name, srv)
		}
	}
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	s := newServer(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/ok", func(c echo.Context) error { return c.String(http.StatusOK, "ok") })
		e.GET("/panic", func(echo.Context) error { panic("x") })
	}))
	want := map[string]string{
		"Cache-Control":                "no-store",
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000",
	}
	for _, h := range []http.Handler{s.PublicHandler(), s.PrivateHandler()} {
		ts := serve(t, h)
		for _, path := range []string{"/ok", "/panic", "/nowhere", "/healthz"} {
			got := send(t, ts, "GET", path, "").header
			for name, value := range want {
				if got.Get(name) != value {
					t.Errorf("%s: %s is %q, want %q", path, name, got.Get(name), value)
				}
			}
			if len(got.Get("X-Request-Id")) != 32 {
				t.Errorf("%s: X-Request-Id is %q", path, got.Get("X-Request-Id"))
			}
			if got.Get("Server") != "" || got.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: unwanted headers in %v", path, got)
			}
		}
	}
}

func TestNoHSTSOverPlainHTTP(t *testing.T) {
	c := config(t, io.Discard)
	c.PublicURL = &url.URL{Scheme: "http", Host: "localhost:8080"}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, public(t, s), "GET", "/", "").header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("got HSTS %q over http", got)
	}
}

// TestRequestIDIsOurs: a client cannot choose what is written into our logs.
func TestRequestIDIsOurs(t *testing.T) {
	log := new(journal)
	ts := public(t, newServer(t, log))
	got := send(t, ts, "GET", "/", "", "X-Request-Id", "CANARY").header.Get("X-Request-Id")
	if got == "CANARY" || strings.Contains(log.String(), "CANARY") {
		t.Error("the client's request id was taken")
	}
	if again := send(t, ts, "GET", "/", "").header.Get("X-Request-Id"); again == got {
		t.Error("two requests share an id")
	}
}
