package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"exposure/internal/live"
)

// databaseFault is something wrong with the database. Whoever asks for an answer hears
// "could not check".
type databaseFault struct {
	begin func(t *testing.T, s site) (end func())
	start heard // what a request for a code is answered
	lost  bool  // the right code that was entered meanwhile is; another came
}

func databaseFaults() map[string]databaseFault {
	// Nothing can be read: nobody knows whether the look-up is paused.
	blind := func(begin func(*testing.T, site) func()) databaseFault {
		return databaseFault{begin: begin, start: couldNot}
	}
	// All can be read and nothing written: a code is consumed before its row is not written.
	mute := func(begin func(*testing.T, site) func()) databaseFault {
		return databaseFault{begin: begin, start: accepted, lost: true}
	}
	return map[string]databaseFault{
		"the file is moved away":     blind(moved("")),
		"a copy is put in its place": blind(replaced),
		"its journal is moved away":  blind(moved("-wal")),
		"its index is moved away":    blind(moved("-shm")),
		"locked by another program":  mute(locked),
		"no room on the disk":        mute(filled),
	}
}

// moved moves a file of the database away, and back.
func moved(suffix string) func(*testing.T, site) func() {
	return func(t *testing.T, s site) func() {
		path := s.file() + suffix
		must(t, os.Rename(path, path+".away"))
		return func() { must(t, os.Rename(path+".away", path)) }
	}
}

// replaced restores a backup under the running server, so to speak.
func replaced(t *testing.T, s site) func() {
	back := moved("")(t, s)
	text, err := os.ReadFile(s.file() + ".away")
	must(t, err)
	must(t, os.WriteFile(s.file(), text, 0o600))
	return back
}

// locked holds the lock for writing, as somebody's database browser may.
func locked(t *testing.T, s site) func() {
	db := s.open(t)
	conn, err := db.Conn(t.Context())
	must(t, err)
	_, err = conn.ExecContext(t.Context(), `BEGIN EXCLUSIVE`)
	must(t, err)
	return func() {
		_, err := conn.ExecContext(t.Context(), `ROLLBACK`)
		must(t, errors.Join(err, conn.Close(), db.Close()))
	}
}

// filled leaves no byte on the disk.
func filled(t *testing.T, s site) func() {
	filler := filepath.Join(s.dir, "filler")
	f, err := os.Create(filler)
	must(t, err)
	for size := 64 << 10; size > 0; { // down to the last page
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	must(t, f.Close())
	return func() { must(t, os.Remove(filler)) }
}

// TestDatabaseFaults: with the database broken in any way everybody hears "could not
// check" and nobody "not on the list"; there is a row for what was told and none for what
// was not; and once it is mended all goes on, without a restart.
func TestDatabaseFaults(t *testing.T) {
	for name, f := range databaseFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis, office := live.NewRedis(t), openPostOffice(t)
			s, shop := inventedSite(t, live.Disk(t, "24m"))
			c := onStage(t, s, shop, s.spawn(t, redis.URL(), office.url), office)
			end := f.begin(t, s)
			c.whileDatabase(t, f)
			end()
			c.recovers(t)
			c.afterDatabase(t, f)
			c.server.stop(t)
			if v := s.verifyLog(t, nil); v.Bad != nil {
				t.Errorf("the audit log: %v", v.Bad)
			}
		})
	}
}

func (c *cast) whileDatabase(t *testing.T, f databaseFault) {
	t.Helper()
	same(t, "a request for a code", c.starts(t, c.people[theNewcomer]), f.start)
	same(t, "a wrong code", c.confirms(t, c.holder, wrong(c.code)), couldNot) // "wrong" is told with its row only
	same(t, "a right code", c.confirms(t, c.holder, c.code), couldNot)
	same(t, "a report", c.reads(t), couldNot)
	if got := c.ready(t); got != 503 {
		t.Errorf("readyz: %d", got)
	}
	c.facts(t)
	if f.start == accepted { // mails do not need the disk
		c.office.box(t, c.people[theNewcomer], 1)
	}
}

func (c *cast) afterDatabase(t *testing.T, f databaseFault) {
	t.Helper()
	holder, rows := c.people[theHolder], disclosed
	if got := c.rows(t, holder); got != "" {
		t.Errorf("the audit log holds %q about somebody who was told nothing", got)
	}
	if f.lost { // and is a wrong one now
		same(t, "the same code again", c.confirms(t, c.holder, c.code), rejected)
		rows = "guess refused, " + disclosed
		c.code = c.office.code(t, holder, 2)
	}
	same(t, "the code that is valid", c.confirms(t, c.holder, c.code), answered)
	same(t, "the same a second time", c.confirms(t, c.holder, c.code), rejected)
	if got := c.rows(t, holder); got != rows+usedUp {
		t.Errorf("the audit log holds %q, want %q", got, rows+usedUp)
	}
	same(t, "a report", c.reads(t), answered)
	mails := len(c.office.box(t, c.people[theNewcomer], 0))
	v := c.b.start(t, c.people[theNewcomer])
	same(t, "a code asked for afterwards", c.confirms(t, v, c.office.latest(t, c.people[theNewcomer], mails+1)), answered)
	c.budgetHolds(t)
}

