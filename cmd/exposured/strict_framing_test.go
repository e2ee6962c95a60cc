package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// person is a body in the form of the API, and onePiece the same as one chunk.
const person = `{"email":"person@example.jp"}`

var onePiece = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(person), person)

// post writes a request for a code with these header lines.
func post(header, body string) string {
	return "POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + header + "\r\n" + body
}

func get(header string) string { return "GET /v1/incident HTTP/1.1\r\nHost: x\r\n" + header + "\r\n" }

// smuggled is what an attacker hides in or behind a request: were it answered, that would
// be one 200 more. witness follows everything and is answered 404 if the connection lives.
var smuggled, witness = get(""), "GET /v1/witness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

var length = fmt.Sprintf("Content-Length: %d\r\n", len(person))

func inside(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

// framing are requests whose end is in doubt, and the statuses of all answers on their
// connection, the witness's included.
var framing = []struct{ name, request, statuses string }{
	{"a length", post(length, person), "202 404"},
	{"chunks", post("Transfer-Encoding: chunked\r\n", onePiece), "202"},
	{"chunks in capitals", post("Transfer-Encoding: CHUNKED\r\n", onePiece), "202"},
	{"length, then chunks", post(length+"Transfer-Encoding: chunked\r\n", onePiece), "202"},
	{"chunks, then a shorter length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", onePiece), "202"},
	{"a length, in chunks that end early", post("Content-Length: 100\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+smuggled), "400"},
	{"two lengths", post("Content-Length: 0\r\n"+length, person), "400"},
	{"one length twice", post(length+length, person), "202 404"},
	{"a list of lengths", post("Content-Length: 29, 29\r\n", person), "400"},
	{"a signed length", post("Content-Length: +29\r\n", person), "400"},
	{"a negative length", post("Content-Length: -1\r\n", person), "400"},
	{"a hexadecimal length", post("Content-Length: 0x1d\r\n", person), "400"},
	{"a length and a space", post("Content-Length : 29\r\n", person), "400"},
	{"no length given", post("Content-Length: \r\n", person), "400"},
	{"a length beyond all", post("Content-Length: 99999999999999999999\r\n", person), "400"},
	{"an underscore", post("Transfer_Encoding: chunked\r\n"+length, person), "202 404"},
	{"another encoding", post("Transfer-Encoding: xchunked\r\n", onePiece), "501"},
	{"identity", post("Transfer-Encoding: identity\r\n"+length, person), "501"},
	{"chunked and identity", post("Transfer-Encoding: chunked, identity\r\n", onePiece), "501"},
	{"chunked, then identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", onePiece), "501"},
	{"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", onePiece), "501"},
	{"compressed chunks", post("Transfer-Encoding: gzip, chunked\r\n", onePiece), "501"},
	{"quotes", post("Transfer-Encoding: \"chunked\"\r\n", onePiece), "501"},
	{"a control character", post("Transfer-Encoding:\x0bchunked\r\n", onePiece), "400"},
	{"a space before the colon", post("Transfer-Encoding : chunked\r\n", onePiece), "400"},
	{"a folded line", post("X: y\r\n Transfer-Encoding: chunked\r\n"+length, person), "202 404"},
	{"a chunk's size with 0x", post("Transfer-Encoding: chunked\r\n", "0x1d\r\n"+person+"\r\n0\r\n\r\n"), "400"},
	{"a chunk's size with a sign", post("Transfer-Encoding: chunked\r\n", "+1d\r\n"+person+"\r\n0\r\n\r\n"), "400"},
	{"a negative chunk", post("Transfer-Encoding: chunked\r\n", "-1\r\n"+person+"\r\n0\r\n\r\n"), "400"},
	{"a chunk beyond all", post("Transfer-Encoding: chunked\r\n", "1000000000000000000001d\r\n"+person+"\r\n0\r\n\r\n"), "400"},
	{"chunks without carriage returns", post("Transfer-Encoding: chunked\r\n", "1d\n"+person+"\n0\n\n"), "400"},
	{"a chunk that does not end", post("Transfer-Encoding: chunked\r\n", "1d\r\n"+person+"XX0\r\n\r\n"), "400"},
	{"a chunk extension", post("Transfer-Encoding: chunked\r\n", "1d;"+strings.Repeat("x", 100)+"\r\n"+person+"\r\n0\r\n\r\n"), "202"},
	{"a trailer", post("Transfer-Encoding: chunked\r\n", "1d\r\n"+person+"\r\n0\r\nContent-Length: 4\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), "202"},
	{"a request in a GET's body", "GET /v1/incident HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + inside(smuggled), "200 404"},
	{"a request in a body that is no JSON", "GET /v1/incident HTTP/1.1\r\nHost: x\r\n" + inside(smuggled), "415 404"},
	{"a request in a body nobody takes", "POST /v1/nothing HTTP/1.1\r\nHost: x\r\n" + inside(smuggled), "404 404"},
	{"a request in a body that is too large", "POST /v1/verifications HTTP/1.1\r\nHost: x\r\n" + inside(strings.Repeat(smuggled, 250)), "413"},
	{"a request behind a GET", get("") + smuggled, "200 200 404"}, // pipelining: answered in order, each once
	{"three in one packet", post(length, person) + smuggled + post(length, person), "202 200 202 404"},
	{"a request behind a close", get("Connection: close\r\n") + smuggled, "200"},
	{"HTTP/1.0", "GET /v1/incident HTTP/1.0\r\n\r\n" + smuggled, "200"},
	{"an upgrade to HTTP/2", get("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), "200 404"},
	{"an upgrade to a WebSocket", get("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"), "200 404"},
	{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "404"},
	{"a continued body", post("Expect: 100-continue\r\n"+length, person), "100 202 404"},
	{"another expectation", post("Expect: 200-maybe\r\n"+length, person), "417"},
}

// TestOnlyOneWayToReadARequest: however the end of a request is put in doubt, either both
// readings agree, or the request is refused and nothing behind it is answered.
func TestOnlyOneWayToReadARequest(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	for _, c := range framing {
		t.Run(c.name, func(t *testing.T) {
			answers := exchange(t, base, c.request+witness)
			var statuses []string
			for _, r := range answers {
				statuses = append(statuses, fmt.Sprint(r.status))
				checkAnswer(t, c.name, r)
			}
			if got := strings.Join(statuses, " "); got != c.statuses {
				t.Errorf("answered %s, want %s", got, c.statuses)
			}
		})
	}
}

// checkAnswer tells the program's answers from those by which net/http refuses what is no
// request at all, before anything of ours sees it: a status, and one line of plain text.
func checkAnswer(t *testing.T, what string, r reply) {
	t.Helper()
	if r.status == http.StatusContinue || r.header.Get("Cache-Control") != "" {
		if r.status != http.StatusContinue {
			uniform(t, what, r)
		}
		return
	}
	typed := r.header.Get("Content-Type")
	if len(r.body) > 0 && typed != "text/plain; charset=utf-8" || len(r.body) > 80 || strings.ContainsAny(string(r.body), "\r\n<") || r.status < 400 {
		t.Errorf("%s: net/http answered %d, %q: %s", what, r.status, typed, r.body)
	}
}

// TestWhatIsNoRequest: garbage, and heads that are too large, are refused without a word
// of theirs, and the connection ends.
func TestWhatIsNoRequest(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	for _, c := range []struct {
		name, request string
		status        int
	}{
		{"no host", "GET /CANARY HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET /CANARY HTTP/1.1\r\nHost: a\r\nHost: CANARY\r\n\r\n", 400},
		{"a host that is none", "GET / HTTP/1.1\r\nHost: CANARY CANARY\r\n\r\n", 400},
		{"HTTP/0.9", "GET /CANARY\r\n\r\n", 400},
		{"HTTP/0.9 by name", "GET /CANARY HTTP/0.9\r\n\r\n", 505},
		{"HTTP/3", "GET /CANARY HTTP/3.0\r\nHost: x\r\n\r\n", 505},
		{"two spaces", "GET  /CANARY HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"NUL in the path", "GET /CANARY\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"a bad escape", "GET /CANARY%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"no slash", "GET CANARY HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"NUL in a header", get("X: CANARY\x00\r\n"), 400},
		{"a bare carriage return", get("X: CANARY\rY: z\r\n"), 400},
		{"a space in a header's name", get("X CANARY: z\r\n"), 400},
		{"no header's name", get(": CANARY\r\n"), 400},
		{"no colon", get("CANARY\r\n"), 400},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03CANARY\r\n\r\n", 400},
		{"a mail server's greeting", "EHLO CANARY\r\n\r\n", 400},
		{"one long header", get("X: CANARY" + strings.Repeat("x", 25<<10) + "\r\n"), 431},
		{"ten thousand headers", get(strings.Repeat("CANARY: x\r\n", 10_000)), 431},
		{"a long path", "GET /" + strings.Repeat("CANARY", 6_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		{"a megabyte without an end", "GET /" + strings.Repeat("CANARY", 200_000), 431},
	} {
		l := dial(t, base)
		_, _ = l.Write([]byte(c.request)) // the server may have gone before the end
		got := l.all(t, http.MethodGet)
		if len(got) != 1 && (len(got) != 0 || c.status != 431) || len(got) == 1 && got[0].status != c.status {
			t.Errorf("%s: %v, want one %d", c.name, got, c.status)
			continue
		}
		for _, r := range got {
			checkAnswer(t, c.name, r)
			if strings.Contains(fmt.Sprint(r.header)+string(r.body), "CANARY") {
				t.Errorf("%s: the request came back: %s", c.name, r.body)
			}
		}
	}
	if r := from(base, here).do(t, http.MethodGet, "/v1/incident", "", nil); r.status != http.StatusOK {
		t.Errorf("after all that: %d", r.status)
	}
}

// TestAHeadOfModestSize: what browsers and proxies send fits.
func TestAHeadOfModestSize(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	for _, header := range []string{"Cookie: " + strings.Repeat("x", 15<<10) + "\r\n", strings.Repeat("X: y\r\n", 500)} {
		if got := exchange(t, base, get("Connection: close\r\n"+header)); len(got) != 1 || got[0].status != http.StatusOK {
			t.Errorf("a head of %d bytes: %v", len(header), got)
		}
	}
}
