package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"

	"exposure/internal/api"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
)

// trapDoor panics with whatever it is sent, in every way a program may.
type trapDoor struct{ dumps *syncBuffer }

// Routes implements server.Door.
func (d trapDoor) Routes(e *echo.Echo) {
	sent := func(c echo.Context) string {
		raw, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err.Error()
		}
		return string(raw)
	}
	e.POST("/text/:who", func(c echo.Context) error { panic(sent(c)) })
	e.POST("/error/:who", func(c echo.Context) error { panic(fmt.Errorf("looking %s up: %w", sent(c), io.EOF)) })
	e.POST("/struct/:who", func(c echo.Context) error { panic(struct{ Address string }{sent(c)}) })
	e.POST("/runtime/:who", func(c echo.Context) error { panic([]string{sent(c)}[len(sent(c))+1]) })
	e.POST("/type/:who", func(c echo.Context) error { panic(any(sent(c)).(error)) })
	e.POST("/half/:who", func(c echo.Context) error {
		_ = c.String(http.StatusOK, "half")
		panic(sent(c))
	})
	e.POST("/slow/:who", func(c echo.Context) error {
		d.dump(sent(c))
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	})
}

// dump writes what a crash would print of every goroutine, this one with a canary in its
// arguments among them.
func (d trapDoor) dump(string) {
	_ = pprof.Lookup("goroutine").WriteTo(d.dumps, 2)
	_, _ = d.dumps.Write(debug.Stack())
}

// TestCanariesInAPanic: handlers that panic with what a customer typed, or take too long,
// in a server that logs at every level.
func TestCanariesInAPanic(t *testing.T) {
	a := openAviary(t)
	a.opened(t)
	var log, dumps syncBuffer
	on, err := open(t.Context(), a.incident, a.keys, a.site.database)
	must(t, err)
	defer on.DB.Close()
	client := redis.NewClient(&redis.Options{Addr: a.store.Addr(), Username: "canary", Password: a.secrets["password of Redis"], MaxRetries: -1})
	defer client.Close()
	smtp, err := mailer.NewSMTP(mailer.SMTPConfig{URL: a.office.url})
	must(t, err)
	defer smtp.Close()
	on.Redis, on.Sender, on.Limits = client, smtp, ratelimit.Default()
	on.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	built, err := assemble(t.Context(), on)
	must(t, err)
	door, err := api.New(built.service, built.service)
	must(t, err)
	srv, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Logger: on.Log,
		Doors: []server.Door{door, trapDoor{&dumps}}, Ready: built.ready, Registry: built.registry, Deadline: 2 * time.Second,
	})
	must(t, err)
	up, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		p := program{listening: func(net.Addr, net.Addr) { close(up) }}
		done <- p.until(ctx, built, srv, func(net.Addr, net.Addr) {})
	}()
	<-up
	c := &child{public: "http://" + srv.PublicListener().String(), private: "http://" + srv.PrivateListener().String()}
	a.trap(t, c)
	a.success(t, c)
	a.refusedMails(t, c)
	a.private(t, c, "after panics")
	stop()
	must(t, <-done)
	a.places["the log at every level"], a.places["goroutines"] = []byte(log.String()), []byte(dumps.String())
	for place, sign := range map[string]string{"the log at every level": `"level":"DEBUG"`, "goroutines": "trapDoor"} {
		if !strings.Contains(string(a.places[place]), sign) {
			t.Errorf("%s holds no %s", place, sign)
		}
	}
	a.closed(t)
	a.lookFor(t)
}

// trap makes every handler of the trap door fail.
func (a *aviary) trap(t *testing.T, c *child) {
	v := a.visitor(c.public, "people who make it panic", 20)
	for _, path := range []string{"/text/", "/error/", "/struct/", "/runtime/", "/type/", "/half/", "/slow/"} {
		r := v.send(t, path, http.MethodPost, path+url.PathEscape(a.shop.Member), http.Header{"Cookie": {"who=" + a.shop.Guest}}, `{"email":"`+a.shop.Member+`"}`)
		if want := map[string]int{"/half/": 200, "/slow/": 503}[path]; r.status != want && !(want == 0 && r.status == 500) && !(path == "/half/" && r.status == 0) {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}
