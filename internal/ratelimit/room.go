package ratelimit

import (
	"errors"
	"slices"
	"strings"
)

// Bounds of the counters of fixed windows in memory, about 270 bytes each, and as well of
// those that can be given back, about 210 bytes each. All 65,536 /48s of one IPv6 /32 fill
// half of what begins in one span.
const (
	maxSpare = 150_000
	maxOwn   = 250_000
)

var errFull = errors.New("too many keys are counted")

// rooms are how many counters there are, or may be. One is spare that is asked for along with
// a wider one, which counts everybody whom it counts: without room for it the wider one limits
// them alone. So a thousand networks, with ever new addresses, keep nobody else's network from
// being counted; a take whose own counters find no room is refused.
type rooms struct{ spare, own int }

// begin takes room for one more counter and tells whether there was some.
func (r *rooms) begin(most rooms, spare bool) bool {
	n, limit := r.of(spare), *most.of(spare)
	if *n >= limit {
		return false
	}
	*n++
	return true
}

func (r *rooms) of(spare bool) *int {
	if spare {
		return &r.spare
	}
	return &r.own
}

// isSpare tells whether one of the asks is for a network within that of another.
func isSpare(asks []ask, one ask) bool {
	_, key, _ := strings.Cut(one.key, ":")
	return slices.ContainsFunc(asks, func(a ask) bool {
		_, wider, _ := strings.Cut(a.key, ":")
		return strings.HasPrefix(key, wider+":")
	})
}
