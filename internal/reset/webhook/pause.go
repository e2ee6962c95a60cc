package webhook

import (
	"math/rand/v2"
	"time"
)

const (
	// FirstPause and LongestPause bound the pause after a failed attempt, which doubles each
	// time. A shop's outage is mostly over in minutes; after it nobody should wait for an
	// hour to be told of a completed reset.
	FirstPause, LongestPause = 5 * time.Second, 15 * time.Minute
	// DeadAfter is how long an event is tried: an outage over a night is not an operator's
	// work.
	DeadAfter = 24 * time.Hour
	// LongestRetryAfter bounds what a receiver may ask for.
	LongestRetryAfter = time.Hour
)

// pauseAfter is the pause after so many failures, at least half of the exponential one: so
// many processes that failed at once do not come back at once.
func pauseAfter(failures int) time.Duration {
	pause := LongestPause
	if failures < 10 {
		pause = min(FirstPause<<max(0, failures-1), LongestPause)
	}
	return pause/2 + rand.N(pause/2+1)
}
