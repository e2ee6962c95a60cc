package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/demo"
)

// overlap plants a table that begins in the middle of another one: nothing finds it but whoever
// drops both.
const overlap = `PRAGMA writable_schema = ON; INSERT INTO sqlite_master SELECT 'table', 'x', 'x', pageno, 'CREATE TABLE x (a)' FROM dbstat
	WHERE name = 'roster_tags' AND pagetype = 'leaf' AND path <> '/' LIMIT 1`

func plantOverlap(t *testing.T, path string) {
	t.Helper()
	db := openRaw(t, path)
	_, err := db.Exec(overlap)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// isGone checks that nothing is left of a database file and those beside it.
func isGone(t *testing.T, path string) {
	t.Helper()
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// TestPurgeOfADamagedDatabase: keys and Redis go; the file stays until the order is another one,
// which the error says without a word of backups; then it goes whole, and a purge that is
// repeated says so again.
func TestPurgeOfADamagedDatabase(t *testing.T) {
	d := newDoomed(t)
	plantOverlap(t, d.path())
	for range 2 {
		code, said := purgeOf(t, d.Site, d.report, "a test", "--redis-url", d.store.URL())
		if code != exitRefused || !strings.Contains(said, "run this again with --audit-too") || strings.Contains(said, "backup") || strings.Contains(said, "run it again:") {
			t.Errorf("exit %d: %s", code, said)
		}
		if _, err := os.Stat(d.KeyFile); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the key file: %v", err)
		}
		if r, err := loadPurge(d.report); err != nil || r.FinishedAt != nil || r.Damaged == nil || r.Damaged.Gone || !r.Redis.Done {
			t.Errorf("the report: %+v, %v", r, err)
		}
	}
	d.isRefused(t)
	for _, order := range []string{"--audit-too", "--audit-too", "--json"} {
		code, said := purgeOf(t, d.Site, d.report, "a test", order)
		if code != exitDone || !strings.Contains(said, "which was damaged, went whole: ") || strings.Contains(said, "holds no row") || strings.Contains(said, "audit log stays") {
			t.Errorf("%s: exit %d: %s", order, code, said)
		}
		isGone(t, d.path())
	}
}

// isRefused checks that the damaged file does not go while somebody has it open, and that the
// report of it says nothing of another one.
func (d *doomed) isRefused(t *testing.T) {
	t.Helper()
	db := openRaw(t, d.path())
	if _, err := db.Exec(`SELECT count(*) FROM sqlite_master`); err != nil {
		t.Fatal(err)
	}
	code, said := purgeOf(t, d.Site, d.report, "a test", "--audit-too")
	if code != exitRefused || !strings.Contains(said, "stop the server first") {
		t.Errorf("open elsewhere: exit %d: %s", code, said)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	other := *d.Site
	other.Database += ".other"
	if code, said := purgeOf(t, &other, d.report, "a test", "--audit-too"); code != exitRefused {
		t.Errorf("another file: exit %d: %s", code, said)
	}
	if _, err := os.Stat(d.path()); err != nil {
		t.Error(err)
	}
}

// TestKilledPurgesOfADamagedDatabase: the next run completes what was killed before the file was
// touched, amid its end, and just after.
func TestKilledPurgesOfADamagedDatabase(t *testing.T) {
	for name, then := range map[string]func(path string) error{
		"before": func(string) error { return nil },
		"amid": func(path string) error {
			random := make([]byte, 64<<10)
			rand.Read(random)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.Write(random)
			return errors.Join(err, f.Close())
		},
		"after": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoomed(t)
			plantOverlap(t, d.path())
			if err := d.purgeUntil(t, stepWhole, "--audit-too"); err == nil {
				t.Fatal("it was not killed")
			}
			if err := then(d.path()); err != nil {
				t.Fatal(err)
			}
			if err := d.purgeUntil(t, "never"); err != nil {
				t.Fatalf("the run after that: %v", err)
			}
			isGone(t, d.path())
			r, err := loadPurge(d.report)
			if err != nil || r.FinishedAt == nil || r.Damaged == nil || !r.Damaged.Gone || (r.Damaged.Overwritten == 0) != (name == "after") || !r.Redis.Done {
				t.Errorf("the report: %+v, %v", r, err)
			}
		})
	}
}

// TestPurgeOfWhatIsNoDatabase: a file that cannot be read may be the wrong one, so that it takes
// two words to destroy it; until then nothing is touched.
func TestPurgeOfWhatIsNoDatabase(t *testing.T) {
	s, err := demo.Prepare(t.Context(), t.TempDir(), 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path, report := strings.TrimPrefix(s.Database, "sqlite:"), filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, orders := range [][]string{nil, {"--audit-too", "--altered-log=false"}} {
		code, said := purgeOf(t, s, report, "a test", orders...)
		if code != exitRefused || !strings.Contains(said, "--audit-too --altered-log") || strings.Contains(said, "backup") {
			t.Errorf("%q: exit %d: %s", orders, code, said)
		}
		isWhole(t, s, report)
	}
	code, said := purgeOf(t, s, report, "a test", "--audit-too")
	if code != exitDone || !strings.Contains(said, "went whole: 12000 bytes") {
		t.Errorf("exit %d: %s", code, said)
	}
	isGone(t, path)
}
