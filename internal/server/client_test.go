package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"exposure/internal/server"
)

// tellClient answers the client address as handlers see it.
func tellClient(e *echo.Echo) {
	e.GET("/ip", func(c echo.Context) error { return c.String(http.StatusOK, c.RealIP()) })
}

func clientServer(t *testing.T, trusted ...string) *server.Server {
	t.Helper()
	c := config(t, io.Discard, door(tellClient))
	for _, p := range trusted {
		c.TrustedProxies = append(c.TrustedProxies, mustPrefix(t, p))
	}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request as if it came from peer; it returns the address or "400".
func ask(s *server.Server, peer string, header http.Header) string {
	r := httptest.NewRequest("GET", "/ip", nil)
	r.RemoteAddr = peer
	r.Header = header
	w := httptest.NewRecorder()
	s.PublicHandler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return http.StatusText(w.Code)
	}
	return w.Body.String()
}

const bad = "Bad Request"

func TestClientAddress(t *testing.T) {
	fifty := strings.Repeat("198.51.100.9, ", 49) + "203.0.113.5"
	for _, c := range []struct {
		name, peer, want string
		forwarded        []string // header lines; nil: none
	}{
		{"direct", "203.0.113.7:5000", "203.0.113.7", nil},
		{"direct, header forged", "203.0.113.7:5000", "203.0.113.7", []string{"1.2.3.4"}},
		{"direct, garbage", "203.0.113.7:5000", "203.0.113.7", []string{"unknown, ;;"}},
		{"from the call centre's LAN, header forged", "10.20.30.40:5000", "10.20.30.40", []string{"1.2.3.4"}},
		{"from loopback, header forged", "127.0.0.1:5000", "127.0.0.1", []string{"1.2.3.4"}},
		{"from the Docker gateway, header forged", "172.17.0.1:5000", "172.17.0.1", []string{"1.2.3.4"}},
		{"from link-local, header forged", "[fe80::1%eth0]:5000", "fe80::1", []string{"1.2.3.4"}},
		{"IPv4 peer on an IPv6 socket", "[::ffff:203.0.113.7]:5000", "203.0.113.7", nil},

		{"through the proxy", "192.0.2.1:5000", "203.0.113.5", []string{"203.0.113.5"}},
		{"proxy on an IPv6 socket", "[::ffff:192.0.2.1]:5000", "203.0.113.5", []string{"203.0.113.5"}},
		{"through the proxy, no header", "192.0.2.1:5000", "192.0.2.1", nil},
		{"client forged a hop", "192.0.2.1:5000", "203.0.113.5", []string{"1.2.3.4, 203.0.113.5"}},
		{"client forged a proxy's hop", "192.0.2.1:5000", "203.0.113.5", []string{"192.0.2.2, 203.0.113.5"}},
		{"two proxies", "192.0.2.1:5000", "203.0.113.5", []string{"1.2.3.4, 203.0.113.5, 192.0.2.9"}},
		{"two header lines", "192.0.2.1:5000", "203.0.113.5", []string{"1.2.3.4", "203.0.113.5"}},
		{"fifty entries", "192.0.2.1:5000", "203.0.113.5", []string{fifty}},
		{"garbage first", "192.0.2.1:5000", "203.0.113.5", []string{"<script>, 203.0.113.5"}},
		{"private client behind the proxy", "192.0.2.1:5000", "10.1.1.1", []string{"1.2.3.4, 10.1.1.1"}},
		{"loopback behind the proxy", "192.0.2.1:5000", "127.0.0.1", []string{"1.2.3.4, 127.0.0.1"}},
		{"IPv6 client", "192.0.2.1:5000", "2001:db8::5", []string{"2001:DB8:0::5"}},
		{"mapped client", "192.0.2.1:5000", "1.2.3.4", []string{"::ffff:1.2.3.4"}},
		{"mapped proxy hop", "192.0.2.1:5000", "203.0.113.5", []string{"203.0.113.5, ::ffff:192.0.2.9"}},
		{"the proxy itself", "192.0.2.1:5000", "192.0.2.7", []string{"192.0.2.7, 192.0.2.9"}},
		{"tabs and spaces", "192.0.2.1:5000", "203.0.113.5", []string{"1.2.3.4 ,\t 203.0.113.5 "}},

		{"garbage last", "192.0.2.1:5000", bad, []string{"203.0.113.5, garbage"}},
		{"garbage left of a proxy", "192.0.2.1:5000", bad, []string{"garbage, 192.0.2.9"}},
		{"unknown", "192.0.2.1:5000", bad, []string{"unknown"}},
		{"port", "192.0.2.1:5000", bad, []string{"203.0.113.5:443"}},
		{"brackets", "192.0.2.1:5000", bad, []string{"[2001:db8::5]"}},
		{"brackets and port", "192.0.2.1:5000", bad, []string{"[2001:db8::5]:443"}},
		{"zone", "192.0.2.1:5000", bad, []string{"fe80::1%eth0"}},
		{"decimal IPv4", "192.0.2.1:5000", bad, []string{"16909060"}},
		{"octal IPv4", "192.0.2.1:5000", bad, []string{"01.02.03.04"}},
		{"hexadecimal IPv4", "192.0.2.1:5000", bad, []string{"0x1.0x2.0x3.0x4"}},
		{"short IPv4", "192.0.2.1:5000", bad, []string{"1.2.3"}},
		{"empty", "192.0.2.1:5000", bad, []string{""}},
		{"empty last", "192.0.2.1:5000", bad, []string{"203.0.113.5,"}},
		{"empty second line", "192.0.2.1:5000", bad, []string{"203.0.113.5", ""}},
		{"quoted", "192.0.2.1:5000", bad, []string{`"203.0.113.5"`}},
		{"prefix", "192.0.2.1:5000", bad, []string{"203.0.113.0/24"}},
		{"no peer", "@", bad, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			for _, line := range c.forwarded {
				h.Add("X-Forwarded-For", line)
			}
			if got := ask(clientServer(t, "192.0.2.0/24"), c.peer, h); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestOtherHeadersNameNobody: nothing but X-Forwarded-For is read, from whomever.
func TestOtherHeadersNameNobody(t *testing.T) {
	s := clientServer(t, "192.0.2.0/24")
	for _, name := range []string{
		"X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip", "Sb-Forwarded-For", "X-User-Id", "X-Original-Url",
		"X-Client-Ip", "X-Cluster-Client-Ip", "Fastly-Client-Ip", "X-Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto",
	} {
		for _, peer := range []string{"203.0.113.7", "192.0.2.1", "10.0.0.1"} {
			if got := ask(s, peer+":5000", http.Header{name: {"1.2.3.4"}}); got != peer {
				t.Errorf("%s from %s: got %q", name, peer, got)
			}
		}
	}
}

// TestMethodAndURLHeadersAreIgnored: a GET stays the GET of its own path.
func TestMethodAndURLHeadersAreIgnored(t *testing.T) {
	s := newServer(t, io.Discard, door(func(e *echo.Echo) {
		e.GET("/a", func(c echo.Context) error { return c.String(http.StatusOK, c.Request().Method+" "+c.Path()) })
		e.DELETE("/a", func(c echo.Context) error { return c.String(http.StatusOK, "deleted") })
		e.GET("/b", func(c echo.Context) error { return c.String(http.StatusOK, "b") })
	}))
	got := send(t, public(t, s), "GET", "/a", "", "X-HTTP-Method-Override", "DELETE", "X-Original-URL", "/b", "X-Rewrite-URL", "/b")
	if got.body != "GET /a" {
		t.Errorf("got %q", got.body)
	}
}

// TestForeignHostIsNeverRepeated: nothing of Host reaches an answer.
func TestForeignHostIsNeverRepeated(t *testing.T) {
	s := newServer(t, io.Discard)
	for _, target := range []string{"/nowhere", "http://evil.example/nowhere", "//evil.example/nowhere"} {
		r := httptest.NewRequest("GET", target, nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		w := httptest.NewRecorder()
		s.PublicHandler().ServeHTTP(w, r)
		for name, values := range w.Header() {
			if strings.Contains(strings.Join(values, ""), "evil") {
				t.Errorf("%s: %s repeats the host", target, name)
			}
		}
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%s: got %d %s", target, w.Code, w.Body)
		}
	}
}
