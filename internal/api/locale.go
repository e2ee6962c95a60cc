package api

import (
	"context"
	"errors"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/wire"
)

// ErrLocale: the locale asked for is none of this product.
var ErrLocale = errors.New("no such locale")

// locale is the language of an answer: the one asked for, else the best that the browser
// accepts, else the first of the incident. One that the incident has no texts in falls
// back to the next of these.
func (a *API) locale(ctx context.Context, asked *wire.Locale) (breach.Locale, error) {
	if asked != nil {
		if !asked.Valid() {
			return "", ErrLocale
		}
		if l := breach.Locale(*asked); slices.Contains(a.locales, l) {
			return l, nil
		}
	}
	return wire.BestLocale(callerOf(ctx).language, a.locales), nil
}
