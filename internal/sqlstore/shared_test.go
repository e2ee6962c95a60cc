package sqlstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestSharedReadsAreNoOlderThanTheQuestion: whatever was so before somebody asked is seen,
// however many ask at once.
func TestSharedReadsAreNoOlderThanTheQuestion(t *testing.T) {
	var s shared[int64]
	var state atomic.Int64
	read := func(context.Context) (int64, error) { return state.Load(), nil }
	const askers, questions = 64, 500
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			for range questions {
				before := state.Add(1)
				if got, err := s.get(t.Context(), read); err != nil || got < before {
					t.Errorf("get = %d, %v, want at least %d", got, err, before)
				}
			}
		})
	}
	wg.Wait()
}

// TestSharedReadServesAllWhoWait: those who ask while a read runs get one together, and
// its error.
func TestSharedReadServesAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared[int]
		hold, trouble := make(chan struct{}), errors.New("trouble")
		var reads atomic.Int64
		read := func(context.Context) (int, error) {
			if reads.Add(1) == 1 {
				<-hold
				return 1, nil
			}
			return 0, trouble
		}
		go s.get(t.Context(), read)
		synctest.Wait()
		var failed atomic.Int64
		for range 10 {
			go func() {
				if _, err := s.get(t.Context(), read); errors.Is(err, trouble) {
					failed.Add(1)
				}
			}()
		}
		left, leave := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := s.get(left, read)
			gone <- err
		}()
		synctest.Wait()
		leave()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("one who left got %v", err)
		}
		close(hold)
		synctest.Wait()
		if reads.Load() != 2 || failed.Load() != 10 {
			t.Errorf("%d reads, %d heard of the trouble; want 2 and 10", reads.Load(), failed.Load())
		}
		if got, err := s.get(t.Context(), func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
			t.Errorf("afterwards get = %d, %v", got, err)
		}
	})
}
