package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

const (
	// maxBody is many times the longest address, secret and code together.
	maxBody = 8 << 10
	// maxReport holds a thousand members of each list of a kit's report, with numbers as long
	// as shops have them.
	maxReport = 256 << 10
)

// maxBodyOf is the limit of a route. Only who has shown a key is read beyond the common one:
// before that nothing of a body is read.
func maxBodyOf(route string) int64 {
	if route == apiPrefix+"mypage/kit-reports" {
		return maxReport
	}
	return maxBody
}

// limitBody refuses a larger body by its announced size, and cuts off one that does not
// announce it.
//
// The latter ends its connection. If it had a Content-Length as well, net/http has deleted
// that, and whoever stands in front may believe the other of the two: what follows on the
// connection could be a smuggled request (RFC 9112 6.1 demands the close).
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, limit := c.Request(), maxBodyOf(c.Path())
		if r.ContentLength > limit {
			c.Response().Header().Set("Connection", "close") // or net/http would read it all
			return tooLong(limit)
		}
		if len(r.TransferEncoding) > 0 {
			c.Response().Header().Set("Connection", "close")
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		return next(c)
	}
}

// tooLong is the error of a body over a limit.
func tooLong(limit int64) error {
	if limit == maxReport {
		return errReportTooLarge
	}
	return errBodyTooLarge
}
