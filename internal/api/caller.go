package api

import (
	"context"
	"net/netip"

	"github.com/labstack/echo/v4"

	"exposure/internal/lookup"
	"exposure/internal/wire"
)

// caller is what the transport knows about a request besides its body and parameters.
// It travels in the context only from identify to the handler below it.
type caller struct {
	client   lookup.Client
	token    string // of the session; empty when none was sent, or not in this form
	language string // Accept-Language
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// identify is the strict server's middleware: handlers get a context, no request.
func identify(next StrictHandlerFunc, _ string) StrictHandlerFunc {
	return func(c echo.Context, request any) (any, error) {
		r := c.Request()
		addr, err := netip.ParseAddr(c.RealIP()) // as the server's IPExtractor vouches for it
		if err != nil {
			return nil, err
		}
		who := caller{
			client:   lookup.Client{Addr: addr, Usage: limitHeaders(c.Response().Header())},
			token:    wire.Bearer(r.Header),
			language: r.Header.Get("Accept-Language"),
		}
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
		return next(c, request)
	}
}
