package api

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"exposure/internal/ratelimit"
)

// limitHeaders tells clients what is left of the limits of their own address
// (draft-ietf-httpapi-ratelimit-headers). Wider networks and, above all, the limits of an
// e-mail address stay untold: they would show what other people do.
func limitHeaders(h http.Header) func(ratelimit.Name, ratelimit.Usage) {
	return func(name ratelimit.Name, u ratelimit.Usage) {
		if !name.OfClient() || u.Limit <= 0 {
			return
		}
		h.Add("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, u.Limit, seconds(u.Window)))
		h.Add("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, max(0, u.Remaining), seconds(min(u.Reset, u.Window))))
	}
}

func seconds(d time.Duration) int64 { return max(0, int64(math.Ceil(d.Seconds()))) }
