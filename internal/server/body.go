package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// maxBody is many times the longest address, secret and code together.
const maxBody = 8 << 10

// limitBody refuses a larger body by its announced size, and cuts off one that does not
// announce it.
//
// The latter ends its connection. If it had a Content-Length as well, net/http has deleted
// that, and whoever stands in front may believe the other of the two: what follows on the
// connection could be a smuggled request (RFC 9112 6.1 demands the close).
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			c.Response().Header().Set("Connection", "close") // or net/http would read it all
			return errBodyTooLarge
		}
		if len(r.TransferEncoding) > 0 {
			c.Response().Header().Set("Connection", "close")
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		return next(c)
	}
}
