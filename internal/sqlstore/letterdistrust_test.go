package sqlstore_test

import (
	"errors"
	"testing"

	"exposure/internal/breach"
)

// TestLettersDistrust: while the log is known to be altered no letter is told, and none is
// said to be nobody's.
func TestLettersDistrust(t *testing.T) {
	s := newStore(t)
	s.write(t, s.publish(t, "a", 5, 1), [2]int{0, 10})
	l := s.letters()
	l.Distrust(breach.ErrUnproven)
	for _, n := range []int{10, 1} {
		if _, err := holderOf(t, l, s.keys, n); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("number %d: %v", n, err)
		}
	}
	l.Distrust(nil)
	s.holds(t, l, map[int]int{10: 0, 1: -1})
}
