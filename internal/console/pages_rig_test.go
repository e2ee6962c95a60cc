package console_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"exposure/internal/conform"
)

// What is typed in these tests. None of it is shown again, or stands in an address.
const (
	typedCode   = "48151623"
	typedLetter = "31415-92653-5818"
	typedCard   = "4111 1111 1111 1111"
	typedCheck  = "みかん 0417"
)

// screen is an agent's browser at a desk that can be set up anew.
type screen struct {
	*rig
	was desk
}

// shown is a page as it came.
type shown struct {
	conform.Response
	doc *html.Node
}

func newScreen(t testing.TB) *screen {
	t.Helper()
	g := newRig(t, "http")
	return &screen{rig: g, was: *g.desk}
}

// again is the desk as it was, for a browser of the agent or of nobody.
func (s *screen) again(t testing.TB, signedIn bool) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	*s.desk, s.t, s.Client().Jar = s.was, t, jar
	if signedIn {
		at, err := url.Parse(s.URL)
		must(t, err)
		jar.SetCookies(at, []*http.Cookie{{Name: "exposure-agent", Value: token, Path: "/"}})
	}
}

func (s *screen) get(path string) shown {
	s.t.Helper()
	_, r := s.send("GET", path, "")
	return s.read(r)
}

// post sends a form of ours, and opens what it leads to: by then the fault is over.
func (s *screen) post(path string, form url.Values) shown {
	s.t.Helper()
	_, r := s.send("POST", path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	if r.Status != http.StatusSeeOther {
		return s.read(r)
	}
	to := r.Header.Get("Location")
	wantOwn(s.t, "a form leads", to)
	s.desk.fault = nil
	return s.get(to)
}

func (s *screen) read(r conform.Response) shown {
	s.t.Helper()
	doc, err := html.Parse(strings.NewReader(r.Body))
	must(s.t, err)
	return shown{r, doc}
}

// ownPath is every address there is at the desk. The only numbers in one are a day's.
var ownPath = regexp.MustCompile(`^/console(/sign-in|/sign-out|/locked|/password|/counts(/\d{4}-\d\d-\d\d)?|/calls(/` + callID + `(/[a-z-]+)?)?|/static/[a-z0-9.]+)?$`)

func wantOwn(t testing.TB, what, address string) {
	t.Helper()
	if !ownPath.MatchString(address) {
		t.Errorf("%s to %q", what, address)
	}
}

// all are the elements of that name, or of any if it is empty, that have the attribute.
func (p shown) all(element, key string) (list []*html.Node) {
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && (element == "" || n.Data == element) && (key == "" || value(n, key) != "") {
			list = append(list, n)
		}
	}
	return list
}

func (p shown) text(element string) string {
	var list []string
	for _, n := range p.all(element, "") {
		list = append(list, textOf(n))
	}
	return strings.Join(list, "\n")
}

func (p shown) byID(id string) *html.Node {
	for _, n := range p.all("", "id") {
		if value(n, "id") == id {
			return n
		}
	}
	return nil
}

func value(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}
