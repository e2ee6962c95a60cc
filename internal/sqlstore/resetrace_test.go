package sqlstore_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// TestTwoProcessesLoseNoUpdate: two programs on one file change the same members at once.
// Each step sees what the other one left.
func TestTwoProcessesLoseNoUpdate(t *testing.T) {
	s := newStore(t)
	first := s.planned(t, start, "1", "2")
	other := s.in(t, s.path)
	second := other.Resets(other.keys)
	const each = 40
	var wg sync.WaitGroup
	for i, r := range []*sqlstore.Resets{first, second} {
		for _, ids := range [][]string{{"1", "2"}, {"2", "1"}} {
			wg.Go(func() {
				for range each {
					bump(t, r, ids, byte(i))
				}
			})
		}
	}
	wg.Wait()
	for _, id := range []string{"1", "2"} {
		if x, err := first.Get(t.Context(), id); err != nil || len(x.Notify) != 4*each {
			t.Errorf("member %s was changed %d times, %v; want %d", id, len(x.Notify), err, 4*each)
		}
	}
	if err := errors.Join(first.Check(t.Context()), second.Check(t.Context())); err != nil {
		t.Error(err)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Error(v.Bad)
	}
}

// bump adds one byte to each member's reset; it tries again while the file is locked.
func bump(t *testing.T, r *sqlstore.Resets, ids []string, by byte) {
	for {
		_, err := r.Change(context.Background(), resetEntry(audit.ResetBar, start), ids, func(x breach.Reset) (breach.Reset, error) {
			x.Notify = append(slices.Clone(x.Notify), by)
			return x, nil
		})
		if err == nil {
			return
		}
		if !sqlstore.Busy(err) {
			t.Error(err)
			return
		}
	}
}
