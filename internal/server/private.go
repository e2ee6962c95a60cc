package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds one check of everything an answer needs.
const readyTimeout = 5 * time.Second

func (s *Server) privateEcho() *echo.Echo {
	e := s.newEcho("private")
	if s.DeskPages != nil {
		e.HTTPErrorHandler = s.answerPage(s.DeskPages, atDesk)
	}
	e.GET("/healthz", healthy)
	e.GET("/readyz", s.ready)
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{})))
	for _, d := range s.PrivateDoors {
		d.Routes(e)
	}
	if s.MyPageAddr == "" {
		for _, d := range s.MyPageDoors {
			d.Routes(e)
		}
	}
	for prefix, h := range s.PrivateHandlers {
		prefix = strings.TrimSuffix(prefix, "/")
		if prefix != "" {
			e.Any(prefix, echo.WrapHandler(h))
		}
		e.Any(prefix+"/*", echo.WrapHandler(h))
	}
	return e
}

// healthy says that the process runs; whether it can answer is ready's business.
func healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready tells a load balancer whether to send customers here.
func (s *Server) ready(c echo.Context) error {
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "draining\n")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		s.Logger.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("error", err.Error()))
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
