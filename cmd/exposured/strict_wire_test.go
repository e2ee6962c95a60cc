package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience ends a test that waits for what does not come; no time is measured by it.
const patience = 40 * time.Second

// line is a connection on which a test writes its own bytes.
type line struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, base string) *line {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	return &line{conn, bufio.NewReader(conn)}
}

func (l *line) say(t *testing.T, text string) {
	t.Helper()
	_, err := io.WriteString(l, text)
	must(t, err)
}

// next reads one answer; method is that of its request.
func (l *line) next(t *testing.T, method string) reply {
	t.Helper()
	resp, err := http.ReadResponse(l.r, &http.Request{Method: method})
	must(t, err)
	r, err := wholeReply(resp)
	must(t, err)
	return r
}

// all reads answers until the server closes the connection; method is that of the requests.
func (l *line) all(t *testing.T, method string) (answers []reply) {
	t.Helper()
	for {
		if _, err := l.r.Peek(1); err != nil {
			if wait, ok := err.(net.Error); ok && wait.Timeout() {
				t.Error("the server did not close the connection")
			}
			return answers // closed, with or without what was still to be read
		}
		answers = append(answers, l.next(t, method))
	}
}

func wholeReply(resp *http.Response) (reply, error) {
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, raw}, err
}

// exchange sends bytes on a connection of their own and reads until the server closes it.
func exchange(t *testing.T, base, text string) []reply {
	t.Helper()
	l := dial(t, base)
	l.say(t, text)
	method, _, _ := strings.Cut(text, " ")
	return l.all(t, method)
}
