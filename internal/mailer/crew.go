package mailer

import (
	"context"
	"sync"
	"time"
)

// Run works until ctx ends, then finishes the mails in work (for at most Drain) and
// returns nil. It starts no goroutine that outlives it.
func (w *Worker) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var crews sync.WaitGroup
	few := (w.c.Parallel + 3) / 4
	if w.c.Parallel > 1 {
		crews.Go(func() { w.crew(ctx, work, ahead, few) })
	} else {
		few = 0
	}
	crews.Go(func() { w.crew(ctx, work, turn, w.c.Parallel-few) })
	<-ctx.Done()
	drain := time.AfterFunc(w.c.Drain, cancel)
	defer drain.Stop()
	crews.Wait()
	return nil
}

// crew hands entries to so many hands until ctx ends, and waits until these are done. Under
// pressure they are all of one lane.
func (w *Worker) crew(ctx, work context.Context, in lane, size int) {
	var running sync.WaitGroup
	free, entries := w.hands(work, &running, in, size)
	troubles := 0
	for ctx.Err() == nil {
		sleep(ctx, time.Until(time.Unix(0, w.stepBack.Load())))
		n := acquire(ctx, free)
		if n == 0 {
			break
		}
		taken, err := w.c.Outbox.Take(ctx, n, w.order(ctx, in))
		w.pressure.took(len(taken))
		for range n - len(taken) {
			free <- struct{}{}
		}
		for _, e := range taken {
			entries <- e
		}
		troubles = w.pause(ctx, err, troubles)
	}
	close(entries)
	running.Wait()
}

// hands starts so many goroutines, which work until there are no more entries. Each of them
// that may be given one has a token in free. They live as long as Run: one for each mail
// would have to grow its stack anew.
func (w *Worker) hands(ctx context.Context, running *sync.WaitGroup, in lane, size int) (free chan struct{}, entries chan Entry) {
	free, entries = make(chan struct{}, size), make(chan Entry, size)
	for range size {
		free <- struct{}{}
		running.Go(func() {
			for e := range entries {
				w.handle(ctx, e, in)
				free <- struct{}{}
			}
		})
	}
	return free, entries
}

// acquire waits for one free hand and takes all that are free: 0 when ctx ended.
func acquire(ctx context.Context, free chan struct{}) int {
	select {
	case <-free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for {
		select {
		case <-free:
			n++
		default:
			return n
		}
	}
}

// pause waits after an error of the outbox, longer with each in a row (0.1 to 3.2
// seconds), and says so once.
func (w *Worker) pause(ctx context.Context, err error, troubles int) int {
	if err == nil {
		if w.away.Swap(false) {
			w.c.Log.Info("outbox is back")
		}
		return 0
	}
	if !w.away.Swap(true) {
		w.c.Log.Error("outbox cannot be read, code mails wait", "error", err)
	}
	sleep(ctx, jitter(100*time.Millisecond<<min(troubles, 5)))
	return troubles + 1
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