// TestDamagedPages overwrites everything in the database file but its first page: people
// are told what is proven, or that it could not be checked. The server refuses to start on
// such a file; with the right one back it serves.
func TestDamagedPages(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	c := onStage(t, s, shop, s.spawn(t, redis.URL(), office.url), office)
	sound, err := os.ReadFile(s.file())
	must(t, err)
	c.damage(t, sound)
	if got := c.reads(t); got == answered { // from memory; its row makes the server look again
		got = c.reads(t)
		same(t, "a report from damaged pages", got, couldNot)
	}
	same(t, "a right code", c.confirms(t, c.holder, c.code), couldNot)
	if got := c.ready(t); got != 503 {
		t.Errorf("readyz: %d", got)
	}
	must(t, c.server.Kill())
	_ = c.server.wait()
	if p, err := s.trySpawn(t, redis.URL(), office.url); err == nil {
		t.Error("the server started on damaged pages")
	} else if bytes.Contains([]byte(p.log.String()), []byte("goroutine")) {
		t.Errorf("the server crashed: %s", p.log.String())
	}
	must(t, os.WriteFile(s.file(), sound, 0o600))
	s.passLease(t, redis.URL()) // it may have been about to hand over a mail
	c.server = s.spawn(t, redis.URL(), office.url)
	c.b = from(c.server.public, here)
	// A code that was right before the damage was seen is used up, and another one is mailed.
	// If the server was killed just as that mail left, it is mailed once more, and the later counts.
	got := c.confirms(t, c.holder, c.code)
	for n := 2; n <= 3 && got == rejected; n++ {
		got = c.confirms(t, c.holder, c.office.code(t, c.people[theHolder], n))
	}
	same(t, "the right code once the file is sound", got, answered)
	c.budgetHolds(t)
}

// damage leaves the first page, which says what kind of file it is.
func (c *cast) damage(t *testing.T, sound []byte) {
	t.Helper()
	f, err := os.OpenFile(c.file(), os.O_WRONLY, 0)
	must(t, err)
	defer f.Close()
	const page = 4096
	_, err = f.Seek(page, io.SeekStart)
	must(t, err)
	_, err = f.Write(bytes.Repeat([]byte{0xff}, len(sound)-page))
	must(t, err)
}

// TestReadOnlyDatabase: a folder that cannot be written while the server runs disturbs
// nobody; a server that would find its database read-only refuses to start.
func TestReadOnlyDatabase(t *testing.T) {
	for name, lock := range map[string]func(site) error{
		"folder": func(s site) error { return os.Chmod(s.dir, 0o500) },
		"file":   func(s site) error { return os.Chmod(s.file(), 0o400) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			t.Cleanup(func() { _ = os.Chmod(s.dir, 0o700) })
			redis, office := live.NewRedis(t), openPostOffice(t)
			c := onStage(t, s, shop, s.spawn(t, redis.URL(), office.url, unprivileged(t)...), office)
			must(t, lock(s))
			same(t, "a right code", c.confirms(t, c.holder, c.code), answered)
			same(t, "a report", c.reads(t), answered)
			c.server.stop(t)
			if v := s.verifyLog(t, nil); v.Bad != nil {
				t.Errorf("the audit log: %v", v.Bad)
			}
			p, err := s.trySpawn(t, redis.URL(), office.url, unprivileged(t)...)
			if err == nil || !strings.Contains(p.log.String(), "readonly database") {
				t.Errorf("the server started, or does not say why not: %s", p.log.String())
			}
		})
	}
}

// unprivileged is a command that takes from root the right to write what is read-only.
func unprivileged(t *testing.T) []string {
	t.Helper()
	if syscall.Getuid() != 0 {
		return nil
	}
	path, err := exec.LookPath("setpriv")
	if err != nil {
		live.Missing(t, "setpriv is not installed, and root may write anything")
	}
	return []string{path, "--bounding-set=-dac_override,-dac_read_search", "--"}
}

// TestDeletedJournal: rows that are committed lie in the journal, which somebody deletes
// under the running server. It notices, and a server that is stopped in order loses none.
func TestDeletedJournal(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	redis, office := live.NewRedis(t), openPostOffice(t)
	c := onStage(t, s, shop, s.spawn(t, redis.URL(), office.url), office)
	must(t, os.Remove(s.file()+"-wal"))
	same(t, "a right code", c.confirms(t, c.holder, c.code), couldNot)
	must(t, c.server.Signal(syscall.SIGTERM))
	_ = c.server.wait() // the last head could not be signed, which it says
	c.server = s.spawn(t, redis.URL(), office.url)
	c.b = from(c.server.public, here)
	if got := s.rows(t, c.people[theReader]); got != disclosed {
		t.Errorf("of a disclosure the audit log holds %q", got)
	}
	same(t, "the right code afterwards", c.confirms(t, c.holder, c.code), answered)
	c.budgetHolds(t)
	c.server.stop(t)
	if v := s.verifyLog(t, nil); v.Bad != nil {
		t.Errorf("the audit log: %v", v.Bad)
	}
}
