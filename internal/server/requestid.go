package server

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/labstack/echo/v4"
)

// requestIDHeader carries the id that logs and 500 answers share. One that a client
// sends is ignored: it would let strangers write into our logs.
const requestIDHeader = echo.HeaderXRequestID

func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var id [16]byte
		rand.Read(id[:]) // never fails: crypto/rand aborts the program instead
		c.Response().Header().Set(requestIDHeader, hex.EncodeToString(id[:]))
		return next(c)
	}
}

func requestIDOf(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }
