package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// numberOf is the n-th letter number of these tests.
func numberOf(t testing.TB, n int) breach.LetterNumber {
	t.Helper()
	for i := 0; ; i++ {
		if number, ok := breach.NewLetterNumber(fmt.Sprintf("%08d%04d", n, i)); ok {
			return number
		}
	}
}

// checkOf is what the check number of the n-th person's letter is made of.
func checkOf(n int) breach.Tags { return breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: tagOf(n)}) }

func letterEntry(a audit.Action) audit.Entry {
	return audit.Entry{At: start, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

func (s *store) letters() *sqlstore.Letters { return s.Letters(s.keys, digest) }

// write issues the number of each pair to the person of it.
func (s *store) write(t testing.TB, version int64, pairs ...[2]int) {
	t.Helper()
	var issues []sqlstore.LetterIssue
	for _, p := range pairs {
		issues = append(issues, sqlstore.LetterIssue{Person: handleOf(p[0]), Number: numberOf(t, p[1]), Check: checkOf(p[0])})
	}
	if err := s.letters().Issue(t.Context(), version, issues, letterEntry(audit.LetterIssue)); err != nil {
		t.Fatal(err)
	}
}

// holderOf is the person whose letter has the n-th number, -1 for nobody.
func holderOf(t testing.TB, l *sqlstore.Letters, keys *vault.Server, n int) (int, error) {
	t.Helper()
	_, holder, err := l.Holder(t.Context(), keys.LetterTags(numberOf(t, n).Reveal()))
	if errors.Is(err, breach.ErrNoLetter) {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	persons := holder.Answer.Persons
	if len(persons) != 1 || len(persons[0].Exposures) != 1 || !holder.Check.Equal(checkOf(int(persons[0].Ref-1))) {
		t.Errorf("number %d: %+v", n, holder)
	}
	return int(persons[0].Ref - 1), nil
}

func (s *store) holds(t testing.TB, l *sqlstore.Letters, want map[int]int) {
	t.Helper()
	for n, person := range want {
		if got, err := holderOf(t, l, s.keys, n); err != nil || got != person {
			t.Errorf("number %d is of person %d, %v; want %d", n, got, err, person)
		}
	}
}

// TestLetters: a number is its person's until another one is, or it is closed, and as long
// as the published version holds them.
func TestLetters(t *testing.T) {
	s := newStore(t)
	l := s.letters()
	if _, err := holderOf(t, l, s.keys, 1); !errors.Is(err, breach.ErrUnproven) {
		t.Fatalf("before anything is published: %v", err)
	}
	first := s.publish(t, "a", 5, 1)
	s.holds(t, l, map[int]int{1: -1})
	s.write(t, first, [2]int{0, 10}, [2]int{1, 11}, [2]int{4, 14})
	s.holds(t, l, map[int]int{10: 0, 11: 1, 14: 4, 1: -1})
	s.write(t, first, [2]int{1, 21})
	s.holds(t, l, map[int]int{10: 0, 11: -1, 21: 1, 14: 4})
	if err := l.Close(t.Context(), handleOf(0), letterEntry(audit.LetterClose)); err != nil {
		t.Fatal(err)
	}
	s.holds(t, l, map[int]int{10: -1, 21: 1, 14: 4})
	live, err := l.Live(t.Context(), first)
	if err != nil || len(live) != 2 || !live[handleOf(1)] || !live[handleOf(4)] {
		t.Errorf("live: %v, %v", live, err)
	}
	s.write(t, first, [2]int{0, 20})
	s.holds(t, l, map[int]int{10: -1, 20: 0})

	s.publish(t, "b", 4, 2) // without person 4
	s.holds(t, l, map[int]int{14: -1, 20: 0, 21: 1, 10: -1, 11: -1, 1: -1})
	second := s.letters()
	if live, err := second.Live(t.Context(), 2); err != nil || len(live) != 2 || live[handleOf(4)] {
		t.Errorf("live in the second version: %v, %v", live, err)
	}
	s.publishNow(t, first)
	s.holds(t, l, map[int]int{14: 4, 20: 0, 21: 1, 10: -1})
	if err := s.Resets(s.keys).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Errorf("the audit log: %+v", v)
	}
}

// TestLettersRefuse: what cannot be is not kept, nor anything that was to be kept with it.
func TestLettersRefuse(t *testing.T) {
	s := newStore(t)
	version := s.publish(t, "a", 3, 1)
	s.write(t, version, [2]int{0, 10}, [2]int{1, 11})
	s.write(t, version, [2]int{1, 21})
	ok := sqlstore.LetterIssue{Person: handleOf(2), Number: numberOf(t, 12), Check: checkOf(2)}
	with := func(change func(*sqlstore.LetterIssue)) sqlstore.LetterIssue {
		other := sqlstore.LetterIssue{Person: handleOf(0), Number: numberOf(t, 30), Check: checkOf(0)}
		change(&other)
		return other
	}
	for name, c := range map[string]struct {
		second sqlstore.LetterIssue
		want   error // nil: any
	}{
		"unknown person":         {with(func(i *sqlstore.LetterIssue) { i.Person = handleOf(9) }), sqlstore.ErrUnknownPerson},
		"a number of somebody":   {with(func(i *sqlstore.LetterIssue) { i.Number = numberOf(t, 10) }), sqlstore.ErrLetterTaken},
		"a number that was":      {with(func(i *sqlstore.LetterIssue) { i.Number = numberOf(t, 11) }), sqlstore.ErrLetterTaken},
		"the same number twice":  {with(func(i *sqlstore.LetterIssue) { i.Number = ok.Number }), sqlstore.ErrLetterTaken},
		"no number":              {with(func(i *sqlstore.LetterIssue) { i.Number = breach.LetterNumber{} }), nil},
		"nothing to check it by": {with(func(i *sqlstore.LetterIssue) { i.Check = breach.Tags{} }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.letters().Issue(t.Context(), version, []sqlstore.LetterIssue{ok, c.second}, letterEntry(audit.LetterIssue))
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			s.holds(t, s.letters(), map[int]int{10: 0, 21: 1, 12: -1, 30: -1})
		})
	}
	if err := s.letters().Issue(t.Context(), version, make([]sqlstore.LetterIssue, 1001), letterEntry(audit.LetterIssue)); !errors.Is(err, sqlstore.ErrTooManyLetters) {
		t.Errorf("1001 at once: %v", err)
	}
	if err := s.letters().Issue(t.Context(), 9, []sqlstore.LetterIssue{ok}, letterEntry(audit.LetterIssue)); err == nil {
		t.Error("a version that does not exist")
	}
	if err := s.letters().Close(t.Context(), handleOf(2), letterEntry(audit.LetterClose)); !errors.Is(err, breach.ErrNoLetter) {
		t.Errorf("closing what was never drawn: %v", err)
	}
}

// TestLettersOfOnePersonRace: of numbers that are drawn for one person at the same time, by
// two programs, one is left.
func TestLettersOfOnePersonRace(t *testing.T) {
	s := newStore(t)
	version := s.publish(t, "a", 2, 1)
	other := s.under(t, s.keys)
	var all sync.WaitGroup
	for n := range 20 {
		by := s
		if n%2 == 1 {
			by = other
		}
		number := numberOf(t, 100+n)
		all.Go(func() {
			issue := []sqlstore.LetterIssue{{Person: handleOf(1), Number: number, Check: checkOf(1)}}
			if err := by.letters().Issue(t.Context(), version, issue, letterEntry(audit.LetterIssue)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	live := 0
	for n := range 20 {
		got, err := holderOf(t, s.letters(), s.keys, 100+n)
		if err != nil {
			t.Error(err)
		}
		if got == 1 {
			live++
		}
	}
	if live != 1 {
		t.Errorf("%d numbers of one person count, want 1", live)
	}
	if err := s.Resets(s.keys).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestLettersCostTheSame: whatever a number is, as many statements run.
func TestLettersCostTheSame(t *testing.T) {
	s := newStore(t)
	version := s.publish(t, "a", 3, 1)
	s.write(t, version, [2]int{0, 10}, [2]int{1, 11}, [2]int{2, 12})
	s.write(t, version, [2]int{1, 21})
	if err := s.letters().Close(t.Context(), handleOf(2), letterEntry(audit.LetterClose)); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	n := sqlstore.CountStatements(s.DB, sqlstore.DSN(s.path, false))
	l := s.letters()
	s.holds(t, l, map[int]int{10: 0}) // proves the guard
	for number, person := range map[int]int{10: 0, 11: -1, 12: -1, 21: 1, 99: -1} {
		before := n.Load()
		s.holds(t, l, map[int]int{number: person})
		if ran := n.Load() - before; ran != 1 {
			t.Errorf("number %d took %d statements, want 1", number, ran)
		}
	}
}

// damage is what somebody does who may write the database, without the checks of the schema.
func (s *store) damage(t testing.TB, statements []string) {
	t.Helper()
	db := s.raw(t)
	for _, q := range append([]string{`PRAGMA ignore_check_constraints = ON`}, statements...) {
		if _, err := db.ExecContext(t.Context(), q); err != nil && !strings.Contains(err.Error(), "STRICT") {
			t.Fatal(q, err)
		}
	}
}
