package doctor_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/doctor"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestWhereHeadsAreKept: whoever may write the database must not write them.
func TestWhereHeadsAreKept(t *testing.T) {
	r := newRig(t)
	heads := kept(t, r.Installation)
	folder := filepath.Dir(strings.TrimPrefix(r.Database, "sqlite:"))
	mode := func(mode os.FileMode) func() string {
		return func() string {
			path := write(t, heads...)
			must(t, os.Chmod(path, mode))
			return path
		}
	}
	beside := func() string {
		path := filepath.Join(folder, "heads.txt")
		must(t, os.WriteFile(path, []byte(strings.Join(heads, "")), 0o600))
		return path
	}
	link := func(to string) string {
		path := filepath.Join(t.TempDir(), "link.txt")
		must(t, os.Symlink(to, path))
		return path
	}
	for _, c := range []struct {
		name string
		path func() string
		want []string // each a warning; none: well
	}{
		{"elsewhere, its owner's", mode(0o600), nil},
		{"readable", mode(0o644), nil},
		{"its group's", mode(0o620), []string{"mode 0620"}},
		{"everybody's", mode(0o666), []string{"mode 0666"}},
		{"a link", func() string { return link(write(t, heads...)) }, []string{"symbolic link"}},
		{"beside the database", beside, []string{"in the folder of the database"}},
		{"a link to beside the database", func() string { return link(beside()) }, []string{"symbolic link", "in the folder of the database"}},
	} {
		i := doctor.Installation{KeyFile: r.KeyFile, Database: r.Database, Heads: c.path()}
		got := doctor.Examine(t.Context(), i)
		found := 0
		for _, f := range got.Findings {
			if f.Area == "audit" && f.Severity == doctor.Warning {
				found++
			}
		}
		if found != len(c.want) || !find(got, "audit", doctor.OK, "every row") {
			t.Errorf("%s: %d warnings\n%s", c.name, found, printed(t, got))
		}
		for _, want := range c.want {
			if !find(got, "audit", doctor.Warning, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, printed(t, got))
			}
		}
	}
}

// TestHeadsThatAServerDidNotKeep: it ran on long after a head that the file lacks.
func TestHeadsThatAServerDidNotKeep(t *testing.T) {
	r := newRig(t)
	heads := kept(t, r.Installation)
	keys, err := vault.LoadServer(r.KeyFile)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), r.Database)
	must(t, err)
	row := audit.Entry{At: time.Now().Add(30 * time.Second), Actor: audit.Actor{Kind: audit.Customer}, Action: audit.SessionEnd, Outcome: audit.Done}
	must(t, errors.Join(db.Audit(keys).Append(t.Context(), row), db.Close()))
	i := doctor.Installation{KeyFile: r.KeyFile, Database: r.Database, Heads: write(t, heads[:len(heads)-1]...)}
	if got := doctor.Examine(t.Context(), i); !find(got, "audit", doctor.Warning, "heads were cut off") {
		t.Errorf("cut off:\n%s", printed(t, got))
	}
	i.Heads = write(t, heads...)
	if got := doctor.Examine(t.Context(), i); !find(got, "audit", doctor.OK, "every row") {
		t.Errorf("all there:\n%s", printed(t, got))
	}
}

// TestAClockThatIsBehind: nothing is written in the future.
func TestAClockThatIsBehind(t *testing.T) {
	r := newRig(t)
	heads := kept(t, r.Installation)
	look := func(wrong time.Duration, heads string) doctor.Report {
		return doctor.Examine(t.Context(), doctor.Installation{
			KeyFile: r.KeyFile, Database: r.Database, Heads: heads, Now: func() time.Time { return time.Now().Add(wrong) },
		})
	}
	for _, wrong := range []time.Duration{0, -30 * time.Second, time.Hour} {
		if got := look(wrong, ""); !find(got, "clock", doctor.OK, "not behind") {
			t.Errorf("%v:\n%s", wrong, printed(t, got))
		}
	}
	for _, what := range []string{"behind the newest row", "behind the newest head", "NTP"} {
		if got := look(-3*time.Minute, ""); !find(got, "clock", doctor.Error, what) {
			t.Errorf("no %q:\n%s", what, printed(t, got))
		}
	}
	raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
	must(t, err)
	_, err = raw.Exec(`UPDATE audit_entries SET at = 0; DELETE FROM audit_heads`)
	must(t, errors.Join(err, raw.Close()))
	if got := look(-3*time.Minute, write(t, heads...)); !find(got, "clock", doctor.Error, "behind the newest head") || find(got, "clock", doctor.Error, "behind the newest row") {
		t.Errorf("a kept head:\n%s", printed(t, got))
	}
}

// TestAnUnreadableDatabase: whatever cannot be read of it, the advice is something to do.
func TestAnUnreadableDatabase(t *testing.T) {
	for table, area := range map[string]string{"audit_entries": "audit", "audit_heads": "audit", "publications": "database"} {
		r := newRig(t)
		r.Heads = write(t, kept(t, r.Installation)...)
		raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
		must(t, err)
		_, err = raw.Exec(`ALTER TABLE ` + table + ` RENAME TO gone`)
		must(t, errors.Join(err, raw.Close()))
		i := doctor.Installation{Incident: r.Incident, KeyFile: r.KeyFile, Database: r.Database, Heads: r.Heads}
		got := doctor.Examine(t.Context(), i)
		if !find(got, area, doctor.Error, "restore the database from its backup") || strings.Contains(printed(t, got), "read the error") {
			t.Errorf("without %s:\n%s", table, printed(t, got))
		}
	}
}
