package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

func TestDoubtNeverReadsAsAbsence(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	other := sha256.Sum256([]byte("another incident file"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		roster *sqlstore.Roster
		want   error
	}{
		{"another incident file", t.Context(), s.DB.Roster(s.keys, other), sqlstore.ErrIncidentDiffers},
		{"another key file", t.Context(), s.DB.Roster(newKeys(t), digest), sqlstore.ErrKeysDiffer},
		{"nothing published", t.Context(), newStore(t).roster, sqlstore.ErrNoVersion},
		{"the caller left", gone, s.roster, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, answer, err := c.roster.Answer(c.ctx, nameOf(99))
			_, standing := c.roster.Standing(c.ctx, nameOf(99), "web")
			for name, err := range map[string]error{
				"Answer": err, "Standing": standing, "Ready": c.roster.Ready(c.ctx), "Check": c.roster.Check(c.ctx),
			} {
				if !errors.Is(err, breach.ErrUnproven) || !errors.Is(err, c.want) {
					t.Errorf("%s = %v, want %v", name, err, c.want)
				}
			}
			if answer.Persons != nil {
				t.Error("an answer came with the error")
			}
		})
	}
}

// TestRestoreUnderARunningServer: everything, the log too, is put back to an earlier, in itself
// flawless state. The server that has seen the later one does not believe it; after a
// restart only a kept head of the audit log can tell.
func TestRestoreUnderARunningServer(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	s.publish(t, "a", 5, 1)
	for _, table := range []string{"publications", "audit_entries", "audit_heads", "audit_tree", "sqlite_sequence"} {
		if err := run(raw, `CREATE TEMP TABLE kept_`+table+` AS SELECT * FROM `+table); err != nil {
			t.Fatal(err)
		}
	}
	s.publish(t, "b", 9, 2)
	resets := s.Resets(s.keys)
	if v, err := resets.Published(t.Context()); err != nil || v != 2 {
		t.Fatal(v, err)
	}
	if _, _, err := s.roster.Answer(t.Context(), nameOf(8)); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"publications", "audit_entries", "audit_heads", "audit_tree", "sqlite_sequence"} {
		if err := run(raw, `DELETE FROM `+table+`; INSERT INTO `+table+` SELECT * FROM kept_`+table); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.roster.Answer(t.Context(), nameOf(8)); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("Answer = %v, want ErrAltered", err)
	}
	if err := s.roster.Ready(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("Ready = %v, want ErrAltered", err)
	}
	if v, err := resets.Published(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("an order goes on under version %d, %v, want ErrAltered", v, err)
	}
	if _, got, err := s.DB.Roster(s.keys, digest).Answer(t.Context(), nameOf(8)); err != nil || got.Listed() {
		t.Errorf("whoever has not seen it: %v, %v; then the server's memory was not what told", got, err)
	}
}

// TestGoingBackToAnOldVersion is the lawful way to do the same.
func TestGoingBackToAnOldVersion(t *testing.T) {
	s := newStore(t)
	old := s.publish(t, "a", 5, 1)
	s.publish(t, "b", 9, 2)
	if err := s.roster.Publish(t.Context(), old, twoNames(), publishEntry(start.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	v, got, err := s.roster.Answer(t.Context(), nameOf(8))
	if err != nil || got.Listed() || v.ID != old || !v.PublishedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("Answer = %+v, %v, %v; want version %d, published an hour later", v, got, err, old)
	}
}

// TestRowsOfADeadAttempt: a version number is given out again because the database was
// put back, and rows of the first attempt with that number are slipped into the second.
// They prove an absence that is none any more; the salt makes them foreign.
func TestRowsOfADeadAttempt(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	if id := s.publish(t, "a", 5, 1); id != 1 {
		t.Fatal(id)
	}
	for _, q := range []string{
		`CREATE TEMP TABLE first AS SELECT * FROM roster_tags`, `DELETE FROM roster_tags`, `DELETE FROM roster_persons`, `DELETE FROM roster_handles`,
		`DELETE FROM publications`, `DELETE FROM roster_versions`, `DELETE FROM sqlite_sequence`,
	} {
		if err := run(raw, q); err != nil {
			t.Fatal(q, err)
		}
	}
	s.reopen(t)
	if id := s.publish(t, "b", 50, 1); id != 1 {
		t.Fatalf("version %d, want number 1 again", id)
	}
	if err := run(raw, `INSERT OR REPLACE INTO roster_tags SELECT * FROM first`); err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		if _, got, err := s.roster.Answer(t.Context(), nameOf(n)); err == nil && !got.Listed() {
			t.Errorf("tag %d is listed, but reads as absent", n)
		}
	}
}

