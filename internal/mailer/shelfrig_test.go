package mailer_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/mailer"
)

// slow is a sender that hands on one mail for each token, and keeps the order in which
// mails were begun.
type slow struct {
	tokens chan struct{}
	mu     sync.Mutex
	begun  []string
}

func (s *slow) Send(ctx context.Context, m mailer.Message) error {
	s.mu.Lock()
	s.begun = append(s.begun, m.To.Reveal())
	s.mu.Unlock()
	select {
	case <-s.tokens:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) order() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.begun)
}

// handOn hands on so many mails.
func (s *slow) handOn(mails int) {
	for range mails {
		s.tokens <- struct{}{}
	}
}

// listedOnes is a roster of the addresses that begin with "listed".
func (r *rig) listedOnes(people int) func(context.Context, breach.Tags) (bool, error) {
	known := map[breach.Tags]bool{}
	for i := range people {
		known[r.keys.Tags(address(r.t, fmt.Sprintf("listed%d@example.jp", i)))] = true
	}
	return func(_ context.Context, tag breach.Tags) (bool, error) { return known[tag], nil }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
