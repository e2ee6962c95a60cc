package server

import (
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// apiPrefix is where bodies are JSON. Pages outside it take forms.
const apiPrefix = "/v1/"

// requireJSON refuses every body of the API that is not JSON in UTF-8. No form and no
// script of another site can send that type without asking first, and nobody answers
// such a question.
func requireJSON(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if strings.HasPrefix(c.Path(), apiPrefix) && r.ContentLength != 0 && !isJSON(r.Header) {
			return errMediaType
		}
		return next(c)
	}
}

func isJSON(h http.Header) bool {
	types := h.Values("Content-Type")
	if len(types) != 1 || h.Get("Content-Encoding") != "" {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil || media != "application/json" {
		return false
	}
	charset, given := params["charset"]
	if given {
		delete(params, "charset")
	}
	return len(params) == 0 && (!given || strings.EqualFold(charset, "utf-8"))
}
