package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// lock takes the write lock as another process would, and returns how to give it back.
func lock(t *testing.T, db *sql.DB) (unlock func()) {
	t.Helper()
	if err := run(db, `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := run(db, `COMMIT`); err != nil {
			t.Error(err)
		}
	}
}

func TestAppendKeepsEntriesAsTheyWere(t *testing.T) {
	s := newStore(t)
	accepted := guess(1, otp.Web, audit.Accepted)
	told := accepted
	told.Action, told.Outcome, told.Version, told.Detail = audit.Disclosure, audit.Done, 4, "listed"
	published := publishEntry(start)
	published.Version = told.Version
	end := audit.Entry{At: start, Actor: audit.Actor{Kind: audit.System}, Action: audit.SessionEnd, Outcome: audit.Done}
	if err := s.Audit().Append(t.Context(), published); err != nil {
		t.Fatal(err)
	}
	if err := s.Audit().Append(t.Context(), accepted, told); err != nil {
		t.Fatal(err)
	}
	if err := s.Audit().Append(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	rows, err := s.raw(t).QueryContext(t.Context(), `SELECT encoded FROM audit_entries ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []audit.Entry
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		e, err := audit.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff([]audit.Entry{published, accepted, told, end}, got); diff != "" {
		t.Error(diff)
	}
}

// TestOneBadRowFailsItsWholeBatch: everybody of a batch is told the same, and it is true.
func TestOneBadRowFailsItsWholeBatch(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	const poison = 7
	if err := run(raw, fmt.Sprintf(`CREATE TRIGGER poison BEFORE INSERT ON audit_entries WHEN new.at = %d BEGIN SELECT raise(ABORT, 'no'); END`,
		guess(poison, otp.Web, audit.Refused).At.UnixMilli())); err != nil {
		t.Fatal(err)
	}
	log := s.Audit()
	unlock := lock(t, raw) // so that the appends gather, behind one that waits for the lock
	ahead := make(chan error, 1)
	go func() { ahead <- log.Append(t.Context(), guess(999, otp.Web, audit.Refused)) }()
	time.Sleep(30 * time.Millisecond)
	results := make([]error, 40)
	var sent, wg sync.WaitGroup
	for n := range results {
		sent.Add(1)
		wg.Go(func() {
			sent.Done()
			results[n] = log.Append(t.Context(), guess(n, otp.Web, audit.Refused))
		})
	}
	sent.Wait()
	time.Sleep(50 * time.Millisecond) // only makes the batch bigger
	unlock()
	wg.Wait()
	if err := <-ahead; err != nil {
		t.Errorf("the batch ahead: %v", err)
	}
	failed := 0
	for n, err := range results {
		rows := count(t, raw, `SELECT count(*) FROM audit_entries WHERE at = ?`, guess(n, otp.Web, audit.Refused).At.UnixMilli())
		if (err == nil) != (rows == 1) {
			t.Errorf("append %d: %v, but %d rows", n, err, rows)
		}
		if err != nil {
			failed++
		}
	}
	if results[poison] == nil || failed < 2 {
		t.Errorf("%d appends failed, the poisoned one with %v; want it and its batch", failed, results[poison])
	}
	if err := log.Append(t.Context(), guess(1000, otp.Web, audit.Refused)); err != nil {
		t.Errorf("the log does not recover: %v", err)
	}
}

func TestAppendGivesUpWithItsContext(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	log := s.Audit()
	unlock := lock(t, raw)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := log.Append(ctx, guess(1, otp.Web, audit.Refused)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Append behind a lock = %v, want its deadline", err)
	}
	if err := log.Append(ctx, guess(2, otp.Web, audit.Refused)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Append with a dead context = %v, want its deadline", err)
	}
	unlock()
	if err := log.Append(t.Context(), guess(3, otp.Web, audit.Refused)); err != nil {
		t.Error(err)
	}
	if n := count(t, raw, `SELECT count(*) FROM audit_entries WHERE at = ?`, guess(2, otp.Web, audit.Refused).At.UnixMilli()); n != 0 {
		t.Error("an append that began with a dead context was written")
	}
}

func TestAppendRefusesUselessEntries(t *testing.T) {
	s := newStore(t)
	bad := guess(1, otp.Web, audit.Refused)
	bad.Tag = nil
	if err := s.Audit().Append(t.Context(), guess(2, otp.Web, audit.Refused), bad); !errors.Is(err, audit.ErrInvalid) {
		t.Errorf("Append = %v, want ErrInvalid", err)
	}
	if n := count(t, s.raw(t), `SELECT count(*) FROM audit_entries`); n != 0 {
		t.Errorf("%d rows of a refused append", n)
	}
}

// TestCloseDrains: what was taken before Close is written, what comes later is refused,
// and nobody is left waiting.
func TestCloseDrains(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	s := newStore(t)
	log := s.Audit()
	var written atomic.Int64
	var wg sync.WaitGroup
	for n := range 400 {
		wg.Go(func() {
			switch err := log.Append(t.Context(), guess(n, otp.Web, audit.Refused)); {
			case err == nil:
				written.Add(1)
			case !errors.Is(err, sqlstore.ErrClosed):
				t.Errorf("Append = %v", err)
			}
		})
		if n == 200 {
			wg.Go(func() {
				if err := log.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
		}
	}
	wg.Wait()
	if err := log.Append(t.Context(), guess(1, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrClosed) {
		t.Errorf("Append after Close = %v, want ErrClosed", err)
	}
	raw := s.raw(t)
	if n := count(t, raw, `SELECT count(*) FROM audit_entries`); int64(n) != written.Load() {
		t.Errorf("%d rows, but %d appends were told that they are written", n, written.Load())
	}
	if err := errors.Join(raw.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if err := s.Audit().Append(t.Context(), guess(1, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrClosed) {
		t.Errorf("Append to a closed database = %v, want ErrClosed", err)
	}
	if err := goleak.Find(leaks); err != nil {
		t.Error(err)
	}
}

// childEnv names the database that a child process appends to until it is killed.
const childEnv = "EXPOSURE_TEST_APPEND_TO"

// TestKilledWriter: kill -9 at any time. Every row that was reported written is there.
func TestKilledWriter(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		appendUntilKilled(t, path)
		return
	}
	s := newStore(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriter$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+s.path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reported []int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "written "))
		if err != nil {
			continue
		}
		reported = append(reported, n)
		if len(reported) == 300 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if len(reported) < 300 {
		t.Fatalf("the child reported %d rows only", len(reported))
	}
	for _, n := range reported {
		if count(t, s.raw(t), `SELECT count(*) FROM audit_entries WHERE at = ?`, guess(n, otp.Web, audit.Refused).At.UnixMilli()) != 1 {
			t.Errorf("row %d was reported written and is not there", n)
		}
	}
}

func appendUntilKilled(t *testing.T, path string) {
	db, err := sqlstore.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keys := newKeys(t)
	var mu sync.Mutex
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for n := int(next.Add(1)); n < 1_000_000; n = int(next.Add(1)) {
				if err := db.Audit(keys).Append(t.Context(), guess(n, otp.Web, audit.Refused)); err != nil {
					return
				}
				mu.Lock()
				fmt.Printf("written %d\n", n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
