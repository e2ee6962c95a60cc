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

// kept are the heads in a database, one text for each, after signing a row more.
func kept(t *testing.T, i doctor.Installation) []string {
	t.Helper()
	keys, err := vault.LoadServer(i.KeyFile)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), i.Database)
	must(t, err)
	log := db.Audit(keys)
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "Sato"}, Action: audit.Explain, Outcome: audit.Done}
	must(t, errors.Join(log.Append(t.Context(), entry), log.Sign(t.Context())))
	heads, err := db.HeadsAfter(t.Context(), 0, 100)
	must(t, errors.Join(err, db.Close()))
	var all []string
	for _, h := range heads {
		all = append(all, h.Signed+"\n")
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, parts ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "heads.txt")
	must(t, os.WriteFile(path, []byte(strings.Join(parts, "")), 0o600))
	return path
}

// TestHeads: the file of kept heads, held against the database.
func TestHeads(t *testing.T) {
	r := newRig(t)
	early := filepath.Join(t.TempDir(), "early.db")
	raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
	must(t, err)
	_, err = raw.Exec(`VACUUM INTO '` + early + `'`)
	must(t, errors.Join(err, raw.Close(), os.Chmod(early, 0o600)))
	heads := kept(t, r.Installation)
	if len(heads) < 2 {
		t.Fatalf("%d heads", len(heads))
	}
	later := func() time.Time { return time.Now().Add(2 * time.Minute) }
	for _, c := range []struct {
		name     string
		set      func(i *doctor.Installation)
		severity doctor.Severity
		want     string
	}{
		{"none is kept", func(i *doctor.Installation) { i.Heads = "" }, doctor.Note, "EXPOSURE_AUDIT_HEADS"},
		{"all is well", func(i *doctor.Installation) { i.Heads = write(t, heads...) }, doctor.OK, "every row"},
		{"a new file, or one that was emptied", func(i *doctor.Installation) { i.Heads, i.PrivateAddr = write(t), "" }, doctor.Warning, "compare it with your copy"},
		{"the oldest head gone", func(i *doctor.Installation) { i.Heads = write(t, heads[1:]...) }, doctor.Error, "shortened or overwritten"},
		{"no file", func(i *doctor.Installation) { i.Heads = filepath.Join(t.TempDir(), "no.txt") }, doctor.Warning, "does not exist"},
		{"a folder", func(i *doctor.Installation) { i.Heads = t.TempDir() }, doctor.Error, "cannot be written"},
		{"something else", func(i *doctor.Installation) { i.Heads = write(t, "something else\n") }, doctor.Error, "something else"},
		{"an altered head", func(i *doctor.Installation) { i.Heads = write(t, strings.Replace(heads[0], "\n", "1\n", 2)) }, doctor.Error, "something else"},
		{"a database put back", func(i *doctor.Installation) { i.Heads, i.Database = write(t, heads...), "sqlite:"+early }, doctor.Error, "put back"},
		{"a head that is new", func(i *doctor.Installation) { i.Heads = write(t, heads[:len(heads)-1]...) }, doctor.OK, "every row"},
		{"a head that is late", func(i *doctor.Installation) { i.Heads, i.Now = write(t, heads[:len(heads)-1]...), later }, doctor.Error, "behind"},
		{"late, but nobody serves", func(i *doctor.Installation) {
			i.Heads, i.Now, i.PrivateAddr = write(t, heads[:len(heads)-1]...), later, "127.0.0.1:1"
		}, doctor.OK, "every row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := doctor.Installation{KeyFile: r.KeyFile, Database: r.Database, PrivateAddr: r.PrivateAddr}
			c.set(&i)
			if got := doctor.Examine(t.Context(), i); !find(got, "audit", c.severity, c.want) {
				t.Errorf("want %s with %q, got\n%s", c.severity, c.want, printed(t, got))
			}
		})
	}
}

// TestAnAlteredLog: a row that somebody edited is found, whatever heads are kept.
func TestAnAlteredLog(t *testing.T) {
	r := newRig(t)
	kept(t, r.Installation)
	i := doctor.Installation{KeyFile: r.KeyFile, Database: r.Database}
	if got := doctor.Examine(t.Context(), i); !find(got, "audit", doctor.OK, "as it was written, all") {
		t.Errorf("before: %s", printed(t, got))
	}
	raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
	must(t, err)
	_, err = raw.Exec(`UPDATE audit_entries SET outcome = 'accepted' WHERE seq = 1`)
	must(t, errors.Join(err, raw.Close()))
	if got := doctor.Examine(t.Context(), i); !find(got, "audit", doctor.Error, "not as it was written: row 1") {
		t.Errorf("after: %s", printed(t, got))
	}
}

// TestHeadsNobodySigned: one that somebody put into the database, over more rows than there are,
// does not make the file look late; and a newest one that is not ours is told.
func TestHeadsNobodySigned(t *testing.T) {
	r := newRig(t)
	heads := kept(t, r.Installation)
	for name, c := range map[string]struct {
		do       string
		severity doctor.Severity
		want     string
	}{
		"put in":  {`INSERT INTO audit_heads VALUES (9000000000000000000, 'forged')`, doctor.OK, "every row"},
		"altered": {`UPDATE audit_heads SET signed = 'forged' WHERE size = (SELECT max(size) FROM audit_heads)`, doctor.Error, "not as it was written"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "copy.db")
			raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
			must(t, err)
			_, err = raw.Exec(`VACUUM INTO '` + path + `'`)
			must(t, errors.Join(err, raw.Close(), os.Chmod(path, 0o600)))
			raw, err = sql.Open("sqlite", path)
			must(t, err)
			_, err = raw.Exec(c.do)
			must(t, errors.Join(err, raw.Close()))
			i := doctor.Installation{KeyFile: r.KeyFile, Database: "sqlite:" + path, PrivateAddr: r.PrivateAddr, Heads: write(t, heads[:len(heads)-1]...)}
			got := doctor.Examine(t.Context(), i)
			if !find(got, "audit", c.severity, c.want) && !find(got, "clock", c.severity, c.want) {
				t.Errorf("want %s with %q, got\n%s", c.severity, c.want, printed(t, got))
			}
		})
	}
}

// TestWhereAlarmsGo: none is posted, and nothing of the URL is repeated.
func TestWhereAlarmsGo(t *testing.T) {
	zone := &zone{txt: map[string][]string{}}
	listening := listen(t, nil)
	listening.Path = "/CANARY"
	resolver := zone.serve(t)
	for _, c := range []struct {
		name, url string
		severity  doctor.Severity
		want      string
	}{
		{"none", "", doctor.Note, "EXPOSURE_ALARM_URL"},
		{"somebody listens", listening.String(), doctor.OK, "something listens"},
		{"nobody listens", "http://127.0.0.1:1/CANARY", doctor.Warning, "nothing listens"},
		{"no such name", "https://hooks.example.com/CANARY", doctor.Warning, "cannot be resolved"},
		{"readable on the way", "http://hooks.example.com/CANARY", doctor.Error, "cannot be posted to"},
		{"a cloud's metadata", "https://169.254.169.254/CANARY", doctor.Error, "cannot be posted to"},
	} {
		got := doctor.Examine(t.Context(), doctor.Installation{Alarm: c.url, Resolver: resolver})
		text := printed(t, got)
		if !find(got, "alarm", c.severity, c.want) || strings.Contains(text, "CANARY") || strings.Contains(text, "hooks.example.com") {
			t.Errorf("%s: want %s with %q, got\n%s", c.name, c.severity, c.want, text)
		}
	}
}
