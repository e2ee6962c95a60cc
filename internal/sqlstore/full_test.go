package sqlstore_test

import (
	"bytes"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"fmt"
	"strings"
	"testing"
)

// TestDiskFull: at whatever step the disk is full, the error says so, the published
// version answers, nothing of the new one exists, and giving up makes room again.
func TestDiskFull(t *testing.T) {
	s := newStore(t)
	s.publish(t, "published", 40, 7)
	write, _ := sqlstore.Pools(s.DB)
	limit := func(pages int) {
		t.Helper()
		if err := run(write, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	used := count(t, write, `PRAGMA page_count`)
	failed := map[string]int{}
	for room := 2; ; room += 30 {
		limit(used + room)
		step, err := importStepByStep(t, s, 3_000)
		for _, n := range []int{3, 60} {
			if _, got, err := s.roster.Answer(t.Context(), nameOf(n)); err != nil || got.Listed() != (n < 40) {
				t.Errorf("room for %d pages, tag %d: %+v, %v", room, n, got, err)
			}
		}
		versions := count(t, write, `SELECT count(*) FROM roster_versions`)
		if err == nil {
			if versions != 2 {
				t.Errorf("%d versions, want 2", versions)
			}
			break
		}
		failed[step]++
		if !strings.Contains(err.Error(), "full") || versions != 1 {
			t.Fatalf("room for %d pages: %d versions, %v", room, versions, err)
		}
	}
	t.Logf("full at: %v", failed)
	if failed["people"] == 0 || failed["addresses"] == 0 || failed["commit"] == 0 {
		t.Error("the disk was not full at every step: the test shows nothing")
	}
	limit(count(t, write, `PRAGMA page_count`))
	if err := fillUp(t, s); !strings.Contains(fmt.Sprint(err), "full") {
		t.Errorf("decisions on a full disk: %v", err)
	}
	if n, log := count(t, write, `SELECT count(*) FROM decisions`), count(t, write, `SELECT count(*) FROM audit_entries WHERE action = 'review'`); n != log {
		t.Errorf("%d decisions and %d audit rows, want as many", n, log)
	}
}

// fillUp decides until the disk is full.
func fillUp(t *testing.T, s *store) error {
	for n := range 100_000 {
		one := []sqlstore.Decided{{Handle: recordOf(n), Reason: breach.NearBuyer, Decision: breach.DecidedOut}}
		if err := s.roster.Decide(t.Context(), one, "Sato", reviewEntry()); err != nil {
			return err
		}
	}
	return nil
}

// importStepByStep tells at which step an import failed. It gives up after an error.
func importStepByStep(t *testing.T, s *store, people int) (step string, err error) {
	t.Helper()
	st, err := s.roster.Stage(t.Context(), meta("new"))
	if err != nil {
		return "begin", err
	}
	defer func() {
		if e := st.Abort(t.Context()); e != nil {
			t.Errorf("giving up: %v", e)
		}
	}()
	evidence := bytes.Repeat([]byte("e"), 300)
	for n := range people {
		p := sqlstore.StagedPerson{Ref: int64(n + 1), Kind: breach.KindGuest, Handle: handleOf(n), Evidence: evidence}
		if err := st.AddPerson(t.Context(), p); err != nil {
			return "people", err
		}
	}
	for n := range people {
		if err := st.AddTag(t.Context(), tagOf(n), answerOf(n, 1)); err != nil {
			return "addresses", err
		}
	}
	_, err = st.Commit(t.Context(), importEntry())
	return "commit", err
}
