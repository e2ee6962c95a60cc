package sqlstore_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// dropped tells what the published version says about a number.
func dropped(t *testing.T, r *sqlstore.Roster, n int) (listed, dropped bool) {
	t.Helper()
	_, got, err := r.Answer(t.Context(), nameOf(n))
	if err != nil {
		t.Fatalf("tag %d: %v", n, err)
	}
	return got.Listed(), got.Dropped
}

// TestDroppedBothWays: by a newer version, and by going back to the older one.
func TestDroppedBothWays(t *testing.T) {
	s := newStore(t)
	want := func(who string, n int, listed, gone bool) {
		t.Helper()
		for name, r := range map[string]*sqlstore.Roster{"a running server": s.roster, "a new one": s.DB.Roster(s.keys, digest)} {
			if l, d := dropped(t, r, n); l != listed || d != gone {
				t.Errorf("%s, %s: listed %v, dropped %v; want %v, %v", name, who, l, d, listed, gone)
			}
		}
	}
	publish := func(id int64) {
		t.Helper()
		if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start.Add(time.Duration(id)*time.Hour))); err != nil {
			t.Fatal(err)
		}
	}
	first := commitBodies(t, s.roster, meta("a"), []body{{1, 1, "x"}, {2, 1, "x"}})
	publish(first)
	want("nobody", 9, false, false)
	second := commitBodies(t, s.roster, meta("b"), []body{{2, 1, "x"}, {3, 1, "x"}})
	commitBodies(t, s.roster, meta("never published"), []body{{9, 1, "x"}})
	want("somebody of a version that is not published", 3, false, false)
	publish(second)
	want("only in the first", 1, false, true)
	want("in both", 2, true, false)
	want("only in the second", 3, true, false)
	want("only in a version nobody published", 9, false, false)
	publish(first)
	want("only in the first", 1, true, false)
	want("only in the second", 3, false, true)
	third := commitBodies(t, s.roster, meta("c"), []body{{5, 1, "x"}})
	publish(third)
	for _, n := range []int{1, 2, 3} {
		want("in one of two earlier ones", n, false, true)
	}
	if v, err := s.roster.Version(t.Context(), second); err != nil || v.Base != first {
		t.Errorf("the second version's base is %d, %v; want %d", v.Base, err, first)
	}
	if v, err := s.roster.Version(t.Context(), third); err != nil || v.Base != first {
		t.Errorf("the third version's base is %d, %v; want %d, to which was gone back", v.Base, err, first)
	}
	if err := s.roster.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestOnlyWaitingIsNoListing: who was on the review list only, or is now, was not listed
// or is not.
func TestOnlyWaitingIsNoListing(t *testing.T) {
	s := newStore(t)
	waiting := breach.Answer{Persons: []breach.Person{{Ref: 1, Kind: breach.KindGuest, Review: []breach.Open{{Reason: breach.NearBuyer}}}}}
	version := func(sources string, answers map[int]breach.Answer) {
		t.Helper()
		st, err := s.roster.Stage(t.Context(), meta(sources))
		if err != nil {
			t.Fatal(err)
		}
		for n, a := range answers {
			if err := st.AddTag(t.Context(), tagOf(n), a); err != nil {
				t.Fatal(err)
			}
		}
		id, err := st.Commit(t.Context(), importEntry())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
			t.Fatal(err)
		}
	}
	version("a", map[int]breach.Answer{1: waiting, 2: answerOf(2, 1)})
	version("b", map[int]breach.Answer{2: waiting})
	if _, d := dropped(t, s.roster, 1); d {
		t.Error("somebody who was never listed is dropped")
	}
	if _, got, err := s.roster.Answer(t.Context(), nameOf(2)); err != nil || !got.Dropped || len(got.Persons) != 1 {
		t.Errorf("listed once, waiting now: %+v, %v", got, err)
	}
}

// TestDroppedByACorrectedIncidentFile: the rules were wrong, the incident is the same. And
// another incident in one database drops nobody.
func TestDroppedByACorrectedIncidentFile(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 3, 1)
	for name, c := range map[string]struct {
		incident string
		want     bool
	}{"the same incident": {"tougyoku-2023", true}, "another incident": {"other-2024", false}} {
		m := meta(name)
		m.IncidentID, m.IncidentDigest = c.incident, sha256.Sum256([]byte(name))
		r := s.DB.Roster(s.keys, m.IncidentDigest)
		id := commitBodies(t, r, m, []body{{1, 1, "x"}})
		if err := r.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
			t.Fatal(err)
		}
		if _, d := dropped(t, r, 2); d != c.want {
			t.Errorf("%s: dropped = %v", name, d)
		}
		if _, _, err := s.roster.Answer(t.Context(), nameOf(2)); !errors.Is(err, sqlstore.ErrIncidentDiffers) {
			t.Errorf("a server with the old file: %v", err)
		}
	}
}

