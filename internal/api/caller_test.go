package api_test

import (
	"testing"
	"time"

	"exposure/internal/ratelimit"
)

// TestNoTokenNeverReachesTheJourney: 401 from this door, with the challenge.
func TestNoTokenNeverReachesTheJourney(t *testing.T) {
	j := &journey{answer: someone()}
	ts := open(t, j)
	for _, r := range requests {
		if r.operation != "getReport" && r.operation != "requestPasswordReset" && r.operation != "endSession" {
			continue
		}
		for _, header := range []string{"", "Basic eA==", "Bearer", "Bearer a b"} {
			got := call(t, ts, r.method, r.path, "", session, header)
			if got.status != 401 || got.header.Get("WWW-Authenticate") != "Bearer" || j.asked != nil {
				t.Errorf("%s with %q: got %d, asked %q", r.operation, header, got.status, j.asked)
			}
		}
		if got := call(t, ts, r.method, r.path+"?access_token=t0k3n", ""); got.status != 401 {
			t.Errorf("%s: a token in the address was taken", r.operation)
		}
	}
}

// TestLimitHeaders: only limits of the client's own address are told.
func TestLimitHeaders(t *testing.T) {
	j := &journey{usage: map[ratelimit.Name]ratelimit.Usage{
		"request-ip":   {Limit: 60, Remaining: 59, Reset: 3598*time.Second + 1, Window: time.Hour},
		"request-net":  {Limit: 600, Remaining: 1, Reset: time.Second, Window: time.Hour},
		"send-address": {Limit: 1, Remaining: 0, Reset: time.Second, Window: time.Minute},
	}}
	ts := open(t, j)
	for _, err := range []error{nil, &ratelimit.Exceeded{Name: "request-ip", RetryAfter: time.Second}} {
		j.err = err
		got := call(t, ts, "POST", "/v1/verifications", `{"email":"a@b.jp"}`).header
		if v := got.Values("RateLimit-Policy"); len(v) != 1 || v[0] != `"request-ip";q=60;w=3600` {
			t.Errorf("RateLimit-Policy: %q", v)
		}
		if v := got.Values("RateLimit"); len(v) != 1 || v[0] != `"request-ip";r=59;t=3599` {
			t.Errorf("RateLimit: %q", v)
		}
	}
	// A limiter that rounds up may be a moment past its own window.
	j.usage = map[ratelimit.Name]ratelimit.Usage{"request-ip": {Limit: 60, Remaining: 59, Reset: time.Hour + time.Millisecond, Window: time.Hour}}
	if got := call(t, ts, "POST", "/v1/verifications", `{"email":"a@b.jp"}`).header.Get("RateLimit"); got != `"request-ip";r=59;t=3600` {
		t.Errorf("RateLimit past its window: %q", got)
	}
	j.usage, j.err = nil, nil
	if got := call(t, ts, "POST", "/v1/verifications", `{"email":"a@b.jp"}`).header; got.Get("RateLimit") != "" {
		t.Errorf("nothing was counted, but RateLimit is %q", got.Get("RateLimit"))
	}
}
