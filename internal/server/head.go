package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// headAsGet lets the handlers of GET answer HEAD (RFC 9110 9.3.2): net/http, which keeps
// the request as it came, sends the headers and drops the body. The router must see the
// change, and on a copy: on the original, the body would go out.
func headAsGet(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := r.WithContext(r.Context())
			get.Method = http.MethodGet
			r = get
		}
		h.ServeHTTP(w, r)
	})
}

// allowHead completes what the router says about a path, for it knows of GET only.
func allowHead(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Before(func() {
			h := c.Response().Header()
			if allow := h.Get(echo.HeaderAllow); strings.Contains(allow, http.MethodGet) && !strings.Contains(allow, http.MethodHead) {
				h.Set(echo.HeaderAllow, allow+", "+http.MethodHead)
			}
		})
		return next(c)
	}
}
