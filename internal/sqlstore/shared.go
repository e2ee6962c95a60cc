package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// sharedWithin bounds a read that several callers wait for; each waits no longer than its
// own context.
const sharedWithin = 5 * time.Second

// shared lets callers that ask the same question at the same time wait for one read. The
// read began after each of them asked, so that nobody is told an older state than a read
// of their own would have told. Safe for concurrent use.
type shared[T any] struct {
	mu      sync.Mutex
	reading bool
	next    *round[T] // begins when the read that runs now has ended
}

// round is a read for several callers. Its outcome may be read once done is closed.
type round[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// get returns what read returns. Everybody who asks must ask with the same read.
func (s *shared[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	if !s.reading {
		s.reading = true
		s.mu.Unlock()
		defer s.ended(read)
		return read(ctx)
	}
	if s.next == nil {
		s.next = &round[T]{done: make(chan struct{})}
	}
	r := s.next
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("waiting for a read: %w", context.Cause(ctx))
	}
}

// ended begins the next round, if anybody waits for one.
func (s *shared[T]) ended(read func(context.Context) (T, error)) {
	s.mu.Lock()
	r := s.next
	s.next, s.reading = nil, r != nil
	s.mu.Unlock()
	if r == nil {
		return
	}
	go func() {
		defer s.ended(read)
		defer close(r.done)
		ctx, cancel := context.WithTimeout(context.Background(), sharedWithin)
		defer cancel()
		r.value, r.err = read(ctx)
	}()
}
