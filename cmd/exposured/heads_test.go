package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// keptHeads reads the heads in a file as "audit verify --heads" does.
func (s site) keptHeads(t *testing.T, path string) []audit.Head {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	must(t, err)
	signed, _ := audit.SplitHeads(string(text))
	var all []audit.Head
	for _, one := range signed {
		h, err := audit.OpenHead(one, keys.AuditVerifiers()...)
		must(t, err)
		all = append(all, h)
	}
	return all
}

// verifyLog checks the whole log against kept heads.
func (s site) verifyLog(t *testing.T, kept []audit.Head) audit.Verdict {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	v, err := db.VerifyAudit(t.Context(), []audit.Prover{keys}, kept, nil)
	must(t, err)
	return v
}

// waitForHead waits until the file holds a head over at least so many rows.
func (s site) waitForHead(t *testing.T, path string, rows int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if h := s.keptHeads(t, path); len(h) > 0 && h[len(h)-1].Size >= rows {
			return
		}
	}
	t.Fatalf("no head over %d rows was kept", rows)
}

// unsigned appends rows, and is killed, so to speak, before it signs them.
func (s site) unsigned(t *testing.T, rows int) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	end := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.SessionEnd, Outcome: audit.Done}
	for range rows {
		must(t, db.Audit(keys).Append(t.Context(), end))
	}
}

// TestHeadsAreKept: every head that any program signs ends up in the log and in the file,
// a killed server's at the next start, and the last one when it ends.
func TestHeadsAreKept(t *testing.T) {
	s, _ := smallSite(t)
	post := openPostOffice(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	before := s.verifyLog(t, nil).Rows
	child := s.child(t, post.url, path)
	s.waitForHead(t, path, before) // what the operator's program signed
	s.unsigned(t, 3)
	must(t, child.Process.Kill())
	_ = child.Wait() // killed
	if v := s.verifyLog(t, s.keptHeads(t, path)); v.Bad != nil || v.Unsigned != 3 {
		t.Fatalf("after the kill: %+v, %v; want three rows without a head", v, v.Bad)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("exposure audit log\n12") // what a kill in the middle of a write leaves
	must(t, err)
	must(t, f.Close())
	r := s.serve(t, "", post.url, "--audit-heads", path)
	s.waitForHead(t, path, before+3)
	s.unsigned(t, 2)
	if code := r.stop(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.tail(5))
	}
	kept := s.keptHeads(t, path)
	v := s.verifyLog(t, kept)
	if v.Bad != nil || v.Rows != before+5 || v.Heads != len(kept) || v.Kept != len(kept) {
		t.Errorf("%+v, %v; %d heads were kept", v, v.Bad, len(kept))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of heads is open to others: %v, %v", info.Mode(), err)
	}
	if !strings.Contains(r.log.String(), `"msg":"audit log signed"`) || strings.Contains(r.log.String(), "no effect") {
		t.Errorf("the log: %s", r.log.String())
	}
}

// child is a server in a process of its own.
func (s site) child(t *testing.T, smtpURL, heads string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database,
		"--smtp-url", smtpURL, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0", "--audit-heads", heads)
	cmd.Env = append(os.Environ(), roleVariable+"=exposured")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the server did not start")
	}
	return cmd
}

// TestPutBackDatabaseIsRefused: with heads kept elsewhere the server does not start on an
// earlier state of its database, nor on a file that is no use.
func TestPutBackDatabaseIsRefused(t *testing.T) {
	s, _ := smallSite(t)
	post := openPostOffice(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	file := strings.TrimPrefix(s.database, "sqlite:")
	early, err := os.ReadFile(file)
	must(t, err)
	r := s.serve(t, "", post.url, "--audit-heads", path)
	s.unsigned(t, 2)
	if code := r.stop(); code != 0 {
		t.Fatalf("exit code %d: %s", code, r.tail(5))
	}
	kept := s.keptHeads(t, path)
	if len(kept) == 0 {
		t.Fatal("no head was kept")
	}
	late := site{dir: s.dir, incident: s.incident, keys: s.keys, database: "sqlite:" + filepath.Join(t.TempDir(), "early.db")}
	must(t, os.WriteFile(strings.TrimPrefix(late.database, "sqlite:"), early, 0o600))
	if v := late.verifyLog(t, nil); v.Bad != nil {
		t.Fatalf("the earlier state is not whole by itself: %v", v.Bad)
	}
	if r, code := late.tryServe(t, "", post.url, "--audit-heads", path); r != nil || code != 1 {
		t.Errorf("an earlier state of the database is served (%d)", code)
	}
	other := filepath.Join(t.TempDir(), "other.txt")
	must(t, os.WriteFile(other, []byte("something else\n"), 0o600))
	for _, bad := range []string{other, t.TempDir(), filepath.Join(t.TempDir(), "missing", "heads.txt")} {
		if r, code := s.tryServe(t, "", post.url, "--audit-heads", bad); r != nil || code != 1 {
			t.Errorf("%s: served (%d)", filepath.Base(bad), code)
		}
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "something else\n" {
		t.Errorf("a file of something else was written to: %q, %v", text, err)
	}
	s.serve(t, "", post.url, "--audit-heads", path).stop()
	foreign := foreignSite(t)
	if r, code := foreign.tryServe(t, "", post.url, "--audit-heads", path); r != nil || code != 1 {
		t.Errorf("served with the heads of another installation (%d)", code)
	}
}
