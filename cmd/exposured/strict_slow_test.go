package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestABodyThatNeverEnds is answered at the first byte too many, or before the first one
// if it announces its size: no more than 8 KiB of a body are ever looked at.
func TestABodyThatNeverEnds(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	const head = `{"email":"`
	large := head + strings.Repeat("x", 8<<10-len(head)+1)
	for name, request := range map[string]string{
		"in chunks":         post("Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n", len(large), large)),
		"in an open chunk":  post("Transfer-Encoding: chunked\r\n", "ffffffff\r\n"+large),
		"in tiny chunks":    post("Transfer-Encoding: chunked\r\n", strings.Repeat("1\r\n \r\n", 8<<10+1)),
		"announced":         post("Content-Length: 1099511627776\r\n", ""),
		"nested comments":   post("Content-Length: 1048576\r\n", head+strings.Repeat("(", 8<<10)),
		"one byte too many": post("Content-Length: 8193\r\n", ""),
		"expecting leave":   post("Content-Length: 8193\r\nExpect: 100-continue\r\n", ""),
	} {
		l := dial(t, base)
		l.say(t, request)
		r := l.next(t, http.MethodPost) // the body goes on for ever; whoever waited for its end would say 400
		if r.status != http.StatusRequestEntityTooLarge || r.problem(t) != "body-too-large" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		uniform(t, name, r)
		l.Close()
	}
}

// TestSlowRequestsAreCutOff: heads and bodies that trickle in, or stop, end with their
// connection, and keep nobody else waiting meanwhile.
func TestSlowRequestsAreCutOff(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	var all sync.WaitGroup
	defer all.Wait()
	for name, c := range map[string]struct{ begin, drip string }{
		"a head":            {"GET /v1/incident HTTP/1.1\r\nHost: x\r\n", "X: y\r\n"},
		"a head that stops": {"GET /v1/incident HTTP/1.1\r\nHost", ""},
		"nothing at all":    {"", ""},
		"a body":            {post("Content-Length: 8000\r\n", "{"), " "},
		"chunks":            {post("Transfer-Encoding: chunked\r\n", ""), "1\r\n \r\n"},
		"a body that stops": {post("Content-Length: 8000\r\n", "{"), ""},
	} {
		for range 20 {
			all.Go(func() {
				if err := trickle(base, c.begin, c.drip); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
	for range 20 {
		if r := from(base, here).do(t, http.MethodGet, "/v1/incident", "", nil); r.status != http.StatusOK {
			t.Errorf("somebody else: %d", r.status)
		}
	}
}

// trickle sends drip after drip until the server has closed the connection, which it must
// before our patience ends. A request of its own is never complete.
func trickle(base, begin, drip string) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	closed := make(chan error, 1)
	go func() {
		raw, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			closed <- errors.New("the server held the connection")
			return
		}
		if answer := string(raw); answer != "" && !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
			err = fmt.Errorf("it was answered %.40q", answer)
			closed <- err
			return
		}
		closed <- nil // closed or reset
	}()
	_, _ = io.WriteString(conn, begin)
	pace := time.NewTicker(300 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case err := <-closed:
			return err
		case <-pace.C:
			_, _ = io.WriteString(conn, drip) // fails once the server has gone
		}
	}
}
