package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestAnswersThatNobodyReads: clients that ask and ask and read nothing fill every place with
// answers that cannot be sent. Whoever comes is answered all the same.
func TestAnswersThatNobodyReads(t *testing.T) {
	for _, path := range []string{"/page", "/elsewhere"} {
		t.Run(path, func(t *testing.T) { fillUnread(t, path) })
	}
}

func fillUnread(t *testing.T, path string) {
	page := strings.Repeat("x", 1<<20)
	c := config(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/page", func(c echo.Context) error { return c.String(http.StatusOK, page) })
		e.GET("/elsewhere", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/"+page[:60_000]) })
		e.GET("/fast", func(c echo.Context) error { return c.String(http.StatusOK, "fast") })
	}))
	c.Connections = 8
	r := start(t, c)
	hold := func() {
		conn, err := net.Dial("tcp", r.PublicListener().String())
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		must(t, conn.(*net.TCPConn).SetReadBuffer(2048))
		_, err = io.WriteString(conn, strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n", 100))
		must(t, err)
	}
	for range 8 {
		hold()
	}
	eventually(t, "nobody reads", func() bool { return connections(t, r, "sending") == 8 })
	for range 20 {
		hold()
		if status, text, err := get(t, r.PublicListener(), "/fast"); err != nil || status != http.StatusOK || !strings.Contains(text, "fast") {
			t.Errorf("%d, %v", status, err)
		}
	}
}
