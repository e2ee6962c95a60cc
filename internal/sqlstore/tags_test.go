package sqlstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"exposure/internal/sqlstore"
)

// TestTagsInAnyOrder: whether they come sorted, backwards, by chance, or sorted for a
// while, and however many there are, they make one whole list.
func TestTagsInAnyOrder(t *testing.T) {
	s := newStore(t)
	ascending := func(n int) []int {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int {
			x, y := tagOf(a), tagOf(b)
			return bytes.Compare(x[:], y[:])
		})
		return order
	}
	for _, n := range []int{0, 1, 998, 999, 1000, 2100} {
		for name, reorder := range map[string]func([]int){
			"ascending":  func([]int) {},
			"descending": slices.Reverse[[]int],
			"by chance":  func(o []int) { rand.Shuffle(len(o), func(i, j int) { o[i], o[j] = o[j], o[i] }) },
			"sorted but the last": func(o []int) {
				if len(o) > 1 {
					o[0], o[len(o)-1] = o[len(o)-1], o[0]
				}
			},
		} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				order := ascending(n)
				reorder(order)
				st, err := s.roster.Stage(t.Context(), meta(t.Name()))
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range order {
					if err := st.AddTag(t.Context(), tagOf(k), answerOf(k, n)); err != nil {
						t.Fatal(err)
					}
				}
				id, err := st.Commit(t.Context(), importEntry())
				if err != nil {
					t.Fatal(err)
				}
				if err := s.roster.Publishable(t.Context(), id, twoNames()); err != nil {
					t.Errorf("the list is not whole: %v", err)
				}
				for _, k := range []int{0, n / 2, n - 1, n} {
					got, err := s.roster.AnswerIn(t.Context(), id, nameOf(max(k, 0)))
					if err != nil || got.Listed() != (max(k, 0) < n) || got.Listed() && got.Persons[0].Exposures[0].Cards != n {
						t.Errorf("tag %d: %+v, %v", k, got, err)
					}
				}
			})
		}
	}
}

// TestTheSameTwiceFarApart: a duplicate is noticed wherever the two are.
func TestTheSameTwiceFarApart(t *testing.T) {
	s := newStore(t)
	var sorted []int
	for n := range 2_100 {
		sorted = append(sorted, n)
	}
	slices.SortFunc(sorted, func(a, b int) int {
		x, y := tagOf(a), tagOf(b)
		return bytes.Compare(x[:], y[:])
	})
	add := func(st *sqlstore.Staging, kind string, n int) error {
		if kind == "a tag" {
			return st.AddTag(t.Context(), tagOf(n), answerOf(n, 1))
		}
		r := record(n, "near_buyer", "")
		if kind == "a record" {
			return st.AddReview(t.Context(), r)
		}
		p := sqlstore.StagedPerson{Ref: int64(n + 1), Kind: "guest", Handle: handleOf(n)}
		return st.AddPerson(t.Context(), p)
	}
	for _, kind := range []string{"a tag", "a person", "a record", "a handle"} {
		for _, again := range []int{0, 999, 2_099} {
			st, err := s.roster.Stage(t.Context(), meta("x"))
			if err != nil {
				t.Fatal(err)
			}
			err = nil
			for _, n := range sorted {
				err = errors.Join(err, add(st, kind, n))
			}
			if kind == "a handle" { // of somebody else
				err = errors.Join(err, st.AddPerson(t.Context(), sqlstore.StagedPerson{Ref: 9_999, Kind: "guest", Handle: handleOf(again)}))
			} else {
				err = errors.Join(err, add(st, kind, sorted[again]))
			}
			if err == nil {
				_, err = st.Commit(t.Context(), importEntry())
			}
			if !errors.Is(err, sqlstore.ErrDuplicate) {
				t.Errorf("%s again, number %d: %v, want ErrDuplicate", kind, again, err)
			}
			if err := st.Abort(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}
