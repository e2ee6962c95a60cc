package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"exposure/internal/live"
)

// strictly starts a server as it stands behind TLS.
func (s site) strictly(t *testing.T, office *postOffice) *running {
	t.Helper()
	return s.serve(t, live.Redis(t), office.url, "--public-url", "https://check.example.jp", "--limits", plenty)
}

// rawRequest writes a request as its bytes; the connection ends after it.
func rawRequest(line, body string, header ...string) string {
	head := line + " HTTP/1.1\r\nHost: check.example.jp\r\nConnection: close\r\n"
	for _, h := range header {
		head += h + "\r\n"
	}
	if body != "" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	return head + "\r\n" + body
}

// always are the headers that every answer of the program has, errors included.
var always = map[string]string{
	"Cache-Control":                "no-store",
	"X-Content-Type-Options":       "nosniff",
	"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Strict-Transport-Security":    "max-age=31536000",
}

// never are headers that no answer has: they would send people elsewhere, mark them, let
// other sites read, or tell what is running.
var never = []string{"Location", "Set-Cookie", "Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Alt-Svc", "Refresh"}

// onPages are the headers of answers for people, which are pages, in place of those above.
var onPages = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	"X-Frame-Options":         "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html; charset=UTF-8",
}

// uniform checks what all answers have in common, and the rules of RFC 9110 and RFC 9457
// about errors.
func uniform(t *testing.T, what string, r reply) {
	t.Helper()
	page := strings.HasPrefix(r.header.Get("Content-Type"), "text/html")
	wanted := maps.Clone(always)
	if page {
		maps.Copy(wanted, onPages)
	}
	for name, value := range wanted {
		if got := r.header.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%s: %s is %q, want once %q", what, name, got, value)
		}
	}
	for _, name := range never {
		if got := r.header.Get(name); got != "" {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	if id := r.header.Get("X-Request-Id"); len(id) != 32 {
		t.Errorf("%s: X-Request-Id is %q", what, id)
	}
	if r.status < 400 {
		return
	}
	needed := map[int]string{401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
	if name := needed[r.status]; name != "" && r.header.Get(name) == "" {
		t.Errorf("%s: %d without %s", what, r.status, name)
	}
	if len(r.body) > 0 && !page {
		isProblem(t, what, r)
	}
}

func isProblem(t *testing.T, what string, r reply) {
	t.Helper()
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: an error of the type %q", what, got)
	}
	var p map[string]any
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Errorf("%s: %v in %s", what, err, r.body)
		return
	}
	slug, _ := p["type"].(string)
	if title, _ := p["title"].(string); !strings.HasPrefix(slug, "urn:exposure:problem:") || title == "" || p["status"] != float64(r.status) {
		t.Errorf("%s: %d with the problem %s", what, r.status, r.body)
	}
	for key := range p {
		if !slices.Contains([]string{"type", "title", "status", "detail", "attempts_left", "phone", "back_at", "request_id"}, key) {
			t.Errorf("%s: a problem with the key %q", what, key)
		}
	}
}

const someID = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// TestEveryMethodOnEveryRoute: what is not in the document is 405 with what is.
func TestEveryMethodOnEveryRoute(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	for path, allowed := range map[string]string{
		"/v1/incident": "GET", "/v1/report": "GET", "/v1/session": "DELETE", "/v1/password-reset": "POST", "/v1/letter-verifications": "POST",
		"/v1/verifications": "POST", "/v1/verifications/" + someID + "/codes": "POST", "/v1/verifications/" + someID + "/confirmation": "POST",
	} {
		want := "OPTIONS, " + allowed
		if allowed == "GET" {
			want += ", HEAD"
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "REPORT", "QUERY", "get", "Post"} {
			what := method + " " + path
			got := exchange(t, base, rawRequest(what, "", "X-Secret: CANARY"))
			if len(got) != 1 {
				t.Errorf("%s: %d answers", what, len(got))
				continue
			}
			r := got[0]
			uniform(t, what, r)
			if strings.Contains(string(r.body), "CANARY") {
				t.Errorf("%s: the request came back: %s", what, r.body)
			}
			switch {
			case method == "OPTIONS":
				if r.status != http.StatusNoContent || r.header.Get("Allow") != want {
					t.Errorf("%s: %d, Allow %q, want %q", what, r.status, r.header.Get("Allow"), want)
				}
			case method != allowed && (method != "HEAD" || allowed != "GET"):
				if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != want {
					t.Errorf("%s: %d, Allow %q, want 405 and %q", what, r.status, r.header.Get("Allow"), want)
				}
			case r.status == http.StatusMethodNotAllowed:
				t.Errorf("%s: 405", what)
			}
		}
	}
}

