package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/lookup"
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
	addr, err := netip.ParseAddr(r.RealIP())
	if err != nil {
		return lookup.Client{}
	}
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

// field is the one value of a form's field; a field sent twice is none.
func (r *request) field(name string) string {
	if values := r.Request().PostForm[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// ownForms lets in only forms of our own pages. SameSite cookies alone would not do:
// starting a look-up needs none.
func (w *Web) ownForms(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := w.origins.Check(c.Request()); err != nil {
			return w.trouble(w.request(c), http.StatusForbidden, "cross-site", words("cross.h1", "cross.text"))
		}
		media, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
		if err != nil || media != "application/x-www-form-urlencoded" {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType)
		}
		if err := c.Request().ParseForm(); err != nil {
			return formError(err)
		}
		return next(c)
	}
}

// formError keeps the size limit's own error, and says nothing of what was sent.
func formError(err error) error {
	if over := new(http.MaxBytesError); errors.As(err, &over) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return echo.NewHTTPError(http.StatusBadRequest)
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

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policyWith("'self'"))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("X-Frame-Options", "DENY")
}

var tabForm = regexp.MustCompile(`^[a-z2-7]{8}$`)

func isTab(s string) bool { return tabForm.MatchString(s) }
