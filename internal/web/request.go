package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/web/guard"
	"exposure/internal/wire"
)

// request is one request as the pages see it.
type request struct {
	echo.Context
	web    *Web
	locale breach.Locale
	asked  bool   // the locale was chosen, so links keep it
	tab    string // names one look-up among those of this browser; may be empty
}

type handler func(r *request) error

func (w *Web) handle(h handler) echo.HandlerFunc {
	return func(c echo.Context) error { return h(w.request(c)) }
}

func (w *Web) request(c echo.Context) *request {
	r := &request{Context: c, web: w}
	query := c.Request().URL.Query()
	r.locale, r.asked = w.locale(query.Get("lang"), c.Request().Header.Get("Accept-Language"))
	if n := query.Get("n"); isTab(n) {
		r.tab = n
	}
	return r
}

// locale is the one asked for, else the best that the browser accepts, else the first.
func (w *Web) locale(asked, accepted string) (_ breach.Locale, chosen bool) {
	if l := breach.Locale(asked); slices.Contains(w.incident.Locales, l) {
		return l, true
	}
	return wire.BestLocale(accepted, w.incident.Locales), false
}

func (r *request) ctx() context.Context { return r.Request().Context() }

// client is who asks, as the server's IPExtractor vouches for it; an address that does
// not parse shares one limit with all such.
func (r *request) client() lookup.Client {
	addr, _ := netip.ParseAddr(r.RealIP())
	return lookup.Client{Addr: addr}
}

// link is a path of ours that keeps the tab and the chosen language.
func (r *request) link(path, tab string) string {
	q := url.Values{}
	if tab != "" {
		q.Set("n", tab)
	}
	if r.asked {
		q.Set("lang", string(r.locale))
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// redirect answers a form, so that reloading repeats nothing.
func (r *request) redirect(path, tab string) error {
	return r.Redirect(http.StatusSeeOther, r.link(path, tab))
}

func (r *request) field(name string) string { return guard.Field(r.Request(), name) }

// crossSite answers a form that no page of ours sent.
func (w *Web) crossSite(c echo.Context) error {
	return w.trouble(w.request(c), http.StatusForbidden, "cross-site", words("cross.h1", "cross.text"))
}

// policyWith lets a page load our own stylesheet, script and icon, and send forms to
// these places.
func policyWith(forms string) string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action " + forms + "; frame-ancestors 'none'; base-uri 'none'"
}

func (w *Web) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		setHeaders(c.Response().Header())
		return next(c)
	}
}

func setHeaders(h http.Header) { guard.Headers(h, policyWith("'self'")) }

var tabForm = regexp.MustCompile(`^[a-z2-7]{8}$`)

func isTab(s string) bool { return tabForm.MatchString(s) }
