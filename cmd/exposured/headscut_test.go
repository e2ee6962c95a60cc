package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// proving starts a server that proves the whole log that often.
func (s site) proving(t *testing.T, every time.Duration, more ...string) *running {
	t.Helper()
	r, code := s.tryServeAs(t, program{proveEvery: every}, "", openPostOffice(t).url, more...)
	if r == nil {
		t.Fatalf("exposured ended with %d", code)
	}
	return r
}

// signed writes rows as another program with the server's keys does, and signs them.
func (s site) signed(t *testing.T, rows int) {
	t.Helper()
	s.signedAt(t, rows, time.Now())
}

func (s site) signedAt(t *testing.T, rows int, at time.Time) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	log := db.Audit(keys)
	for i := range rows {
		end := audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Customer}, Action: audit.SessionEnd, Outcome: audit.Done, Attempt: [16]byte{byte(i), byte(rows)}}
		must(t, log.Append(t.Context(), end))
	}
	must(t, log.Sign(t.Context()))
	must(t, log.Close())
}

// forked is another database with the same beginning: an early copy, written on with the keys.
func (s site) forked(t *testing.T, early []byte, rows int) site {
	t.Helper()
	s.database = "sqlite:" + filepath.Join(t.TempDir(), "forked.db")
	must(t, os.WriteFile(s.file(), early, 0o600))
	s.signed(t, rows)
	return s
}

// lastHead is the newest head of a database, as text.
func (s site) lastHead(t *testing.T) string {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	_, signed, err := db.NewestHead(t.Context(), keys)
	must(t, err)
	return signed
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

// TestForgedBehindAnOlderHead: whoever has the keys writes another log, and signs it. Its
// newest head is right; an older one that was kept shows it.
func TestForgedBehindAnOlderHead(t *testing.T) {
	s, _ := smallSite(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	early := contentOf(t, s.file())
	s.signed(t, 2)
	s.proving(t, 0, "--audit-heads", path).stop()
	fork := s.forked(t, early, 50)
	heads := append(contentOf(t, path), fork.lastHead(t)...)
	must(t, os.WriteFile(path, heads, 0o600))
	if r, code := fork.tryServe(t, "", openPostOffice(t).url, "--audit-heads", path); r != nil || code != 1 {
		t.Errorf("a log that an older head does not fit is served (%d)", code)
	}
	if r, _ := fork.tryServe(t, "", openPostOffice(t).url); r == nil {
		t.Error("the forged log is not whole by itself")
	}
}

// TestForgedWhileServing: the same under a running server, which has the heads of its file,
// and those signed since, in mind.
func TestForgedWhileServing(t *testing.T) {
	for name, flags := range map[string][]string{"a head of the file": {"--audit-heads", filepath.Join(t.TempDir(), "heads.txt")}, "a head it saw": nil} {
		t.Run(name, func(t *testing.T) {
			s, _ := smallSite(t)
			pager := openPager(t)
			early := contentOf(t, s.file())
			if flags != nil {
				s.signed(t, 2)
			}
			r := s.proving(t, 100*time.Millisecond, pager.flags(flags...)...)
			if flags == nil {
				s.signed(t, 2)
				eventually(t, "the head is seen", func() bool { return strings.Count(r.log.String(), "audit log signed") > 0 })
			}
			fork := s.forked(t, early, 50)
			s.exec(t, `ATTACH DATABASE '`+fork.file()+`' AS fork; BEGIN IMMEDIATE;
				DELETE FROM audit_entries; DELETE FROM audit_heads; DELETE FROM audit_tree;
				INSERT INTO main.audit_entries SELECT * FROM fork.audit_entries; INSERT INTO main.audit_heads SELECT * FROM fork.audit_heads;
				INSERT INTO main.audit_tree SELECT * FROM fork.audit_tree; COMMIT`)
			if v := s.verifyLog(t, nil); v.Bad != nil {
				t.Fatalf("the forged log is not whole by itself: %v", v.Bad)
			}
			pager.await(t, "audit-altered begun")
			if !strings.Contains(r.log.String(), "the log was rewritten") {
				t.Errorf("the log: %s", r.tail(3))
			}
		})
	}
}

// TestARowAlteredWhileServing: nobody asks for the person it is about, and nobody restarts.
func TestARowAlteredWhileServing(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	s.signed(t, 2)
	r := s.proving(t, 100*time.Millisecond, pager.flags()...)
	pager.only(t)
	s.exec(t, `UPDATE audit_entries SET at = at - 1000 WHERE seq = 1`)
	pager.await(t, "audit-altered begun")
	if !strings.Contains(r.log.String(), "the audit log was altered") {
		t.Errorf("the log: %s", r.tail(3))
	}
}

// TestTheLogIsProvenEveryTenMinutes: what exposurectl's keys.md promises, where nobody asked for less.
func TestTheLogIsProvenEveryTenMinutes(t *testing.T) {
	s, _ := smallSite(t)
	on, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	defer on.DB.Close()
	k, err := newHeadKeeper(t.Context(), on, on.DB.Audit(on.Keys), nil, nil)
	must(t, err)
	if k.proves != 10*time.Minute {
		t.Errorf("the log is proven every %v", k.proves)
	}
}

// TestHeadsTakenWhileStopped: a file that was emptied, removed, cut or overwritten before the
// start is alarmed; one that is new to an installation nobody was served by is not, nor one
// that lacks what the operator's program, or a killed server, has just signed.
func TestHeadsTakenWhileStopped(t *testing.T) {
	overwrite := func(with func(b []byte)) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			b := contentOf(t, path)
			with(b)
			must(t, os.WriteFile(path, b, 0o600))
		}
	}
	for name, c := range map[string]struct {
		harm  func(t *testing.T, path string)
		quiet bool
	}{
		"untouched": {func(*testing.T, string) {}, true},
		"emptied":   {harm: func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }},
		"removed":   {harm: func(t *testing.T, path string) { must(t, os.Remove(path)) }},
		"its first head removed": {harm: func(t *testing.T, path string) {
			signed, _ := audit.SplitHeads(string(contentOf(t, path)))
			must(t, os.WriteFile(path, []byte(strings.Join(signed[1:], "")), 0o600))
		}},
		"overwritten in place": {harm: overwrite(func(b []byte) { copy(b, bytes.Repeat([]byte("x\n"), 40)) })},
		"a copy of its last head over the first": {harm: func(t *testing.T, path string) {
			signed, _ := audit.SplitHeads(string(contentOf(t, path)))
			signed[0] = signed[len(signed)-1]
			must(t, os.WriteFile(path, []byte(strings.Join(signed, "")), 0o600))
		}},
		"its last head cut off": {harm: func(t *testing.T, path string) {
			signed, _ := audit.SplitHeads(string(contentOf(t, path)))
			must(t, os.WriteFile(path, []byte(strings.Join(signed[:len(signed)-1], "")), 0o600))
		}, quiet: true}, // what a kill leaves
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := smallSite(t)
			path := filepath.Join(t.TempDir(), "heads.txt")
			s.signed(t, 2)
			s.signed(t, 2)
			first := openPager(t)
			r := s.proving(t, 0, first.flags("--audit-heads", path)...)
			s.waitForHead(t, path, 4)
			r.stop()
			c.harm(t, path)
			pager := openPager(t)
			r = s.proving(t, 0, pager.flags("--audit-heads", path)...)
			if !c.quiet {
				pager.await(t, "heads-cut begun")
			}
			if r.stop(); c.quiet {
				pager.only(t)
			}
			if said := strings.Contains(r.log.String(), "lacks heads that were signed before this start"); said == c.quiet {
				t.Errorf("the log: %s", r.tail(3))
			}
		})
	}
}

