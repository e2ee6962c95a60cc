package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"

	"github.com/labstack/echo/v4"
)

// errPanic stands for a panic in what is answered and counted.
var errPanic = errors.New("a handler panicked")

// maxFrames bounds how much of a stack is logged.
const maxFrames = 32

// recoverPanics turns a panic into a 500. The panic's value may hold what a customer
// typed, so only its type and the place are logged.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it this way, too
				panic(p)
			}
			s.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "panic",
				slog.String("request_id", requestIDOf(c)),
				slog.String("route", routeOf(c)),
				slog.String("type", fmt.Sprintf("%T", p)),
				slog.Any("stack", stack()))
			if c.Response().Committed {
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			err = errPanic
		}()
		return next(c)
	}
}

// stack lists where the panic happened, by function and line and without arguments.
func stack() []string {
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var lines []string
	for {
		f, more := frames.Next()
		lines = append(lines, fmt.Sprintf("%s:%d", f.Function, f.Line))
		if !more {
			return lines
		}
	}
}
