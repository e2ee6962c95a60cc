package shopfront

import (
	"context"
	"errors"
	"sync"
	"time"
)

// telling is a completion that the look-up has not answered yet.
type telling struct{ member, key string }

// tellings are told again and again until they are answered. They are safe for
// concurrent use.
type tellings struct {
	mu   sync.Mutex
	list []telling
}

func (t *tellings) add(x telling) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, x)
}

func (t *tellings) open() []telling {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]telling(nil), t.list...)
}

func (t *tellings) done(x telling) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.list {
		if t.list[i] == x {
			t.list = append(t.list[:i], t.list[i+1:]...)
			return
		}
	}
}

// Run keeps the shop in step with the look-up until ctx ends: it pulls the list and tells
// what was not heard. A list that cannot be had changes nothing: the last one decides.
func (s *Shop) Run(ctx context.Context) {
	beat := time.NewTicker(s.every)
	defer beat.Stop()
	for {
		s.pull(ctx)
		for _, t := range s.untold.open() {
			s.tell(ctx, t)
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}

// pull brings the list up to date.
func (s *Shop) pull(ctx context.Context) {
	asked := s.now()
	changes, cursor, err := s.lookup.changes(ctx, s.cursor)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("the list of resets cannot be had; the last one decides", "error", err)
		}
		return
	}
	s.cursor = cursor
	if shut := s.accounts.bar(changes, asked); len(shut) > 0 {
		s.log.Info("passwords were made worthless and sessions ended", "members", len(shut))
	}
}

// tell says once that a member has a new password. What the look-up refuses for good is not
// said again: the member is barred like before, and comes with another ticket.
func (s *Shop) tell(ctx context.Context, t telling) {
	err := s.lookup.complete(ctx, t.member, t.key)
	switch {
	case err == nil, errors.Is(err, errRefused):
		s.untold.done(t)
		s.accounts.told(t.member, err == nil)
	case ctx.Err() == nil:
		s.log.Warn("a completion could not be told; it will be told again", "error", err)
	}
}
