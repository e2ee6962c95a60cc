package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"exposure/internal/lookup"
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
			token:    bearer(r.Header),
			language: r.Header.Get("Accept-Language"),
		}
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
		return next(c, request)
	}
}

// maxToken is far above any token that was ever issued.
const maxToken = 512

// bearer returns the token of the one Authorization header (RFC 6750 2.1), or nothing.
// Two headers are nothing, too: proxies differ on which of them counts.
func bearer(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	if token = strings.TrimLeft(token, " "); len(token) > maxToken || !isToken68(token) {
		return ""
	}
	return token
}

// isToken68 is the token68 of RFC 9110 11.2.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		switch b := body[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte("-._~+/", b) >= 0:
		default:
			return false
		}
	}
	return body != ""
}
