package server

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// observe answers errors, then logs and counts what was answered. Nothing in it names a
// person or a network: the route is the pattern, without the values in its place.
func (s *Server) observe(listener string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			took := time.Since(start)
			status, route := c.Response().Status, routeOf(c)
			s.metrics.count(listener, route, status, took)
			s.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("listener", listener),
				slog.String("method", methodOf(c.Request())),
				slog.String("route", route),
				slog.Int("status", status),
				slog.Int64("duration_us", took.Microseconds()),
				slog.String("request_id", requestIDOf(c)))
			return nil
		}
	}
}

// routeOf is the pattern that matched; what a client typed is never part of it.
func routeOf(c echo.Context) string {
	if route := c.Path(); route != "" {
		return route
	}
	return "unmatched"
}

// methodOf keeps the client from writing its own words into logs.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "other"
	}
}
