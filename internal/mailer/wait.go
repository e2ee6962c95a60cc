package mailer

import (
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// waitTimesKept: half of them, which is in a second or two where mails are many, changes what is
	// told.
	waitTimesKept = 15
	// waitTimesHold is how long what was seen tells of now: longer than a try may last, or is put off.
	waitTimesHold = 5 * time.Minute
)

// waitTimes are what everybody who asks for a mail waits now, for their page to say. Whoever reads
// it must not learn who is on the list, so that it comes from the one queue in which everybody
// has a place: neither from mails that go ahead of others, nor from those that only listed
// people get; and a stand-in's turn is one. Mails that wait because of their own address or
// provider tell nothing of others. Safe for concurrent use.
type waitTimes struct {
	unusual *recent[struct{}] // entries that waited for their own address or provider

	mu     sync.Mutex
	last   [waitTimesKept]time.Duration // that entries had waited as their turn came
	turns  int
	turned time.Time // the latest of them
	since  time.Time // the mail server has taken none; zero if it took the latest
	failed time.Time // the latest try
}

// Wait is how long people wait for a mail now, whoever they are: what the mails had waited whose
// turn came last or, while the mail server takes none, for how long that has been so. It asks
// nobody. It is 0 where nothing was seen for a while, because then nobody waits.
func (w *Worker) Wait() time.Duration { return w.waitTimes.now(w.c.Now()) }

func (s *waitTimes) now(now time.Time) (d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := min(s.turns, waitTimesKept); n > 0 && now.Sub(s.turned) < waitTimesHold {
		all := slices.Sorted(slices.Values(s.last[:n]))
		d = all[(n-1)/2]
	}
	if !s.since.IsZero() && now.Sub(s.failed) < waitTimesHold {
		d = max(d, now.Sub(s.since))
	}
	return min(d, MaxAge)
}

// turn notes that the turn of an entry has come, and whether the mail server took a mail.
func (s *waitTimes) turn(now time.Time, e Entry, in lane, took bool) {
	if in == ahead || !e.hasTurn() {
		return
	}
	if _, unusual := s.unusual.get(e.ID); unusual {
		s.unusual.drop(e.ID)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.turns%waitTimesKept] = max0(now.Sub(e.Mail.RequestedAt))
	s.turns++
	s.turned = now
	if took {
		s.since = time.Time{}
	}
}

// failure notes a try that will be repeated.
func (s *waitTimes) failure(now time.Time, e Entry, in lane, err error) {
	if in == ahead {
		return
	}
	var paced pacedError
	var no *TemporaryError
	if errors.As(err, &paced) || errors.As(err, &no) && no.Step == StepRecipient {
		s.unusual.put(e.ID, struct{}{}, now)
		return
	}
	if !e.hasTurn() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() || now.Sub(s.failed) >= waitTimesHold {
		s.since = now
	}
	s.failed = now
}
