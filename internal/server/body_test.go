package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"exposure/internal/wire"
)

// bindOne decodes a confirmation, the body with two required keys, and answers it.
func bindOne(e *echo.Echo) {
	e.POST("/v1/bind", func(c echo.Context) error {
		var body wire.ConfirmVerification
		if err := c.Bind(&body); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, body)
	})
	e.POST("/v1/locale", func(c echo.Context) error {
		var body wire.StartVerification
		if err := c.Bind(&body); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, body)
	})
}

const jsonType = "application/json"

func TestBodiesThatAreRefused(t *testing.T) {
	log := new(journal)
	ts := public(t, newServer(t, log, door(bindOne)))
	for _, c := range []struct {
		name, body string
		status     int
		detail     string
	}{
		{"empty", "", 400, "the body is empty"},
		{"white space", " \n", 400, "not one JSON object"},
		{"null", "null", 400, "is missing"},
		{"no key", "{}", 400, "is missing"},
		{"one key", `{"secret":"CANARY"}`, 400, "code is missing"},
		{"empty key", `{"secret":"CANARY","code":""}`, 400, "code is missing"},
		{"null key", `{"secret":"CANARY","code":null}`, 400, "code is missing"},
		{"unknown key", `{"secret":"CANARY","code":"1","CANARY":1}`, 400, "not defined"},
		{"key in upper case", `{"SECRET":"CANARY","code":"1"}`, 400, "case-sensitive"},
		{"key in title case", `{"secret":"CANARY","Code":"1"}`, 400, "case-sensitive"},
		{"key twice", `{"secret":"CANARY","code":"1","code":"CANARY"}`, 400, "twice"},
		{"key twice by escape", `{"secret":"CANARY","code":"1","c\u006fde":"2"}`, 400, "twice"},
		{"array for text", `{"secret":"CANARY","code":["12345678"]}`, 400, "wrong type"},
		{"a hundred codes", `{"secret":"CANARY","code":[` + strings.Repeat(`"12345678",`, 99) + `"12345678"]}`, 400, "wrong type"},
		{"object for text", `{"secret":{"CANARY":1},"code":"1"}`, 400, "wrong type"},
		{"number for text", `{"secret":"CANARY","code":12345678}`, 400, "wrong type"},
		{"number with leading zero", `{"secret":"CANARY","code":01234567}`, 400, "wrong type"},
		{"huge number", `{"secret":"CANARY","code":1e308}`, 400, "wrong type"},
		{"number beyond float", `{"secret":"CANARY","code":1e999999}`, 400, "wrong type"},
		{"NaN", `{"secret":"CANARY","code":NaN}`, 400, "not one JSON object"},
		{"true for text", `{"secret":"CANARY","code":true}`, 400, "wrong type"},
		{"array", `[{"secret":"CANARY","code":"1"}]`, 400, "wrong type"},
		{"text", `"CANARY"`, 400, "wrong type"},
		{"second object", `{"secret":"CANARY","code":"1"}{"secret":"CANARY"}`, 400, "not one JSON object"},
		{"trailing text", `{"secret":"CANARY","code":"1"} CANARY`, 400, "not one JSON object"},
		{"BOM", "\ufeff" + `{"secret":"CANARY","code":"1"}`, 400, "not one JSON object"},
		{"UTF-16", "{\x00\"\x00s\x00", 400, "not one JSON object"},
		{"invalid UTF-8", "{\"secret\":\"CANARY\xff\",\"code\":\"1\"}", 400, "UTF-8"},
		{"invalid UTF-8 in a key", "{\"secret\":\"CANARY\",\"code\":\"1\",\"\xc0\":1}", 400, "UTF-8"},
		{"lone surrogate", `{"secret":"\ud800","code":"1"}`, 400, "UTF-8"},
		{"line break in text", "{\"secret\":\"a\nb\",\"code\":\"1\"}", 400, "not one JSON object"},
		{"single quotes", `{'secret':'CANARY','code':'1'}`, 400, "not one JSON object"},
		{"comment", `{"secret":"CANARY","code":"1"/*x*/}`, 400, "not one JSON object"},
		{"trailing comma", `{"secret":"CANARY","code":"1",}`, 400, "not one JSON object"},
		{"cut off", `{"secret":"CANARY","code":"1"`, 400, "not one JSON object"},
		{"depth bomb", strings.Repeat("[", 8000), 400, "wrong type"},
		{"depth bomb of objects", strings.Repeat(`{"secret":`, 700), 400, "not one JSON object"},
		{"depth bomb in an unknown key", `{"x":` + strings.Repeat("[", 8000), 400, "not defined"},
		{"prototype", `{"secret":"CANARY","code":"1","__proto__":{}}`, 400, "not defined"},
		{"one byte too large", padded(8193), 413, "8 KiB"},
		{"ten megabytes", padded(10 << 20), 413, "8 KiB"},
		{"depth bomb of 100,000", strings.Repeat("[", 100_000), 413, "8 KiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := send(t, ts, "POST", "/v1/bind", c.body, "Content-Type", jsonType)
			if got.status != c.status || got.problem.Detail == nil || !strings.Contains(*got.problem.Detail, c.detail) {
				t.Errorf("got %d %s, want %d with %q", got.status, got.body, c.status, c.detail)
			}
			if strings.Contains(got.body, "CANARY") {
				t.Errorf("the answer repeats what was sent: %s", got.body)
			}
		})
	}
	if strings.Contains(log.String(), "CANARY") {
		t.Error("the log repeats what was sent")
	}
}

