package server

import "github.com/labstack/echo/v4"

// hsts lasts a year, long past the end of an incident. Subdomains are the shop's own.
const hsts = "max-age=31536000"

// securityHeaders sets what holds for every answer before a handler runs; a door that
// serves pages replaces Content-Security-Policy, and Cache-Control for static files, by
// its own.
func securityHeaders(https bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Cache-Control", "no-store") // an answer is one person's, also on a shared computer
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			h.Set("Referrer-Policy", "no-referrer") // ids are in paths
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			if https {
				h.Set("Strict-Transport-Security", hsts)
			}
			return next(c)
		}
	}
}
