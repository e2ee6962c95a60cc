package mypage

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/reset"
	"exposure/internal/wire"
)

type callerKey struct{}

// callerOf is the client that admit let in.
func callerOf(ctx context.Context) client.Client {
	c, _ := ctx.Value(callerKey{}).(client.Client)
	return c
}

// admit lets clients of a scope pass, before anything else of the request is looked at.
func (m *MyPage) admit(need client.Scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			addr, err := netip.ParseAddr(c.RealIP()) // as the server's IPExtractor vouches for it
			if err != nil {
				return err
			}
			who, err := m.c.Guard.Admit(r.Context(), addr, wire.Bearer(r.Header), need)
			if err != nil {
				return err
			}
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
			return next(c)
		}
	}
}

const (
	maxIdempotencyKey = 128
	maxPage           = 1000
	maxCursor         = 18 // digits, so that every one is a number of 63 bits
)

func isIdempotencyKey(s string) bool {
	return s != "" && len(s) <= maxIdempotencyKey && strings.IndexFunc(s, func(r rune) bool { return r < '!' || r > '~' }) < 0
}

// queryOf reads the parameters of a list.
func queryOf(p wire.ListMemberResetsParams) (q reset.Query, err error) {
	q.Limit = maxPage
	if p.Limit != nil {
		q.Limit = *p.Limit
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return q, ErrQuery
	}
	if p.Cursor != nil {
		if q.After, err = strconv.ParseInt(*p.Cursor, 10, 64); err != nil || q.After < 0 || len(*p.Cursor) > maxCursor {
			return q, ErrQuery
		}
	}
	if p.State == nil {
		return q, nil
	}
	for _, s := range *p.State {
		if !s.Valid() {
			return q, ErrQuery
		}
		if state := breach.ResetState(s); !slices.Contains(q.States, state) {
			q.States = append(q.States, state)
		}
	}
	return q, nil
}

// cursorOf names the newest change that was told.
func cursorOf(after int64, all []reset.Listed) string {
	if len(all) > 0 {
		after = all[len(all)-1].Change
	}
	return strconv.FormatInt(after, 10)
}
