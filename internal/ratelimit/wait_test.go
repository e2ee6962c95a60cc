package ratelimit_test

import (
	"testing"
	"time"

	"exposure/internal/ratelimit"
)

// TestTheLongestWaitIsTold: of limits that are over together the first gives its name and the
// one that lasts longest its wait, so that whoever obeys is not refused again. A limit that is
// not over is not waited for, and usages stay each limit's own.
func TestTheLongestWaitIsTold(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		rates [3]ratelimit.Rate // of a client, its network and its site
		first int               // of those that are over after three takes
		wait  time.Duration
	}{
		"the widest":        {[3]ratelimit.Rate{{3, time.Minute}, {3, time.Hour}, {3, day}}, 0, day},
		"the narrowest":     {[3]ratelimit.Rate{{3, day}, {3, time.Minute}, {3, time.Hour}}, 0, day},
		"between":           {[3]ratelimit.Rate{{3, time.Minute}, {3, day}, {3, time.Hour}}, 0, day},
		"one with room":     {[3]ratelimit.Rate{{4, day}, {3, time.Minute}, {3, time.Hour}}, 1, time.Hour},
		"only one used up":  {[3]ratelimit.Rate{{3, time.Hour}, {4, day}, {4, day}}, 0, time.Hour},
		"all but the first": {[3]ratelimit.Rate{{4, time.Minute}, {3, time.Hour}, {3, day}}, 1, day},
	} {
		t.Run(name, func(t *testing.T) {
			backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
				for way, names := range ways {
					table := ratelimit.Table{}
					for i, n := range names {
						table[n] = []ratelimit.Rate{c.rates[i]}
					}
					l, client := open(table), ofNetworks(names, 1, 1, 1)
					for range 3 {
						if _, _, over := charge(t, l, client); over != nil {
							t.Fatal(over)
						}
					}
					_, usages, over := charge(t, l, client)
					if over == nil || over.Name != names[c.first] || over.RetryAfter <= c.wait/2 || over.RetryAfter > c.wait+time.Second {
						t.Fatalf("%s: %+v, want %s and about %v", way, over, names[c.first], c.wait)
					}
					for i, u := range usages {
						if u.Limit != c.rates[i].Count || u.Remaining != c.rates[i].Count-3 || u.Reset > c.rates[i].Per+time.Second {
							t.Errorf("%s, %s: %+v", way, names[i], u)
						}
					}
				}
			})
		})
	}
}
