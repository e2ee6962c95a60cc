package api

import (
	"net/http"

	"exposure/internal/breach"
	"exposure/internal/wire"
)

// Bearer and Accepted are parsers of foreign bytes that tests reach directly.
func Bearer(h http.Header) string { return bearer(h) }

// Accepted picks a locale.
func Accepted(header string, offered []breach.Locale) breach.Locale {
	return wire.BestLocale(header, offered)
}
