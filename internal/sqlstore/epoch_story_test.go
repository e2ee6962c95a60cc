package sqlstore_test

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestOperatorsAreSeenAtOnce: while a server writes guesses as fast as it can, whatever an
// operator's program has committed is seen by the very next question.
func TestOperatorsAreSeenAtOnce(t *testing.T) {
	s := newStore(t)
	office := s.roster
	s.publish(t, "first", 5, 1)
	s.reopen(t)
	var busy sync.WaitGroup
	var stop atomic.Bool
	for i := range 3 {
		busy.Go(func() {
			for n := 0; !stop.Load(); n++ {
				if err := s.Audit().Append(t.Context(), guess(1_000_000*(i+1)+n, otp.Web, audit.Refused)); err != nil {
					t.Error(err)
					return
				}
				if _, err := s.roster.Standing(t.Context(), nameOf(1), otp.Web); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range 60 {
		order := sqlstore.PauseOrder{Reason: "a wrong list", OSUser: "hana", Host: "office"}
		if err := office.Pause(t.Context(), order, entryFor(audit.Pause, start)); err != nil {
			t.Fatal(err)
		}
		if p, err := s.roster.Paused(t.Context()); p == nil || err != nil {
			t.Fatalf("pause %d is not seen: %v, %v", n, p, err)
		}
		if err := office.Resume(t.Context(), sqlstore.ResumeOrder{OSUser: "hana", Host: "office"}, entryFor(audit.Resume, start)); err != nil {
			t.Fatal(err)
		}
		if p, err := s.roster.Paused(t.Context()); p != nil || err != nil {
			t.Fatalf("the end of pause %d is not seen: %v, %v", n, p, err)
		}
	}
	stop.Store(true)
	busy.Wait()
}

// TestOwnRowsCostNothing: the rows that a server writes make it prove nothing again, and
// anything that somebody else commits does.
func TestOwnRowsCostNothing(t *testing.T) {
	s := newStore(t)
	s.publish(t, "first", 5, 1)
	statements := sqlstore.CountStatements(s.DB, "file:"+s.path)
	ask := func() int64 {
		t.Helper()
		before := statements.Load()
		if p, err := s.roster.Paused(t.Context()); p != nil || err != nil {
			t.Fatal(p, err)
		}
		if _, _, err := s.roster.Answer(t.Context(), nameOf(1)); err != nil {
			t.Fatal(err)
		}
		return statements.Load() - before
	}
	ask()
	s.guesses(t, 0, 1) // the first append learns the log
	ask()
	for round := range 5 {
		s.guesses(t, 10+3*round, 3)
		if got := ask(); got != 1 {
			t.Fatalf("after rows of its own %d statements, want 1: the answer's", got)
		}
	}
	raw := s.raw(t)
	if err := run(raw, `PRAGMA user_version = 7`); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got < 2 {
		t.Errorf("after somebody else's commit %d statements", got)
	}
	if err := run(raw, `UPDATE publications SET by_name = 'nobody'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.roster.Standing(t.Context(), nameOf(1), otp.Web); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("an altered publication: %v", err)
	}
	if _, _, err := s.roster.Answer(t.Context(), nameOf(1)); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("an altered publication: %v", err)
	}
}

// TestAFolderThatSettledIsWatched: files are not looked at one by one while their folder
// stays the same, and what is done to them changes it.
func TestAFolderThatSettledIsWatched(t *testing.T) {
	s := newStore(t)
	folder := s.path[:len(s.path)-len("/exposure.db")]
	settled := func(changed time.Time) bool {
		t.Helper()
		if err := os.Chtimes(folder, changed, changed); err != nil {
			t.Fatal(err)
		}
		if _, err := s.roster.Paused(t.Context()); err != nil {
			t.Fatal(err)
		}
		return sqlstore.Settled(s.DB, changed)
	}
	now := time.Now().Truncate(time.Second) // which every file system counts
	if settled(now.Add(time.Minute)) {
		t.Fatal("a folder that changes right now has settled")
	}
	if !settled(now.Add(-time.Hour)) {
		t.Fatal("a folder that nobody touched for an hour has not settled")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(s.path+suffix, s.path+".away"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.roster.Paused(t.Context()); !errors.Is(err, breach.ErrUnproven) || !errors.Is(err, sqlstore.ErrMoved) {
			t.Errorf("%q is away: %v", suffix, err)
		}
		if err := os.Rename(s.path+".away", s.path+suffix); err != nil {
			t.Fatal(err)
		}
		if _, err := s.roster.Paused(t.Context()); err != nil {
			t.Errorf("%q is back: %v", suffix, err)
		}
	}
}
