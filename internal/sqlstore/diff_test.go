package sqlstore_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// body is one person of a version in these tests: number, what they are told, and the
// addresses they have.
type body struct {
	n, told int
	reach   string
}

// commitBodies makes a version of people whose references have nothing to do with their
// numbers.
func commitBodies(t *testing.T, r *sqlstore.Roster, m sqlstore.VersionMeta, bodies []body) int64 {
	t.Helper()
	st, err := r.Stage(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range bodies {
		person := answerOf(b.n, b.told).Persons[0]
		person.Ref = int64(len(bodies) - i)
		p := sqlstore.StagedPerson{
			Ref: person.Ref, Kind: breach.KindMember, Handle: handleOf(b.n), Reach: sha256.Sum256([]byte(b.reach)),
			Evidence: fmt.Appendf(nil, "%d %d", b.n, b.told), Person: person,
		}
		if err := errors.Join(st.AddPerson(t.Context(), p), st.AddTag(t.Context(), tagOf(b.n), breach.Answer{Persons: []breach.Person{person}})); err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// diffCounts counts changes by kind.
type diffCounts struct{ Added, Removed, Changed, Readdressed int }

func (c *diffCounts) count(kind sqlstore.ChangeKind) {
	switch kind {
	case sqlstore.Added:
		c.Added++
	case sqlstore.Removed:
		c.Removed++
	case sqlstore.Changed:
		c.Changed++
	case sqlstore.Readdressed:
		c.Readdressed++
	}
}

// twoVersions are 2,500 people and the same with exactly 17 differences.
func twoVersions() (before, after []body) {
	for n := range 2_500 {
		b := body{n, 1, "x"}
		if n >= 5 { // 0 to 4 are added
			before = append(before, b)
		}
		switch {
		case n >= 5 && n < 9: // removed
			continue
		case n >= 9 && n < 15: // told something else; two of them at other addresses
			b.told = 2
			if n < 11 {
				b.reach = "y"
			}
		case n >= 15 && n < 17: // at other addresses only
			b.reach = "y"
		}
		after = append([]body{b}, after...)
	}
	return before, after
}

func TestDiffIsExactlyTheSeventeen(t *testing.T) {
	s := newStore(t)
	before, after := twoVersions()
	from, to := commitBodies(t, s.roster, meta("a"), before), commitBodies(t, s.roster, meta("b"), after)
	want := map[breach.Handle]sqlstore.ChangeKind{}
	for n := range 17 {
		want[handleOf(n)] = map[bool]sqlstore.ChangeKind{n < 5: sqlstore.Added, n >= 5 && n < 9: sqlstore.Removed, n >= 9 && n < 15: sqlstore.Changed, n >= 15: sqlstore.Readdressed}[true]
	}
	got, counts, last := map[breach.Handle]sqlstore.ChangeKind{}, diffCounts{}, breach.Handle{}
	err := s.roster.Diff(t.Context(), from, to, func(c sqlstore.Change) error {
		if bytes.Compare(last[:], c.Handle[:]) >= 0 {
			t.Error("not in the order of the handles")
		}
		last, got[c.Handle] = c.Handle, c.Kind
		counts.count(c.Kind)
		if (c.Before == nil) != (c.Kind == sqlstore.Added) || (c.After == nil) != (c.Kind == sqlstore.Removed) ||
			(c.EvidenceBefore == nil) != (c.Before == nil) || (c.EvidenceAfter == nil) != (c.After == nil) {
			t.Errorf("a change of kind %s has the wrong sides", c.Kind)
		}
		if c.Kind == sqlstore.Changed && (c.Before.Exposures[0].Cards != 1 || c.After.Exposures[0].Cards != 2 ||
			!bytes.HasSuffix(c.EvidenceBefore, []byte(" 1")) || !bytes.HasSuffix(c.EvidenceAfter, []byte(" 2"))) {
			t.Errorf("a change of one person holds others: %+v", c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if (counts != diffCounts{Added: 5, Removed: 4, Changed: 6, Readdressed: 2}) {
		t.Errorf("counts: %+v", counts)
	}
}

// TestDiffOfOtherPairs: against nothing, with itself, the other way round, across incident
// files and across keys.
func TestDiffOfOtherPairs(t *testing.T) {
	s := newStore(t)
	a := commitBodies(t, s.roster, meta("a"), []body{{1, 1, "x"}, {2, 1, "x"}})
	b := commitBodies(t, s.roster, meta("b"), []body{{2, 1, "x"}})
	corrected := meta("c")
	corrected.IncidentDigest = sha256.Sum256([]byte("corrected"))
	c := commitBodies(t, s.DB.Roster(s.keys, corrected.IncidentDigest), corrected, []body{{1, 3, "x"}, {2, 1, "x"}})
	for _, x := range []struct {
		name     string
		from, to int64
		want     diffCounts
		err      error
	}{
		{"from nothing", 0, a, diffCounts{Added: 2}, nil},
		{"to nothing", a, 0, diffCounts{Removed: 2}, nil},
		{"with itself", a, a, diffCounts{}, nil},
		{"forward", a, b, diffCounts{Removed: 1}, nil},
		{"back", b, a, diffCounts{Added: 1}, nil},
		{"another incident file", a, c, diffCounts{Changed: 1}, nil},
		{"unknown", a, 99, diffCounts{}, sqlstore.ErrUnknownVersion},
	} {
		var got diffCounts
		err := s.roster.Diff(t.Context(), x.from, x.to, func(c sqlstore.Change) error { got.count(c.Kind); return nil })
		if !errors.Is(err, x.err) || got != x.want {
			t.Errorf("%s: %+v, %v; want %+v, %v", x.name, got, err, x.want, x.err)
		}
	}
	enough := errors.New("enough")
	if err := s.roster.Diff(t.Context(), 0, a, func(sqlstore.Change) error { return enough }); err != enough {
		t.Errorf("the caller's own error came back as %v", err)
	}
	if err := s.DB.Roster(newKeys(t), digest).Diff(t.Context(), a, b, func(sqlstore.Change) error { return nil }); !errors.Is(err, sqlstore.ErrKeysDiffer) {
		t.Errorf("under other keys: %v, want ErrKeysDiffer", err)
	}
}

// TestHarmToPeople: nothing of a difference is told before both versions are proven, and
// nobody is missing unless it is proven.
func TestHarmToPeople(t *testing.T) {
	s := newStore(t)
	people := []body{{1, 1, "x"}, {2, 1, "x"}, {3, 1, "x"}}
	a, b := commitBodies(t, s.roster, meta("a"), people), commitBodies(t, s.roster, meta("b"), people[:2])
	raw := s.raw(t)
	handed := 0
	diff := func() error {
		return s.roster.Diff(t.Context(), a, b, func(sqlstore.Change) error { handed++; return nil })
	}
	for _, table := range []string{"roster_persons", "roster_handles"} {
		handed = 0
		harmEach(t, raw, table, "true", diff)
		if handed != 2 { // before all harm and after it
			t.Errorf("%s: %d changes were handed out, want 2", table, handed)
		}
		harmEach(t, raw, table, "version = 1", func() error { return s.roster.Publishable(t.Context(), a, twoNames()) })
	}
	harmEach(t, raw, "roster_persons", "version = 1", func() error {
		for i, p := range people {
			found, err := s.roster.Person(t.Context(), a, int64(len(people)-i))
			if err == nil && (found.Handle != handleOf(p.n) || string(found.Evidence) != fmt.Sprintf("%d %d", p.n, p.told)) {
				t.Error("another person was found")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestPersonIsFound(t *testing.T) {
	s := newStore(t)
	id := commitBodies(t, s.roster, meta("a"), []body{{1, 1, "x"}, {2, 7, "x"}})
	got, err := s.roster.Person(t.Context(), id, 1) // the second of two, counted down
	if err != nil {
		t.Fatal(err)
	}
	want := answerOf(2, 7).Persons[0]
	want.Ref = 1
	if diff := cmp.Diff(sqlstore.StoredPerson{Handle: handleOf(2), Kind: breach.KindMember, Evidence: []byte("2 7"), Person: want}, got); diff != "" {
		t.Error(diff)
	}
	elsewhere := s.DB.Roster(s.keys, sha256.Sum256([]byte("another incident file")))
	for name, c := range map[string]struct {
		ask  func() error
		want error
	}{
		"nobody's reference":    {func() error { _, err := s.roster.Person(t.Context(), id, 3); return err }, sqlstore.ErrUnknownPerson},
		"no version":            {func() error { _, err := s.roster.Person(t.Context(), 9, 1); return err }, sqlstore.ErrUnknownVersion},
		"another incident file": {func() error { _, err := elsewhere.Person(t.Context(), id, 1); return err }, sqlstore.ErrIncidentDiffers},
	} {
		if err := c.ask(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
