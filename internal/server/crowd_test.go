package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// client is one connection.
type client struct {
	net.Conn
	r *bufio.Reader
}

func open(t *testing.T, addr net.Addr) client {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return client{conn, bufio.NewReader(conn)}
}

func (c client) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answered reads one answer.
func (c client) answered(t *testing.T) {
	t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%d, %v", res.StatusCode, err)
	}
}

// closed waits until the server has closed the connection.
func (c client) closed(t *testing.T, what string) {
	t.Helper()
	if n, err := c.r.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s was not closed: %d bytes, %v", what, n, err)
	}
}

const (
	whole = "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n"
	half  = "GET /fast HTTP/1.1\r\nHost"
	odd   = "GET /odd HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
	body  = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
)

// crowded is a server with so many connections, whose slow requests read their body and then
// wait until they are let go, as do those with a body that nobody reads.
func crowded(t *testing.T, most int) (r running, entered chan struct{}, letGo func(), count func(state string) float64) {
	entered, wait := make(chan struct{}, 100), make(chan struct{})
	c := config(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/fast", func(c echo.Context) error { return c.String(http.StatusOK, "fast") })
		e.GET("/odd", func(c echo.Context) error {
			entered <- struct{}{}
			<-wait
			return c.String(http.StatusOK, "odd")
		})
		e.GET("/taken", func(c echo.Context) error {
			conn, _, err := c.Response().Hijack()
			entered <- struct{}{}
			<-wait
			return errors.Join(err, conn.Close())
		})
		e.POST("/slow", func(c echo.Context) error {
			if _, err := io.ReadAll(c.Request().Body); err != nil {
				return err
			}
			entered <- struct{}{}
			<-wait
			return c.String(http.StatusOK, "slow")
		})
	}))
	c.Connections = most
	r = start(t, c)
	return r, entered, func() { close(wait) }, func(state string) float64 { return connections(t, r, state) }
}

// connections is how many of the public listener are in that state, or were shed.
func connections(t *testing.T, r running, state string) float64 {
	t.Helper()
	name := fmt.Sprintf("exposure_http_connections{listener=\"public\",state=%q} ", state)
	if state == "shed" {
		name = "exposure_http_connections_shed_total{listener=\"public\"} "
	}
	_, text, err := get(t, r.PrivateListener(), "/metrics")
	_, after, found := strings.Cut(text, name)
	number, _, _ := strings.Cut(after, "\n")
	n, err2 := strconv.ParseFloat(number, 64)
	if !found || errors.Join(err, err2) != nil {
		t.Fatalf("no number of %s: %v", state, errors.Join(err, err2))
	}
	return n
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

// TestWhoIsMissedLeastGoesFirst: over the bound an idle connection is closed, then the request
// that has been on its way for longest, be it in its head or in its body; those that have come
// whole are answered.
func TestWhoIsMissedLeastGoesFirst(t *testing.T) {
	r, entered, letGo, count := crowded(t, 4)
	come := func(text, state string, n float64) client {
		c := open(t, r.PublicListener())
		c.say(t, text)
		eventually(t, text, func() bool { return count(state) == n })
		return c
	}
	slow := come(body+"{}", "answering", 1)
	<-entered
	head := come(half, "arriving", 1)
	trickling := come(body+"{", "arriving", 2)
	idle := come(whole, "idle", 1)
	idle.answered(t)
	for i, gone := range []client{idle, head, trickling} {
		come(half, "shed", float64(i+1))
		gone.closed(t, fmt.Sprint("number ", i))
	}
	if in, being := count("arriving"), count("answering"); in != 3 || being != 1 {
		t.Errorf("%v are on their way, %v are being answered", in, being)
	}
	letGo()
	slow.answered(t)
}

// TestAllAreBeingAnswered: whoever comes then is not let in, whoever is in is answered, and
// afterwards there is room again.
func TestAllAreBeingAnswered(t *testing.T) {
	r, entered, letGo, count := crowded(t, 3)
	var in []client
	for range 3 {
		c := open(t, r.PublicListener())
		c.say(t, body+"{}")
		<-entered
		in = append(in, c)
	}
	for range 20 {
		open(t, r.PublicListener()).closed(t, "the one too many")
	}
	if being, shed := count("answering"), count("shed"); being != 3 || shed != 20 {
		t.Errorf("%v are being answered, and %v were closed", being, shed)
	}
	if status, _, err := get(t, r.PrivateListener(), "/healthz"); err != nil || status != http.StatusOK {
		t.Errorf("the other listener: %d, %v", status, err)
	}
	letGo()
	for _, c := range in {
		c.answered(t)
	}
	eventually(t, "they are idle", func() bool { return count("answering") == 0 })
	for range 20 {
		if status, text, err := get(t, r.PublicListener(), "/fast"); err != nil || status != http.StatusOK || !strings.Contains(text, "fast") {
			t.Errorf("afterwards: %d, %v", status, err)
		}
	}
	for _, c := range in {
		c.Close()
	}
	eventually(t, "all have left", func() bool {
		return count("arriving")+count("answering")+count("sending")+count("idle") == 0
	})
}

// TestABodyThatNobodyReads: a GET that has one is not cut while it is answered. One whose body
// does not come is on its way once it was, and goes before a newcomer does.
func TestABodyThatNobodyReads(t *testing.T) {
	r, entered, letGo, count := crowded(t, 3)
	come := func(text string) client {
		c := open(t, r.PublicListener())
		c.say(t, text)
		return c
	}
	sent, kept := come(odd+"{}"), come(odd)
	<-entered
	<-entered
	head := come(half)
	eventually(t, "a head is on its way", func() bool { return count("arriving") == 1 })
	come(half)
	head.closed(t, "the one on its way")
	if being := count("answering"); being != 2 {
		t.Errorf("%v are being answered, want 2", being)
	}
	letGo()
	sent.answered(t)
	eventually(t, "it has no answer without its body", func() bool { return count("arriving") == 2 && count("idle") == 1 })
	for range 3 {
		come(half)
	}
	kept.closed(t, "the one that keeps its body")
}

// TestATakenConnectionCountsNoMore: what a handler does with it is not ours to end.
func TestATakenConnectionCountsNoMore(t *testing.T) {
	r, entered, letGo, count := crowded(t, 2)
	c := open(t, r.PublicListener())
	c.say(t, "GET /taken HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	if in := count("arriving") + count("answering") + count("idle"); in != 0 {
		t.Errorf("%v are counted", in)
	}
	letGo()
	c.closed(t, "the one that was taken")
}
