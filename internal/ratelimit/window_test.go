package ratelimit_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/ratelimit"
)

// Waiting for RetryAfter is enough, and not much longer than needed.
func TestRetryAfterIsRight(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range telling {
			l := open(ratelimit.Table{name: {{Count: 2, Per: time.Second}}})
			take(t, l, name, "k")
			take(t, l, name, "k")
			_, over := take(t, l, name, "k")
			if over == nil || over.RetryAfter <= 0 || over.RetryAfter > 2*time.Second {
				t.Fatalf("%s: %v", name, over)
			}
			time.Sleep(over.RetryAfter)
			if _, over := take(t, l, name, "k"); over != nil {
				t.Errorf("%s: after waiting as told, %v", name, over)
			}
		}
	})
}

// Whoever hammers around the edges of a window never gets more in any span.
func TestExactLimitHoldsInAnySpan(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		const count, per = 3, 400 * time.Millisecond
		l := open(ratelimit.Table{ratelimit.SendAddress: {{Count: count, Per: per}, {Count: 8, Per: 3 * per}}})
		type passed struct{ before, after time.Time }
		var all []passed
		for begun := time.Now(); time.Since(begun) < 6*per; time.Sleep(2 * time.Millisecond) {
			p := passed{before: time.Now()}
			if _, over := take(t, l, ratelimit.SendAddress, "k"); over == nil {
				p.after = time.Now()
				all = append(all, p)
			}
		}
		if len(all) < 10 {
			t.Errorf("%d takes passed in six windows: refused ones must not count", len(all))
		}
		for i := range all {
			// The time counted lies between before and after; a millisecond is the clock's.
			if n := i + count; n < len(all) && all[n].after.Sub(all[i].before) < per-time.Millisecond {
				t.Errorf("%d takes passed within %v", count+1, all[n].after.Sub(all[i].before))
			}
			if n := i + 8; n < len(all) && all[n].after.Sub(all[i].before) < 3*per-time.Millisecond {
				t.Errorf("9 takes passed within %v", all[n].after.Sub(all[i].before))
			}
		}
	})
}

// The day of an address, minute by minute, on a clock of the test.
func TestSendAddressOverDays(t *testing.T) {
	now := time.UnixMilli(1_690_000_000_000)
	l := open(t, ratelimit.Config{Table: ratelimit.Default(), Now: func() time.Time { return now }})
	var passed []time.Time
	for range 4 * 24 * 60 * 2 { // twice a minute, for four days
		if _, over := take(t, l, ratelimit.SendAddress, "k"); over == nil {
			passed = append(passed, now)
		}
		now = now.Add(30 * time.Second)
	}
	for _, r := range ratelimit.Default()[ratelimit.SendAddress] {
		for i := int(r.Count); i < len(passed); i++ {
			if span := passed[i].Sub(passed[i-int(r.Count)]); span < r.Per {
				t.Errorf("%d mails within %v", r.Count+1, span)
			}
		}
	}
	if len(passed) != 4*6 {
		t.Errorf("%d mails in four days, want 24", len(passed))
	}
}

func TestLimitsHoldUnderABurst(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		for _, name := range kinds {
			l := open(ratelimit.Table{name: {{Count: 7, Per: time.Hour}}})
			var passed atomic.Int64
			var wg sync.WaitGroup
			for range 300 {
				wg.Go(func() {
					if _, over := take(t, l, name, "burst"); over == nil {
						passed.Add(1)
					}
				})
			}
			wg.Wait()
			if n := passed.Load(); n != 7 {
				t.Errorf("%s: %d of 300 passed, want 7", name, n)
			}
		}
	})
}