// TestForeignKeys: what other keys wrote is not read, and nothing is written beside it.
func TestForeignKeys(t *testing.T) {
	s := newStore(t)
	id := s.publish(t, "a", 5, 1)
	decide(t, s, 1, breach.NearBuyer, breach.DecidedIn)
	foreign := newKeys(t)
	roster := s.DB.Roster(foreign, digest)
	if known, err := roster.Decisions(t.Context()); err != nil || len(known) != 0 {
		t.Errorf("Decisions under foreign keys = %v, %v; want none", known, err)
	}
	if _, err := roster.AnswerIn(t.Context(), id, nameOf(1)); !errors.Is(err, sqlstore.ErrKeysDiffer) {
		t.Errorf("AnswerIn = %v, want ErrKeysDiffer", err)
	}
	if _, err := commit(t.Context(), roster, "b", 2, 1); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("a version under foreign keys: %v, want ErrLogAltered", err)
	}
	if err := roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err == nil {
		t.Error("a version was published under foreign keys")
	}
}

// TestHarmToHistory: a publication that is missing or changed, old or new, and every row
// that says what earlier versions knew.
func TestHarmToHistory(t *testing.T) {
	s := newStore(t)
	for i, people := range []int{9, 7, 5} {
		s.publish(t, string(rune('a'+i)), people, i)
	}
	raw := s.raw(t)
	afresh := func() error {
		_, got, err := s.DB.Roster(s.keys, digest).Answer(t.Context(), nameOf(8))
		if err == nil && !got.Dropped {
			t.Error("nobody would be told that they were dropped")
		}
		return err
	}
	harmEach(t, raw, "publications", "true", afresh)
	harmEach(t, raw, "roster_versions", "true", func() error {
		for id := range int64(3) { // the summary is proven by those who read it
			if _, err := s.roster.Version(t.Context(), id+1); err != nil && !errors.Is(err, sqlstore.ErrUnknownVersion) {
				return err
			}
		}
		return afresh()
	})
	if err := s.roster.Publish(t.Context(), 1, twoNames(), publishEntry(start)); err != nil {
		t.Errorf("everything is put back: %v", err)
	}
	if err := run(raw, `DELETE FROM publications WHERE seq = 2`); err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Publish(t.Context(), 3, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("publishing over a gap = %v, want ErrAltered", err)
	}
}

// TestDamageToAnEarlierVersion: who is listed is told so; who is not listed may have been
// dropped, and that cannot be told.
func TestDamageToAnEarlierVersion(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 9, 1)
	s.publish(t, "b", 5, 1)
	if err := run(s.raw(t), `DELETE FROM roster_tags WHERE version = 1`); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		_, got, err := s.roster.Answer(t.Context(), nameOf(n))
		if n < 5 && (err != nil || !got.Listed()) || n >= 5 && (!errors.Is(err, breach.ErrUnproven) || got.Persons != nil) {
			t.Errorf("tag %d: %+v, %v", n, got, err)
		}
	}
	if err := s.roster.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Check = %v", err)
	}
}

func TestAnswerIn(t *testing.T) {
	s := newStore(t)
	published := s.publish(t, "a", 3, 1)
	waiting, err := commit(t.Context(), s.roster, "b", 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		for _, c := range []struct {
			version     int64
			people, say int
		}{{published, 3, 1}, {waiting, 5, 2}} {
			got, err := s.roster.AnswerIn(t.Context(), c.version, nameOf(n))
			if err != nil || got.Listed() != (n < c.people) || got.Dropped || got.Listed() && got.Persons[0].Exposures[0].Cards != c.say {
				t.Errorf("version %d, tag %d: %+v, %v", c.version, n, got, err)
			}
		}
	}
	if _, err := s.roster.AnswerIn(t.Context(), 9, nameOf(1)); !errors.Is(err, sqlstore.ErrUnknownVersion) {
		t.Errorf("no such version: %v", err)
	}
	if err := run(s.raw(t), `DELETE FROM roster_tags WHERE version = 2`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.roster.AnswerIn(t.Context(), waiting, nameOf(9)); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("a version without rows: %v", err)
	}
}
