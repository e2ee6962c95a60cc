package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestLettersOutliveKeys: a number of before a new letter key and a new tag key is known as
// long as the old ones live.
func TestLettersOutliveKeys(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 3, 1)
	data, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	old := vault.Files{Server: named(t, data)}
	both, made, err := old.Rotate([]string{"tag", "letter"}, start.Add(time.Hour), 0)
	if err != nil || len(made) != 2 {
		t.Fatal(made, err)
	}
	parse := func(data []byte) *vault.Server {
		keys, err := vault.ParseServer(data)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	s = newStore(t)
	s.keys = parse(old.Server)
	s.reopen(t)
	version := s.publish(t, "a", 3, 1)
	s.write(t, version, [2]int{0, 10}, [2]int{1, 11})
	now := s.under(t, parse(both.Server))
	l := now.letters()
	now.holds(t, l, map[int]int{10: 0, 11: 1, 99: -1})
	now.write(t, version, [2]int{1, 21}, [2]int{2, 22})
	now.holds(t, l, map[int]int{10: 0, 11: -1, 21: 1, 22: 2})
	if err := now.Resets(now.keys).Check(t.Context()); err != nil {
		t.Error(err)
	}
	// The next version is made under the new tag key: its people have other handles.
	st, err := now.roster.Stage(t.Context(), meta("b"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		a := answerOf(n, 2)
		err := errors.Join(st.AddTag(t.Context(), tagOf(500+n), a), st.AddPerson(t.Context(), sqlstore.StagedPerson{
			Ref: int64(n + 1), Kind: breach.KindMember, Handle: handleOf(1000 + n), Older: []breach.Handle{handleOf(n)}, Person: a.Persons[0],
		}))
		if err != nil {
			t.Fatal(err)
		}
	}
	next, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	now.publishNow(t, next)
	now.holds(t, l, map[int]int{10: 0, 11: -1, 21: 1, 22: -1, 99: -1})
	if live, err := l.Live(t.Context(), next); err != nil || len(live) != 2 || !live[handleOf(1000)] || !live[handleOf(1001)] {
		t.Errorf("live in the next version: %v, %v", live, err)
	}
	again := []sqlstore.LetterIssue{{Person: handleOf(1000), Number: numberOf(t, 30), Check: checkOf(0)}}
	if err := l.Issue(t.Context(), next, again, letterEntry(audit.LetterIssue)); err != nil {
		t.Fatal(err)
	}
	now.holds(t, l, map[int]int{10: -1, 30: 0, 21: 1})
	if err := errors.Join(now.roster.Check(t.Context()), now.Resets(now.keys).Check(t.Context())); err != nil {
		t.Error(err)
	}
	now.publishNow(t, version)
	now.holds(t, l, map[int]int{10: -1, 21: 1, 22: 2})

	// Before the old tag key goes, all is written anew under the new one.
	now.publishNow(t, next)
	for range 2 {
		if err := l.LeaveKey(t.Context(), firstKey, letterEntry(audit.KeyRetired)); err != nil {
			t.Fatal(err)
		}
	}
	after := vault.Files{Server: both.Server}
	gone, _, err := after.Retire(firstKey)
	if err != nil {
		t.Fatal(err)
	}
	alone := s.under(t, parse(gone.Server))
	alone.holds(t, alone.letters(), map[int]int{10: -1, 11: -1, 30: 0, 21: 1, 22: -1, 99: -1})
	if err := alone.Resets(alone.keys).Check(t.Context()); err != nil {
		t.Error(err)
	}
	issue := []sqlstore.LetterIssue{{Person: handleOf(2), Number: numberOf(t, 10), Check: checkOf(2)}}
	if err := l.Issue(t.Context(), version, issue, letterEntry(audit.LetterIssue)); !errors.Is(err, sqlstore.ErrLetterTaken) {
		t.Errorf("a number that somebody has under the old key: %v", err)
	}
}

func (s *store) oneIssue(t testing.TB, person, number int) []sqlstore.LetterIssue {
	t.Helper()
	return []sqlstore.LetterIssue{{Person: handleOf(person), Number: numberOf(t, number), Check: checkOf(person)}}
}
