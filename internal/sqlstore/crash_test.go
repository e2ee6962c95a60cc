package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// importEnv names the folder with the database and key file of a child process that
// imports until it is killed.
const importEnv = "EXPOSURE_TEST_IMPORT_TO"

// kills is how many child processes are killed. On a slow machine it is as many as fit
// into killTime, but a few.
const (
	kills, fewKills = 50, 15
	killTime        = 90 * time.Second
)

// TestKilledImport: kill -9 at fifty moments of staging and committing. The published
// version answers all the while, what exists is whole, and the rest is swept.
func TestKilledImport(t *testing.T) {
	if dir := os.Getenv(importEnv); dir != "" {
		importUntilKilled(t, dir)
		return
	}
	s, dir := newKilledStore(t)
	s.publish(t, "published", 40, 7)
	stop := answerThroughout(t, s)
	raw := s.raw(t)
	torn, killed, began := 0, 0, time.Now()
	for n := range kills {
		if n >= fewKills && time.Since(began) > killTime {
			break
		}
		killed++
		killAnImport(t, dir, 1+rand.IntN(3), time.Duration(rand.IntN(150))*time.Millisecond)
		if count(t, raw, `SELECT count(*) FROM roster_stagings`) > 0 {
			torn++
		}
		if n%10 == 9 {
			sweepAndLook(t, s, raw, fmt.Sprint("parent ", n))
		}
	}
	stop()
	all, err := s.roster.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all[1:] { // undecided is what is asked last, of a version that is proven
		if err := s.roster.Publishable(t.Context(), v.ID, twoNames()); err != nil && !errors.Is(err, sqlstore.ErrUndecided) {
			t.Errorf("version %d exists and is not whole: %v", v.ID, err)
		}
	}
	committed := len(all)
	t.Logf("%d of %d kills left a torn import; %d versions exist", torn, killed, committed)
	if torn == 0 || committed <= 1+killed/10 {
		t.Error("the kills never or always hit: the test shows nothing")
	}
	if err := s.roster.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// newKilledStore is a store whose keys a child process can load.
func newKilledStore(t *testing.T) (*store, string) {
	t.Helper()
	s := newStore(t)
	server, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	server = named(t, server)
	dir := filepath.Dir(s.path)
	if err := vault.WriteNew(filepath.Join(dir, "key"), server); err != nil {
		t.Fatal(err)
	}
	if s.keys, err = vault.ParseServer(server); err != nil {
		t.Fatal(err)
	}
	s.roster = s.DB.Roster(s.keys, digest)
	return s, dir
}

// answerThroughout asks the published version again and again until it is stopped.
func answerThroughout(t *testing.T, s *store) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			v, got, err := s.roster.Answer(context.WithoutCancel(ctx), nameOf(n%80))
			if err != nil || v.ID != 1 || got.Listed() != (n%80 < 40) || got.Dropped {
				t.Errorf("tag %d: %+v, %v", n%80, got, err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// killAnImport starts a child and waits until its n-th import begins, and some time more.
func killAnImport(t *testing.T, dir string, n int, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledImport$", "-test.v")
	cmd.Env = append(os.Environ(), importEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !strings.Contains(lines.Text(), "importing") {
			continue
		}
		if begun++; begun == n {
			time.Sleep(after)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if begun < n {
		t.Fatal("the child ended by itself")
	}
}

// sweepAndLook imports once more, and wants no row left that belongs to no version.
func sweepAndLook(t *testing.T, s *store, raw *sql.DB, sources string) {
	t.Helper()
	if _, err := commit(t.Context(), s.roster, sources, 3, 1); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"roster_persons", "roster_handles", "roster_tags", "roster_contacts", "roster_reviews"} {
		if n := count(t, raw, `SELECT count(*) FROM `+table+` WHERE version NOT IN (SELECT id FROM roster_versions)`); n != 0 {
			t.Errorf("%s: %d rows of dead imports are left", table, n)
		}
	}
}

func importUntilKilled(t *testing.T, dir string) {
	keys, err := vault.LoadServer(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(dir, "exposure.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := db.Roster(keys, digest)
	for n := 0; ; n++ {
		fmt.Println("importing")
		st, err := r.Stage(t.Context(), meta(fmt.Sprint(os.Getpid(), " ", n)))
		if err != nil {
			t.Fatal(err)
		}
		fill(t, st, 0, 1_200) // in the order of chance: linked at the end
		if err := st.AddReview(t.Context(), record(n, breach.NearBuyer, "")); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Commit(t.Context(), importEntry()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoImportsAtOnce: of two processes that import at the same time, each ends with a
// whole version or is told that it was swept, and nothing is left of the one that was.
func TestTwoImportsAtOnce(t *testing.T) {
	s := newStore(t)
	s.publish(t, "published", 40, 7)
	office, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer office.Close()
	rosters := []*sqlstore.Roster{s.roster, office.Roster(s.keys, digest)}
	lost, made := 0, 0
	for round := range 8 {
		results := make([]error, len(rosters))
		var wg sync.WaitGroup
		for i, r := range rosters {
			wg.Go(func() {
				time.Sleep(time.Duration(i*round*5) * time.Millisecond)
				_, results[i] = commit(t.Context(), r, fmt.Sprint(round%4 == 3, round, i), 1_200, round)
			})
		}
		wg.Wait()
		for _, err := range results {
			switch {
			case err == nil:
				made++
			case errors.Is(err, sqlstore.ErrStagingLost):
				lost++
			default:
				t.Errorf("round %d: %v", round, err)
			}
		}
	}
	all, err := s.roster.Versions(t.Context())
	if err != nil || len(all) != 1+made {
		t.Errorf("%d versions, %v; want %d", len(all), err, 1+made)
	}
	for _, v := range all[1:] {
		if err := s.roster.Publishable(t.Context(), v.ID, twoNames()); err != nil {
			t.Errorf("version %d is not whole: %v", v.ID, err)
		}
	}
	t.Logf("%d versions were made, %d imports were swept", made, lost)
	if made == 0 || lost == 0 {
		t.Error("the imports did not meet: the test shows nothing")
	}
	sweepAndLook(t, s, s.raw(t), "the last")
}
