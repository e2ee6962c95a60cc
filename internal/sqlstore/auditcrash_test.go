package sqlstore_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// earlierSchema is a database of the schema before the log was hashed.
func earlierSchema(t *testing.T, rows int) (*store, *sql.DB) {
	t.Helper()
	s, raw := atSchema(t, 3)
	tx, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for n := range rows {
		e := guess(n, otp.Web, audit.Refused)
		_, err := tx.Exec(`INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)`,
			n+1, e.At.UnixMilli(), string(e.Action), string(e.Outcome), e.Purpose, e.Tag[:], e.Attempt[:], e.Encode())
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return s, raw
}

// atSchema is an empty database at a schema.
func atSchema(t *testing.T, schema int64) (*store, *sql.DB) {
	t.Helper()
	s := &store{path: filepath.Join(t.TempDir(), "exposure.db"), keys: newKeys(t)}
	raw := s.raw(t)
	p, err := goose.NewProvider(goose.DialectSQLite3, raw, os.DirFS("migrations"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return s, raw
}

// logEnv is what a child process writes to: "DATABASE|KEYFILE|FIRST".
const logEnv = "EXPOSURE_TEST_LOG"

// withKeyFile keeps the keys of a store in a file, for child processes.
func withKeyFile(t *testing.T) (*store, string) {
	t.Helper()
	data, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := vault.WriteNew(path, data); err != nil {
		t.Fatal(err)
	}
	keys, err := vault.LoadServer(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &store{path: filepath.Join(t.TempDir(), "exposure.db"), keys: keys}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+s.path); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	return s, path
}

// writeLog is the child: it appends from sixteen callers, signs often, and says what is
// on the disk, until it is killed.
func writeLog(t *testing.T, env string) {
	part := strings.Split(env, "|")
	first, err := strconv.Atoi(part[2])
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.LoadServer(part[1])
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+part[0])
	if err != nil {
		t.Fatal(err)
	}
	log := db.Audit(keys)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for caller := range 16 {
		wg.Go(func() {
			for n := first + caller; ; n += 16 {
				if err := log.Append(t.Context(), guess(n, otp.Web, audit.Refused)); err != nil {
					t.Error(err)
					return
				}
				if n%5 == 0 {
					_ = log.Sign(t.Context())
				}
				mu.Lock()
				fmt.Printf("written %d\n", n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// child starts one and returns what it reports.
func child(t *testing.T, env string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledBetweenRowAndHead$", "-test.v")
	cmd.Env = append(os.Environ(), logEnv+"="+env)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// TestKilledBetweenRowAndHead: kill -9 at a random moment, again and again: the log is
// whole each time, every row that was reported is in it, the next process goes on, and
// every head ever read still agrees.
func TestKilledBetweenRowAndHead(t *testing.T) {
	if env := os.Getenv(logEnv); env != "" {
		writeLog(t, env)
		return
	}
	s, keyFile := withKeyFile(t)
	var kept []audit.Head
	rows, between := int64(0), 0
	for round := range 6 {
		cmd, lines := child(t, fmt.Sprintf("%s|%s|%d", s.path, keyFile, round*1_000_000))
		reported := map[int]bool{}
		for lines.Scan() {
			if n, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "written ")); err == nil {
				reported[n] = true
			}
			if len(reported) == 40+13*round {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait() // killed
		v := s.verify(t, kept...)
		if v.Bad != nil || v.Kept != len(kept) || v.Rows < rows+int64(len(reported)) {
			t.Fatalf("round %d: %+v, %v; %d rows were reported", round, v, v.Bad, len(reported))
		}
		for n := range reported {
			if count(t, s.raw(t), `SELECT count(*) FROM audit_entries WHERE at = ?`, guess(n, otp.Web, audit.Refused).At.UnixMilli()) != 1 {
				t.Errorf("row %d was reported written and is not there", n)
			}
		}
		if v.Unsigned > 0 {
			between++
		}
		rows = v.Rows
		s.Close()
		s.reopen(t)
		kept = append(kept, s.head(t)) // the restart signs what was left
	}
	if between == 0 {
		t.Log("no kill fell between a row and its head")
	}
	if v := s.verify(t, kept...); v.Bad != nil || v.Unsigned != 0 {
		t.Errorf("%+v, %v", v, v.Bad)
	}
}

// TestTwoProcesses: a server and an operator's program write to one log at once; no row is
// lost, none comes twice, and the tree is one.
func TestTwoProcesses(t *testing.T) {
	s, keyFile := withKeyFile(t)
	cmd, lines := child(t, fmt.Sprintf("%s|%s|%d", s.path, keyFile, 1_000_000))
	theirs := 0
	read := func() bool {
		if !lines.Scan() {
			return false
		}
		if strings.HasPrefix(lines.Text(), "written ") {
			theirs++
		}
		return true
	}
	const acts = 20
	for n := range acts {
		// Its reports wait in the pipe, which holds some thousands: the other process writes
		// beside every act, and not ever more rows where acts are slow.
		for want := theirs + 100; theirs < want; {
			if !read() {
				t.Fatalf("the other process ended after %d rows", theirs)
			}
		}
		one := []sqlstore.Decided{{Handle: recordOf(n), Reason: "near_buyer", Decision: "out"}}
		if err := s.roster.Decide(t.Context(), one, "Sato", reviewEntry()); err != nil {
			t.Errorf("act %d: %v", n, err)
		}
		s.guesses(t, n, 1)
		if v := s.verify(t); v.Bad != nil {
			t.Fatalf("act %d: %v", n, v.Bad)
		}
	}
	_ = cmd.Process.Kill()
	for read() {
	}
	_ = cmd.Wait()
	raw := s.raw(t)
	v := s.verify(t)
	mine := count(t, raw, `SELECT count(*) FROM audit_entries WHERE action = 'review' OR at < ?`, guess(1_000_000, otp.Web, audit.Refused).At.UnixMilli())
	if v.Bad != nil || mine != 2*acts || v.Rows < int64(mine+theirs) {
		t.Errorf("%+v, %v; %d rows of mine, want %d, and %d of the other process", v, v.Bad, mine, 2*acts, theirs)
	}
	if twice := count(t, raw, `SELECT count(*) - count(DISTINCT attempt) FROM audit_entries WHERE action = 'guess'`); twice != 0 {
		t.Errorf("%d rows came twice", twice)
	}
}
