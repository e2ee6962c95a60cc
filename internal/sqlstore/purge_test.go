package sqlstore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// purgeSite is a closed store of two versions with guesses about people on them, and every
// long value of its rows but those of the log.
func purgeSite(t *testing.T, people int) (s *store, old [][]byte) {
	t.Helper()
	s = newStore(t)
	s.publish(t, "a", people, 1)
	s.publish(t, "b", people+3, 2)
	s.guesses(t, 0, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, seen := s.raw(t), map[string]bool{}
	for table, width := range map[string]string{"roster_tags": "tag, mac", "roster_persons": "handle, mac", "publications": "mac, mac", "roster_versions": "salt, mac"} {
		for _, row := range valuesOf(t, raw, `SELECT `+width+` FROM `+table, 2) {
			for _, v := range row {
				b := v.([]byte)
				if !seen[string(b)] && !bytes.Equal(b, bytes.Repeat(b[:1], len(b))) { // the ends of the chain are no secret
					seen[string(b)], old = true, append(old, b)
				}
			}
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	return s, old
}

// found counts the values that any file of the database's folder holds.
func (s *store) found(t *testing.T, values [][]byte) (n int) {
	t.Helper()
	paths, err := filepath.Glob(s.path + "*")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	for _, v := range values {
		if bytes.Contains(all, v) {
			n++
		}
	}
	return n
}

func shred(path string) error {
	_, err := vault.Shred(path)
	return err
}

// TestPurge: of everything that was in the tables no byte is in the file, and the audit log
// is whole.
func TestPurge(t *testing.T) {
	s, old := purgeSite(t, 500)
	if n := s.found(t, old); n != len(old) {
		t.Fatalf("%d of %d values are in the file before", n, len(old))
	}
	info, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	url := "sqlite:" + s.path
	done, err := sqlstore.Purge(t.Context(), url, sqlstore.PurgeOrder{Shred: shred})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.found(t, old); n != 20 { // the tags of the guesses in the log
		t.Errorf("%d of %d values are still in the file, want 20", n, len(old))
	}
	if done.Samples < 100 || done.Searched < info.Size() || done.Kept != 24 || len(done.Rows) < 4 {
		t.Errorf("%+v", done)
	}
	if left, _ := filepath.Glob(s.path + "?*"); len(left) > 0 {
		t.Errorf("beside the database there is %q", left)
	}
	s.reopen(t)
	held, err := s.Holdings(t.Context(), false)
	incidents, err2 := s.Incidents(t.Context())
	if errors.Join(err, err2) != nil || len(held) > 0 || len(incidents) > 0 {
		t.Errorf("left are %v of %q, %v, %v", held, incidents, err, err2)
	}
	if v := s.verify(t); v.Bad != nil || v.Rows != 24 {
		t.Errorf("the audit log has %d rows, %v", v.Rows, v.Bad)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := sqlstore.Purge(t.Context(), url, sqlstore.PurgeOrder{Shred: shred, AuditToo: true})
	if err != nil || again.Kept != 0 || again.Samples == 0 {
		t.Errorf("the audit log: %+v, %v", again, err)
	}
	if n := s.found(t, old); n > 0 {
		t.Errorf("without the log %d values are in the file", n)
	}
	s.reopen(t)
	if err := s.Audit().Append(t.Context(), guess(1, otp.Web, audit.Refused)); err != nil {
		t.Errorf("an emptied log: %v", err)
	}
}

// TestPurgeAlone: not while anybody has the database open, were it only to read.
func TestPurgeAlone(t *testing.T) {
	s, old := purgeSite(t, 50)
	url := "sqlite:" + s.path
	if err := sqlstore.InUse(t.Context(), url); err != nil {
		t.Fatalf("nobody has it open: %v", err)
	}
	s.reopen(t)
	if err := sqlstore.InUse(t.Context(), url); !errors.Is(err, sqlstore.ErrInUse) {
		t.Errorf("InUse = %v", err)
	}
	if _, err := sqlstore.Purge(t.Context(), url, sqlstore.PurgeOrder{Shred: shred}); !errors.Is(err, sqlstore.ErrInUse) {
		t.Errorf("Purge = %v", err)
	}
	if n := s.found(t, old); n != len(old) {
		t.Errorf("a refused purge left %d of %d values", n, len(old))
	}
}