// TestANewFileOfHeads: on a database that only the operator has worked on it is told in the
// log, and nobody is woken.
func TestANewFileOfHeads(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	r := s.proving(t, 0, pager.flags("--audit-heads", path)...)
	r.stop()
	pager.only(t)
	const told = "if it was not just set up, it was emptied"
	if strings.Count(r.log.String(), told) != 1 {
		t.Errorf("the log: %s", r.tail(3))
	}
	r = s.proving(t, 0, pager.flags("--audit-heads", path)...)
	r.stop()
	pager.only(t)
	if strings.Contains(r.log.String(), told) {
		t.Errorf("told again: %s", r.tail(3))
	}
}

// TestHeadsOverwrittenInPlace: bytes of the same number, under a running server, even when
// the file looks as if nobody had written to it.
func TestHeadsOverwrittenInPlace(t *testing.T) {
	for name, hidden := range map[string]bool{"seen at once": false, "found when all is compared": true} {
		t.Run(name, func(t *testing.T) {
			s, _ := smallSite(t)
			pager := openPager(t)
			path := filepath.Join(t.TempDir(), "heads.txt")
			every := time.Duration(0)
			if hidden {
				every = 100 * time.Millisecond
			}
			r := s.proving(t, every, pager.flags("--audit-heads", path)...)
			eventually(t, "the head is kept", func() bool { return strings.Contains(r.log.String(), "audit log signed") })
			info, err := os.Stat(path)
			must(t, err)
			other := byte('9')
			if contentOf(t, path)[40] == other {
				other = '8'
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteAt([]byte{other}, 40)
			must(t, err)
			must(t, f.Close())
			if hidden {
				must(t, os.Chtimes(path, time.Time{}, info.ModTime()))
			}
			pager.await(t, "heads-cut begun")
			s.signed(t, 1)
			s.waitForHeadText(t, path, s.lastHead(t))
		})
	}
}

// waitForHeadText waits until the file ends with that head, whatever stands before it.
func (s site) waitForHeadText(t *testing.T, path, signed string) {
	t.Helper()
	eventually(t, "the head is kept", func() bool { return bytes.Contains(contentOf(t, path), []byte(signed)) })
}

// TestAHeadNobodySigned: one that somebody put into the database spoils no file and hides no
// head that follows.
func TestAHeadNobodySigned(t *testing.T) {
	s, _ := smallSite(t)
	pager := openPager(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	s.proving(t, 0, pager.flags("--audit-heads", path)...)
	s.exec(t, `INSERT INTO audit_heads SELECT 9000000000000000000, replace(signed, 'exposure audit log', 'exposure audit log'||char(10)||'FORGED') FROM audit_heads LIMIT 1`)
	pager.await(t, "audit-altered begun")
	s.signed(t, 1)
	s.waitForHeadText(t, path, s.lastHead(t))
	if strings.Contains(string(contentOf(t, path)), "FORGED") {
		t.Error("a head that nobody signed was kept")
	}
}
