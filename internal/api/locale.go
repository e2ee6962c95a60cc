package api

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/wire"
)

// ErrLocale: the locale asked for is none of this product.
var ErrLocale = errors.New("no such locale")

// maxRanges bounds the work done on Accept-Language; browsers send a handful.
const maxRanges = 16

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
	return accepted(callerOf(ctx).language, a.locales), nil
}

// accepted picks the offered locale with the highest weight in an Accept-Language header
// (RFC 9110 12.5.4), the earliest of equals, or the first offered.
func accepted(header string, offered []breach.Locale) breach.Locale {
	best, weight := offered[0], 0.0
	for i, part := range strings.Split(header, ",") {
		if i == maxRanges {
			break
		}
		tag, q := weighted(part)
		if l, ok := match(tag, offered); ok && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// weighted splits one language range from its weight; an unreadable weight is zero.
func weighted(part string) (tag string, q float64) {
	tag, param, found := strings.Cut(part, ";")
	tag = strings.ToLower(strings.TrimSpace(tag))
	if !found {
		return tag, 1
	}
	value, isWeight := strings.CutPrefix(strings.TrimSpace(param), "q=")
	q, err := strconv.ParseFloat(value, 64)
	if !isWeight || err != nil || !(q >= 0 && q <= 1) {
		return tag, 0
	}
	return tag, q
}

// match finds the locale of a range: exactly, or by its language alone (en-GB is en).
func match(tag string, offered []breach.Locale) (breach.Locale, bool) {
	language, _, _ := strings.Cut(tag, "-")
	for _, want := range []string{tag, language} {
		if l := breach.Locale(want); slices.Contains(offered, l) {
			return l, true
		}
	}
	return "", false
}
