package mailer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Stats counts what one worker has done since it was made, and measures the outbox it
// serves. The counters only grow.
type Stats struct {
	Mailed   uint64 // accepted by the mail server
	Refused  uint64 // refused for good by the mail server
	Retried  uint64 // tries that will be repeated
	Expired  uint64 // dropped because an hour old
	Withheld uint64 // not mailed because no code may be issued for it
	Paced    uint64 // tries put off because the domain had its share
	Damaged  uint64 // outbox entries that could not be read
	Depth           // of the outbox, shared with other workers
	// ListedFirst: there is pressure, and listed people's mails go ahead.
	ListedFirst bool
	// Delay is how long people wait for a code now: what the latest accepted mail had
	// waited or, if none was accepted since the oldest waiting entry came, that entry's
	// age.
	Delay time.Duration
}

type counts struct {
	mailed, refused, retried, expired, withheld, paced, damaged atomic.Uint64

	mu        sync.Mutex
	lastAt    time.Time     // of the latest accepted mail
	lastDelay time.Duration // from its request to its acceptance
}

func (c *counts) sent(now, requested time.Time) {
	c.mailed.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastAt, c.lastDelay = now, max0(now.Sub(requested))
}

// Stats returns the counters, which are valid even with an error, and measures the
// outbox; the error is the outbox's.
func (w *Worker) Stats(ctx context.Context) (Stats, error) {
	s := Stats{
		Mailed: w.counts.mailed.Load(), Refused: w.counts.refused.Load(), Retried: w.counts.retried.Load(),
		Expired: w.counts.expired.Load(), Withheld: w.counts.withheld.Load(), Paced: w.counts.paced.Load(), Damaged: w.counts.damaged.Load(),
	}
	s.ListedFirst = w.pressure.on.Load()
	w.counts.mu.Lock()
	lastAt, lastDelay := w.counts.lastAt, w.counts.lastDelay
	w.counts.mu.Unlock()
	s.Delay = lastDelay
	depth, err := w.c.Outbox.Depth(ctx)
	if err != nil {
		return s, err
	}
	s.Depth = depth
	if depth.Waiting > 0 && w.c.Now().Sub(lastAt) > depth.Oldest {
		s.Delay = depth.Oldest
	}
	return s, nil
}
