package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/server"
)

type running struct {
	*server.Server
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, c server.Config) running {
	t.Helper()
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := running{Server: s, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- s.Serve(ctx) }()
	t.Cleanup(stop)
	return r
}

// get is a request on its own connection.
func get(t *testing.T, addr net.Addr, path string) (status int, body string, err error) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + addr.String() + path)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// TestDrain: a request that runs when the end comes is answered, new ones are not taken,
// and health says what is going on.
func TestDrain(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, config(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/slow", func(c echo.Context) error {
			close(entered)
			<-release
			if err := c.Request().Context().Err(); err != nil {
				return err // the end of serving must not reach a running request
			}
			return c.String(http.StatusOK, "whole")
		})
	})))
	type result struct {
		body string
		err  error
	}
	slow := make(chan result, 1)
	go func() {
		_, body, err := get(t, r.PublicListener(), "/slow")
		slow <- result{body, err}
	}()
	<-entered
	if status, _, err := get(t, r.PrivateListener(), "/readyz"); err != nil || status != 200 {
		t.Fatalf("readyz before the end: %d, %v", status, err)
	}
	r.stop()
	for { // until the listener is closed; bounded by the test's own timeout
		if _, _, err := get(t, r.PublicListener(), "/"); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if status, body, err := get(t, r.PrivateListener(), "/readyz"); err != nil || status != 503 || body != "draining\n" {
		t.Errorf("readyz while draining: %d %q, %v", status, body, err)
	}
	if status, _, err := get(t, r.PrivateListener(), "/healthz"); err != nil || status != 200 {
		t.Errorf("healthz while draining: %d, %v", status, err)
	}
	close(release)
	if got := <-slow; got.err != nil || got.body != "whole" {
		t.Errorf("the running request got %q, %v", got.body, got.err)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestDrainIsBounded: what does not end is cut off, and said.
func TestDrainIsBounded(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	c := config(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/stuck", func(echo.Context) error {
			close(entered)
			<-release
			return nil
		})
	}))
	c.Drain = 50 * time.Millisecond
	r := start(t, c)
	cut := make(chan error, 1)
	go func() {
		_, _, err := get(t, r.PublicListener(), "/stuck")
		cut <- err
	}()
	<-entered
	r.stop()
	if err := <-r.ended; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "public") {
		t.Errorf("Serve: got %v, want one that names the public listener", err)
	}
	if err := <-cut; err == nil {
		t.Error("the stuck request was answered")
	}
}

func TestListenSaysWhichListener(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, set := range map[string]func(*server.Config){
		"public":  func(c *server.Config) { c.PublicAddr = taken.Addr().String() },
		"private": func(c *server.Config) { c.PrivateAddr = taken.Addr().String() },
	} {
		c := config(t, io.Discard)
		set(&c)
		s, err := server.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error that names the %s listener", err, name)
		}
	}
}

func TestServeWithoutListen(t *testing.T) {
	if err := newServer(t, io.Discard).Serve(t.Context()); err == nil {
		t.Error("Serve without Listen returned nil")
	}
}