// TestPublishingDuringReads: readers run while two versions take turns. Every answer is
// wholly of the version it names.
func TestPublishingDuringReads(t *testing.T) {
	s := newStore(t)
	rounds := map[int64]int{}
	for i := 1; i <= 2; i++ {
		rounds[s.publish(t, fmt.Sprint(i), 10*i, i)] = i
	}
	var stop atomic.Bool
	var seen [3]atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				v, got, err := s.roster.Answer(t.Context(), nameOf(n%25))
				if err != nil {
					t.Errorf("Answer = %v", err)
					return
				}
				round := rounds[v.ID]
				want := breach.Answer{Dropped: round == 1 && n%25 >= 10 && n%25 < 20} // the other version lists them
				if n%25 < 10*round {
					want = answerOf(n%25, round)
				}
				if diff := cmp.Diff(want, got); diff != "" || v.People != 10*round {
					t.Errorf("version %d, tag %d: %s", v.ID, n%25, diff)
					return
				}
				seen[round].Add(1)
			}
		})
	}
	for i := range 60 {
		if err := s.roster.Publish(t.Context(), int64(1+i%2), twoNames(), publishEntry(start.Add(time.Duration(i)*time.Second))); err != nil {
			t.Errorf("Publish = %v", err)
		}
	}
	stop.Store(true)
	wg.Wait()
	if seen[1].Load() == 0 || seen[2].Load() == 0 {
		t.Errorf("answers of the versions: %d and %d; the test shows nothing", seen[1].Load(), seen[2].Load())
	}
}

// TestSameStatementsListedOrNot: what is asked of the database does not depend on
// whether somebody is listed, so its load and its timing do not either. Once a version was
// replaced, whoever is not listed costs one statement more, however many there were.
func TestSameStatementsListedOrNot(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	statements := sqlstore.CountStatements(s.DB, "file:"+s.path)
	ask := func(n int) int64 {
		before := statements.Load()
		if _, _, err := s.roster.Answer(t.Context(), nameOf(n)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.roster.Standing(t.Context(), nameOf(n), "web"); err != nil {
			t.Fatal(err)
		}
		return statements.Load() - before
	}
	for replaced := range 3 {
		ask(20) // the first look-up learns which version is published
		for n := range 10 {
			want := int64(2)
			if replaced > 0 && n >= 5 {
				want = 3
			}
			if got := ask(n); got != want {
				t.Errorf("%d versions were replaced, tag %d: %d statements, want %d", replaced, n, got, want)
			}
		}
		s.publish(t, fmt.Sprint(replaced), 5, 1)
	}
}

// TestManyFirstLookUps: right after a start, and after each publication, everybody at once
// has to prove the guard anew. More of them than connections must not wait for each other.
func TestManyFirstLookUps(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	s.reopen(t)
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			if _, got, err := s.roster.Answer(t.Context(), nameOf(n)); err != nil || got.Listed() != (n < 5) {
				t.Errorf("tag %d: Answer = %+v, %v", n, got, err)
			}
		})
	}
	wg.Wait()
}

func TestDatabaseFileVanishes(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 5, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.roster.Answer(t.Context(), nameOf(99)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a closed database: Answer = %v", err)
	}
	if err := os.Truncate(s.path, 4096); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
	if err != nil {
		return // refused at the door
	}
	defer db.Close()
	if _, _, err := db.Roster(s.keys, digest).Answer(t.Context(), nameOf(99)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a truncated database: Answer = %v", err)
	}
}
