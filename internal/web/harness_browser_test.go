package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// record sends a form without a network.
func record(t testing.TB, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, req)
	return out
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      testing.TB
	base   string
	client *http.Client
	header http.Header // sent with every request
}

func newBrowser(t testing.TB, ts *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Transport: ts.Client().Transport.(*http.Transport).Clone(), Jar: jar}
	t.Cleanup(client.CloseIdleConnections)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, base: ts.URL, client: client, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// answer is a response, read whole and parsed.
type answer struct {
	status int
	header http.Header
	path   string // of the request
	body   string
	doc    *html.Node
}

func (b *browser) send(method, path string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.base+path, body)
	must(b.t, err)
	req.Header = b.header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(req)
}

func (b *browser) do(req *http.Request) answer {
	b.t.Helper()
	resp, err := b.client.Do(req)
	must(b.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(b.t, err)
	a := answer{status: resp.StatusCode, header: resp.Header, path: req.URL.RequestURI(), body: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		a.doc, err = html.Parse(strings.NewReader(a.body))
		must(b.t, err)
	}
	return a
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.send(http.MethodGet, path, nil) }

// post sends a form and follows its redirect, as browsers do.
func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a := b.send(http.MethodPost, path, form)
	for a.status == http.StatusSeeOther {
		to := a.header.Get("Location")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
			b.t.Fatalf("%s leads away, to %q", path, to)
		}
		a = b.get(to)
	}
	return a
}

// submit sends the form with this id, as it stands on the page, with these values.
func (b *browser) submit(a answer, form string, pairs ...string) answer {
	b.t.Helper()
	f := a.byID(form)
	if f == nil {
		b.t.Fatalf("%s has no form %s:\n%s", a.path, form, a.body)
	}
	return b.post(attr(f, "action"), pairs...)
}

func (a answer) byID(id string) *html.Node {
	return find(a.doc, func(n *html.Node) bool { return attr(n, "id") == id })
}

// page and state are how the page names itself.
func (a answer) page() string { return attr(find(a.doc, isTag("body")), "data-page") }

func (a answer) state() string { return attr(find(a.doc, isTag("body")), "data-state") }

func (a answer) want(t testing.TB, status int, page, state string) answer {
	t.Helper()
	if a.doc == nil || a.status != status || a.page() != page || a.state() != state {
		t.Fatalf("%s: %d %q %q, want %d %q %q\n%s", a.path, a.status, a.page(), a.state(), status, page, state, a.body)
	}
	return a
}

func isTag(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && n.Data == name }
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	if all := findAll(n, is); len(all) > 0 {
		return all[0]
	}
	return nil
}

func findAll(n *html.Node, is func(*html.Node) bool) []*html.Node {
	if n == nil {
		return nil
	}
	var list []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && is(d) {
			list = append(list, d)
		}
	}
	return list
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is what is read: without the readings over easy Japanese.
func textOf(n *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "rt" || n.Data == "rp" || n.Data == "script") {
			return
		}
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if n != nil {
		walk(n)
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// ask goes as far as the page that asks for the code.
func (b *browser) ask(address, lang string) answer {
	b.t.Helper()
	form := b.get("/lookup"+lang).want(b.t, http.StatusOK, "address", "")
	return b.submit(form, "address-form", "address", address).want(b.t, http.StatusOK, "code", "ready")
}
