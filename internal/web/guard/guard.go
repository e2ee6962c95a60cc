// Package guard is what pages of ours ask of a browser and tell it, whoever they are for.
//
// It guarantees that a form is read only when a page of ours sent it, and that a browser
// shows no page of ours inside another and lends it neither camera nor place. It refuses to
// know any page.
package guard

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// Forms lets in only forms of pages at an address, and reads them; crossSite answers those of
// other sites. SameSite cookies alone would not do: starting a look-up and signing in need none.
func Forms(at *url.URL, crossSite echo.HandlerFunc) (echo.MiddlewareFunc, error) {
	origins := http.NewCrossOriginProtection()
	if err := origins.AddTrustedOrigin(at.Scheme + "://" + at.Host); err != nil {
		return nil, fmt.Errorf("guard: the address of pages: %w", err)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := origins.Check(c.Request()); err != nil {
				return crossSite(c)
			}
			if err := read(c.Request()); err != nil {
				return err
			}
			return next(c)
		}
	}, nil
}

// read parses a form. Its error says nothing of what was sent.
func read(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	err = r.ParseForm()
	if over := new(http.MaxBytesError); errors.As(err, &over) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	return nil
}

// Field is the one value of a field of a form that Forms let in; a field sent twice is none.
func Field(r *http.Request, name string) string {
	if values := r.PostForm[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// Headers sets what every page is sent with. The policy says what it may load and where its
// forms may lead (Content-Security-Policy).
func Headers(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("X-Frame-Options", "DENY")
}
