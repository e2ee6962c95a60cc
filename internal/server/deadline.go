package server

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// deadline bounds everything a handler waits for. A request that runs into it is
// answered 503, and says nothing about anybody.
func deadline(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			c.SetRequest(r.WithContext(ctx))
			defer c.SetRequest(r) // what logs the answer must not see a context that is over
			return next(c)
		}
	}
}
