package mailer

import (
	"context"
	mathrand "math/rand/v2"
	"sync"
	"time"
)

// lane is the way on which a mail leaves.
type lane int

const (
	calm  lane = iota // without pressure: over any connection
	turn              // under pressure, when its turn comes
	ahead             // under pressure, before its turn
)

// lanes shares the connections to the mail server out while there is pressure: a quarter of them
// for mails that go ahead, the others for those whose turn has come. Neither lane takes what the
// other leaves idle, or the pace of one's own mails would tell whether others go ahead.
//
// Nothing hides that the connections may slow each other down. Safe for concurrent use.
type lanes struct {
	turns, ahead chan struct{} // a token for each that is taken

	mu    sync.Mutex
	times [512]time.Duration // that the latest mails took
	sent  int
}

// newLanes shares out so many connections. Of a single one each lane believes that it is its own.
func newLanes(connections int) *lanes {
	some := max(1, connections/4)
	return &lanes{ahead: make(chan struct{}, some), turns: make(chan struct{}, max(1, connections-some))}
}

// enter waits for room in a lane. Whoever was let in calls leave once.
func (l *lanes) enter(ctx context.Context, in lane) (leave func(), err error) {
	room := l.turns
	switch in {
	case calm:
		return func() {}, nil
	case ahead:
		room = l.ahead
	}
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// took notes how long a mail took in its turn. Without pressure mails wait for connections as
// well, and those that go ahead must not tell of themselves.
func (l *lanes) took(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times[l.sent%len(l.times)] = d
	l.sent++
}

// standIn returns how long a turn lasts in which nothing is sent: as long as one of the latest.
func (l *lanes) standIn() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == 0 {
		return 0
	}
	return l.times[mathrand.N(min(l.sent, len(l.times)))]
}

// send hands a mail over in its lane.
func (w *Worker) send(ctx context.Context, in lane, m Message) error {
	leave, err := w.enter(ctx, in)
	if err != nil {
		return err
	}
	began := time.Now()
	err = w.c.Sender.Send(ctx, m)
	leave()
	if err == nil && in == turn {
		w.lanes.took(time.Since(began))
	}
	return err
}

// enter waits for room in a lane, but not so long that there is no time left for the mail.
func (w *Worker) enter(ctx context.Context, in lane) (func(), error) {
	if in != calm {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.c.Deadline/3)
		defer cancel()
	}
	leave, err := w.lanes.enter(ctx, in)
	if err != nil {
		return nil, &TemporaryError{Step: StepConnect, Cause: err}
	}
	return leave, nil
}
