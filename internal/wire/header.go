package wire

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// maxToken is far above any token or key that was ever issued.
const maxToken = 512

// Bearer returns the token or key of the one Authorization header (RFC 6750 2.1), or nothing.
// Two headers are nothing, too: proxies differ on which of them counts.
func Bearer(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	if token = strings.TrimLeft(token, " "); len(token) > maxToken || !isToken68(token) {
		return ""
	}
	return token
}

// isToken68 is the token68 of RFC 9110 11.2.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		switch b := body[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte("-._~+/", b) >= 0:
		default:
			return false
		}
	}
	return body != ""
}

// RetryMinutes says the Retry-After of an answer in minutes, at least one: pages name no seconds.
func RetryMinutes(h http.Header) int {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil {
		return 1
	}
	return max(1, int(math.Ceil(float64(seconds)/60)))
}
