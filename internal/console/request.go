package console

import (
	"context"
	"net/netip"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/wire"
)

// admission is who may make a call of the API.
type admission int

const (
	nobody  admission = iota // who is not signed in yet
	anybody                  // who is signed in
	settled                  // and has a password of their own
)

// caller is what the transport knows about a request of the API.
type caller struct {
	from netip.Addr
	who  agent.Agent
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// admit asks who it is before anything else of the request is looked at.
func (d *Console) admit(need admission) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			addr, err := netip.ParseAddr(c.RealIP()) // as the server's IPExtractor vouches for it
			if err != nil {
				return err
			}
			is := caller{from: addr}
			if need != nobody {
				if is.who, err = d.c.Accounts.Who(r.Context(), wire.Bearer(r.Header)); err != nil {
					return err
				}
			}
			if need == settled && is.who.MustChange {
				return agent.ErrMustChange
			}
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), callerKey{}, is)))
			return next(c)
		}
	}
}