// TestPathTricks: a path is found as it is written in the document or not at all, nobody
// is redirected, and no spelling reaches what is private.
func TestPathTricks(t *testing.T) {
	s, _ := smallSite(t)
	base := s.strictly(t, openPostOffice(t)).public
	for _, path := range []string{
		"//", "//v1/incident", "/v1//incident", "/v1/incident/", "/v1/incident//", "/./v1/incident", "/v1/./incident", "/v1/../v1/incident",
		"/v1/%2e%2e/v1/incident", "/v1/..%2fv1/incident", "/v1/%2E/incident", "/v1%2fincident", "/%76%31/incident", "/v1/incident%2f",
		"/v1/incident;x=1", "/v1;x/incident", "/;/v1/incident", "/v1/incident%3fx", "/v1/incident%23", "/V1/incident", "/v1/Incident", "/v1/INCIDENT",
		"/v1/incident%00", "/v1/incident%00.json", "/%00", "/v1/incident%20", "/v1/incident%0d%0aX:%20y", "/v1/incident.json", "/v1/incident~", "/v1/incident*",
		`/v1\incident`, "/v1/%5cincident", "/v1/incident/../../metrics", "/..;/metrics", "/metrics", "/healthz", "/readyz", "/debug/pprof/", "/inbox",
		"/.env", "/.git/config", "/index.php", "/v2/incident", "/v1", "/v1/", "/v1/verifications/a/b/codes",
		"/v1/verifications/%2e%2e/report", "/v1/verifications/" + someID, "/v1/verifications/" + someID + "/codes/", "/v1/ｉncident", "/v1/%ef%bd%89ncident",
	} {
		for _, method := range []string{"GET", "POST"} {
			got := exchange(t, base, rawRequest(method+" "+path, ""))
			if len(got) != 1 || got[0].status != http.StatusNotFound {
				t.Errorf("%s %s: %v, want one 404", method, path, got)
				continue
			}
			uniform(t, method+" "+path, got[0])
			if page := strings.HasPrefix(got[0].header.Get("Content-Type"), "text/html"); page && strings.HasPrefix(path, "/v1/") {
				t.Errorf("%s %s: a page in place of a problem document", method, path)
			}
		}
	}
	for _, target := range []string{"*", "http://check.example.jp/v1", "http://check.example.jp/v1/"} { // other forms of a request line
		for _, method := range []string{"GET", "OPTIONS"} {
			got := exchange(t, base, rawRequest(method+" "+target, ""))
			if len(got) != 1 || got[0].status != http.StatusNotFound && got[0].status != http.StatusNoContent {
				t.Errorf("%s %s: %v, want one 404", method, target, got)
				continue
			}
			uniform(t, method+" "+target, got[0])
		}
	}
}

// quota reads one RateLimit or RateLimit-Policy item: a name and its parameters.
func quota(t *testing.T, item string) (name string, parameters map[string]int) {
	t.Helper()
	parts := strings.Split(item, ";")
	name, err := strconv.Unquote(parts[0])
	must(t, err)
	parameters = map[string]int{}
	for _, p := range parts[1:] {
		key, value, _ := strings.Cut(p, "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			t.Errorf("%s: %s is no count", item, p)
		}
		parameters[key] = n
	}
	return name, parameters
}

// TestLimitsAreToldAsTheDraftSays reads RateLimit, RateLimit-Policy and Retry-After over
// the whole life of a limit (draft-ietf-httpapi-ratelimit-headers-11, RFC 6585 4).
func TestLimitsAreToldAsTheDraftSays(t *testing.T) {
	s, _ := smallSite(t)
	base := s.serve(t, live.Redis(t), openPostOffice(t).url, "--limits", "request-ip=3/1h,request-net=5/15m").public
	ask := func(address string) reply {
		return from(base, addr(address)).do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "person@example.jp"})
	}
	for i := range 4 {
		r := ask("127.0.0.20")
		name, policy := quota(t, r.header.Get("RateLimit-Policy"))
		told, now := quota(t, r.header.Get("RateLimit"))
		if name != "request-ip" || told != name || policy["q"] != 3 || policy["w"] != 3600 || now["r"] != max(0, 2-i) || now["t"] < 1 || now["t"] > 3600 {
			t.Errorf("request %d: %v", i, r.header)
		}
		after, _ := strconv.Atoi(r.header.Get("Retry-After"))
		switch {
		case i < 3 && (r.status != http.StatusAccepted || after != 0):
			t.Errorf("request %d: %d, Retry-After %q", i, r.status, r.header.Get("Retry-After"))
		case i == 3 && (r.status != http.StatusTooManyRequests || after < now["t"] || r.problem(t) != "quota-exceeded" || r.header.Get("Cache-Control") != "no-store"):
			t.Errorf("over the limit: %d, Retry-After %d, %v %s", r.status, after, now, r.body)
		}
	}
	for i, status := range []int{202, 202, 429} { // three of its neighbour counted
		if r := ask("127.0.0.21"); r.status != status || (status == 429) != (r.header.Get("RateLimit") == "") || (status == 429) != (r.header.Get("Retry-After") != "") {
			t.Errorf("neighbour's request %d: %d %v", i, r.status, r.header)
		}
	}
	if r := from(base, here).do(t, http.MethodGet, "/v1/incident", "", nil); r.header.Get("RateLimit") != "" {
		t.Errorf("what counts nothing tells %q", r.header.Get("RateLimit"))
	}
}
