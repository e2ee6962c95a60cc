package reset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// ErrForgotOpen: the shop's own page for forgotten passwords still answers, or nobody can
// tell. What it asks for may be what was stolen, so a member whose password is made
// worthless would be open to whoever holds the stolen data.
var ErrForgotOpen = errors.New("the shop's own page for forgotten passwords is not seen to be closed")

// ForgotMarker is the name of the meta element, with the content "closed", by which a page
// says that the shop's own procedure for forgotten passwords is closed.
const ForgotMarker = "exposure-forgot"

const (
	forgotTimeout   = 15 * time.Second // for all of it: a slow shop answers within some seconds
	forgotRedirects = 5
	mostForgotBytes = 1 << 20 // a page of a shop has some tens of kilobytes
)

// Forgot is what was seen of the shop's page for forgotten passwords.
type Forgot struct {
	URL    string
	Closed bool
	Marked bool   // by a page with the marker: it is there, and somebody closed it
	Saw    string // a clause for people, beginning with a verb: what it did
}

// Err is nil for a page that is closed, else it wraps ErrForgotOpen and says what to do.
func (f Forgot) Err() error {
	if f.Closed {
		return nil
	}
	return fmt.Errorf("%w: %s %s. Close it for everybody first: let it answer 404, or a page with <meta name=%q content=\"closed\">",
		ErrForgotOpen, f.URL, f.Saw, ForgotMarker)
}

// KitErr is Err for a shop whose kit shows this page, and takes tickets on it: one that is
// not there is closed as well, but nobody could set a new password then.
func (f Forgot) KitErr() error {
	if f.Closed && !f.Marked {
		return fmt.Errorf("%w by the kit: %s %s, so the kit's page for tickets may not be there either. See in the shop what its self-test says",
			ErrForgotOpen, f.URL, f.Saw)
	}
	return f.Err()
}

// LookAtForgot asks for the page as a customer's browser would and says whether it is
// closed: 404, 410 and 403 are, and a page with the marker. Everything else is not: a page
// with a form answers, and of one that cannot be read, comes too late, or leads to another
// site nobody can tell.
func LookAtForgot(ctx context.Context, page string) Forgot {
	ctx, cancel := context.WithTimeout(ctx, forgotTimeout)
	defer cancel()
	f := lookAtForgot(ctx, page)
	f.URL = page
	return f
}

func lookAtForgot(ctx context.Context, page string) Forgot {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return Forgot{Saw: "is no address"}
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Accept-Language", "ja,en")
	req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; exposurectl)")
	jar, _ := cookiejar.New(nil) // never fails without options
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Jar: jar, CheckRedirect: withinSite}
	res, err := client.Do(req)
	if err != nil {
		return Forgot{Saw: unreachable(err)}
	}
	defer res.Body.Close()
	return judgeForgot(req.URL, res)
}

// withinSite follows redirects of the site to itself. Another one is not asked: that it
// has no form would say nothing about the shop.
func withinSite(next *http.Request, via []*http.Request) error {
	if len(via) > forgotRedirects || !strings.EqualFold(next.URL.Host, via[0].URL.Host) || next.URL.Scheme != via[0].URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// judgeForgot is what an answer says. asked is where the question went first.
func judgeForgot(asked *url.URL, res *http.Response) Forgot {
	moved := ""
	if at := res.Request.URL; at.Path != asked.Path {
		moved = "leads to " + at.Path + ", which "
	}
	switch code := res.StatusCode; {
	case code == http.StatusNotFound || code == http.StatusGone || code == http.StatusForbidden:
		return Forgot{Closed: true, Saw: fmt.Sprintf("%sanswers %d", moved, code)}
	case code >= 300 && code <= 399:
		return Forgot{Saw: leadsAway(asked, res)}
	case code != http.StatusOK:
		return Forgot{Saw: fmt.Sprintf("%sanswers %d, so that nobody can tell what customers see", moved, code)}
	}
	if kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err == nil && kind != "text/html" && kind != "application/xhtml+xml" {
		return Forgot{Saw: moved + "answers something that is no page"}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostForgotBytes+1))
	if err != nil {
		return Forgot{Saw: unreachable(err)}
	}
	f := judgePage(string(body[:min(len(body), mostForgotBytes)]), len(body) > mostForgotBytes)
	f.Saw = moved + f.Saw
	return f
}

func leadsAway(asked *url.URL, res *http.Response) string {
	to, err := res.Location()
	switch {
	case err != nil:
		return fmt.Sprintf("answers %d without saying where it leads", res.StatusCode)
	case strings.EqualFold(to.Host, asked.Host) && to.Scheme == asked.Scheme:
		return fmt.Sprintf("leads from page to page, more than %d times", forgotRedirects)
	default:
		return fmt.Sprintf("leads to another site, %s://%s, which is not asked", to.Scheme, to.Host)
	}
}

// judgePage reads a page the way a browser without scripts does.
func judgePage(page string, cut bool) Forgot {
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return Forgot{Saw: "answers a page that cannot be read"}
	}
	marked, form := false, false
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "meta":
			marked = marked || saysClosed(n)
		case n.Data == "form" || n.Data == "input":
			form = true
		}
	}
	switch {
	case marked:
		return Forgot{Closed: true, Marked: true, Saw: "says that it is closed"}
	case form:
		return Forgot{Saw: "still answers, with a form"}
	case cut:
		return Forgot{Saw: "answers a page that is too large to be looked at"}
	default:
		return Forgot{Saw: "answers a page without a form that does not say that it is closed"}
	}
}

func saysClosed(meta *html.Node) bool {
	var name, content string
	for _, a := range meta.Attr {
		switch a.Key {
		case "name":
			name = a.Val
		case "content":
			content = a.Val
		}
	}
	return strings.EqualFold(strings.TrimSpace(name), ForgotMarker) && strings.EqualFold(strings.TrimSpace(content), "closed")
}

// unreachable says in which way a page cannot be had.
func unreachable(err error) string {
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "does not answer in time"
	case errors.As(err, &name):
		return "cannot be reached: there is no host of that name"
	default:
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return "cannot be reached: " + err.Error()
	}
}