func padded(size int) string {
	const head, tail = `{"secret":"`, `","code":"1"}`
	return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
}

func TestBodiesThatAreTaken(t *testing.T) {
	ts := public(t, newServer(t, io.Discard, door(bindOne)))
	for _, body := range []string{
		`{"secret":"s","code":"1"}`, " {\n\t\"code\" : \"1\", \"secret\" : \"s\" }\r\n", `{"secret":"s","code":"１２３４－５６７８"}`,
		`{"secret":"\u0073","c\u006fde":"1"}`, padded(8192),
	} {
		if got := send(t, ts, "POST", "/v1/bind", body, "Content-Type", jsonType); got.status != http.StatusOK {
			t.Errorf("%.40q: got %d %s", body, got.status, got.body)
		}
	}
	if got := send(t, ts, "POST", "/v1/locale", `{"email":"a@b.jp"}`, "Content-Type", jsonType); got.status != http.StatusOK {
		t.Errorf("without the optional key: got %d %s", got.status, got.body)
	}
}

func TestMediaTypes(t *testing.T) {
	ts := public(t, newServer(t, io.Discard, door(bindOne)))
	const body = `{"secret":"s","code":"1"}`
	for _, c := range []struct {
		header []string
		status int
	}{
		{[]string{"Content-Type", "application/json"}, 200},
		{[]string{"Content-Type", "application/json; charset=utf-8"}, 200},
		{[]string{"Content-Type", "Application/JSON;charset=UTF-8"}, 200},
		{nil, 415},
		{[]string{"Content-Type", ""}, 415},
		{[]string{"Content-Type", "text/plain"}, 415}, // what a form or sendBeacon of another site can send
		{[]string{"Content-Type", "text/plain; charset=application/json"}, 415},
		{[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{[]string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		{[]string{"Content-Type", "application/json; charset=shift_jis"}, 415},
		{[]string{"Content-Type", "application/json; q=1"}, 415},
		{[]string{"Content-Type", "application/json, text/plain"}, 415},
		{[]string{"Content-Type", "text/plain", "Content-Type", "application/json"}, 415},
		{[]string{"Content-Type", "application/problem+json"}, 415},
		{[]string{"Content-Type", "application/jsonx"}, 415},
		{[]string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, 415},
	} {
		got := send(t, ts, "POST", "/v1/bind", body, c.header...)
		if got.status != c.status {
			t.Errorf("%q: got %d, want %d", c.header, got.status, c.status)
		}
		if c.status == 415 && slug(got.problem) != "unsupported-media-type" {
			t.Errorf("%q: got %s", c.header, got.body)
		}
	}
}

// TestChunkedBodies: a body that does not announce its size has the same limits.
func TestChunkedBodies(t *testing.T) {
	ts := public(t, newServer(t, io.Discard, door(bindOne)))
	for _, c := range []struct {
		size, status int
	}{{8192, 200}, {8193, 413}, {1 << 20, 413}} {
		post := func() (*http.Response, error) {
			// A reader of unknown length is sent in chunks.
			req, err := http.NewRequestWithContext(t.Context(), "POST", ts.URL+"/v1/bind", io.MultiReader(strings.NewReader(padded(c.size))))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", jsonType)
			return ts.Client().Do(req)
		}
		res, err := post()
		for range 20 { // the connection is closed after the answer: what is still sent may find it gone first
			if err == nil || c.status == 200 {
				break
			}
			res, err = post()
		}
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%d bytes in chunks: got %d, want %d", c.size, res.StatusCode, c.status)
		}
		if !res.Close {
			t.Errorf("%d bytes in chunks: the connection goes on", c.size)
		}
	}
}

// TestAnnouncedSizeIsRefusedUnread: the answer comes before any of the body is sent.
func TestAnnouncedSizeIsRefusedUnread(t *testing.T) {
	ts := public(t, newServer(t, io.Discard, door(bindOne)))
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/bind HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close {
		t.Errorf("got %d, close %v; want 413 and the connection closed", res.StatusCode, res.Close)
	}
}
