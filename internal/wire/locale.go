package wire

import (
	"slices"
	"strconv"
	"strings"

	"exposure/internal/breach"
)

// maxRanges bounds the work done on Accept-Language; browsers send a handful.
const maxRanges = 16

// BestLocale picks the offered locale with the highest weight in an Accept-Language header
// (RFC 9110 12.5.4), the earliest of equals, or the first offered.
func BestLocale(header string, offered []breach.Locale) breach.Locale {
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
