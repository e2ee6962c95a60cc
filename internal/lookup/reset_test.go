package lookup_test

import (
	"context"
	"errors"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/reset"
)

// members are those for whom every address stands, in the order in which they are read.
type members []struct {
	id     string
	person breach.Person
	err    error
}

func (m members) ContactsOf(context.Context, breach.Tags) (ids []string, err error) {
	for _, one := range m {
		ids = append(ids, one.id)
	}
	return ids, nil
}

func (m members) Member(_ context.Context, _ int64, id string) (breach.Person, error) {
	for _, one := range m {
		if one.id == id {
			return one.person, one.err
		}
	}
	return breach.Person{}, errDown
}

func (m members) ByRef(context.Context, int64, []int64) (map[int64]breach.Reset, error) {
	return nil, nil
}

func (m members) Replaced(context.Context, string) (bool, error) { return false, nil }

// TestAContactOfSomebodyWhoIsGone: an address that stands for a member whom the published
// version is proven not to hold tells of nobody, and still of those whom it holds. While
// that is not proven nothing is told.
func TestAContactOfSomebodyWhoIsGone(t *testing.T) {
	known := breach.Person{Ref: 3, Kind: breach.KindMember, Edge: breach.EdgeLogin, Exposures: []breach.Exposure{{Cohort: "member"}}}
	for name, c := range map[string]struct {
		of     members
		status breach.Status
		want   error
	}{
		"nobody else":     {members{{"1", breach.Person{}, reset.ErrNotInVersion}}, breach.StatusNotListed, nil},
		"somebody else":   {members{{"1", breach.Person{}, reset.ErrNotInVersion}, {"3", known, nil}}, breach.StatusListed, nil},
		"not proven":      {members{{"1", breach.Person{}, breach.ErrUnproven}}, "", lookup.ErrCouldNotCheck},
		"nobody can tell": {members{{"3", known, nil}, {"1", breach.Person{}, errDown}}, "", lookup.ErrCouldNotCheck},
	} {
		w := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}
		s := w.service(t)
		s.Resets = c.of
		v, err := s.Start(t.Context(), client, "hanako@example.jp")
		if err != nil {
			t.Fatal(err)
		}
		told, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
		if !errors.Is(err, c.want) || told.Report.Status != c.status {
			t.Errorf("%s: %q, %v; want %q, %v", name, told.Report.Status, err, c.status, c.want)
		}
	}
}
