package sqlstore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
)

func TestAnswersAreProven(t *testing.T) {
	s := newStore(t)
	id := s.publish(t, "a", 40, 7)
	for n := range 80 {
		v, got, err := s.roster.Answer(t.Context(), nameOf(n))
		if err != nil {
			t.Fatalf("Answer(%d) = %v", n, err)
		}
		want := breach.Answer{}
		if n < 40 {
			want = answerOf(n, 7)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Answer(%d): %s", n, diff)
		}
		if v.ID != id || v.People != 40 || !v.PublishedAt.Equal(start) {
			t.Errorf("Answer(%d) is of version %+v", n, v)
		}
	}
	if err := s.roster.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
	if err := s.roster.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
	past, err := s.roster.Standing(t.Context(), nameOf(1), "web")
	if err != nil || len(past) != 0 {
		t.Errorf("Standing = %v, %v; want nothing", past, err)
	}
}
