package mailer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhatEverybodyWaitsHidesAPace: whoever asks for mails to a dozen others of a provider that is
// paced, behind many to themselves, reads the same on every page whether those are listed, whose
// mails go ahead, or not.
func TestWhatEverybodyWaitsHidesAPace(t *testing.T) {
	const others = 12
	longest := func(listed int) (most time.Duration) {
		f := flood{others: others, every: time.Minute, takes: func() time.Duration { return 230 * time.Millisecond }}
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			c := r.config()
			c.Sender = &busyOffice{connections: make(chan struct{}, 4), takes: f.takes, came: map[string]time.Time{}}
			c.Drain, c.Pace, c.Hesitate, c.Listed = time.Second, f.pace(), 0, r.listedOnes(listed)
			w, stop := r.run(c)
			ask := func(name string, many int) {
				for i := range many {
					r.enqueue(r.request(fmt.Sprintf("%s%d@example.jp", name, i)))
					time.Sleep(time.Millisecond)
				}
			}
			ask("own", 260)
			time.Sleep(5 * time.Second)
			ask("listed", others)
			for i := 0; r.waiting() > 0 && i < 100; i++ {
				most = max(most, w.Wait())
				time.Sleep(30 * time.Second)
			}
			most = max(most, w.Wait())
			stop()
		})
		return most
	}
	strangers, listed := longest(0), longest(others)
	if d := listed - strangers; d.Abs() > time.Minute {
		t.Errorf("the pages say up to %v with listed people, %v with strangers", listed, strangers)
	}
}
