package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/vault"
)

// purgeOf is "exposurectl purge --commit --altered-log" of a site.
func purgeOf(t *testing.T, s *demo.Site, report, early string, more ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	args := []string{"--incident", s.Incident, "--key-file", s.KeyFile, "--operator-key-file", s.KeyFile + ".operator", "--database-url", s.Database,
		"purge", "--confirm", "tougyoku-2023", "--early", early, "--report", report, "--altered-log", "--commit"}
	code = run(t.Context(), append(args, more...), terminal{strings.NewReader(""), &out, &out})
	return code, out.String()
}

// isWhole checks that a purge that was refused destroyed nothing and recorded nothing.
func isWhole(t *testing.T, s *demo.Site, report string) {
	t.Helper()
	if _, err := vault.LoadServer(s.KeyFile); err != nil {
		t.Errorf("the server's keys: %v", err)
	}
	if _, err := vault.LoadOperator(s.KeyFile + ".operator"); err != nil {
		t.Errorf("the operator's keys: %v", err)
	}
	if _, err := os.Stat(report); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a report: %v", err)
	}
}

// fillBut fills the disk of a folder but for so many bytes.
func fillBut(t *testing.T, dir string, room int) (empty func()) {
	t.Helper()
	spare, filler := filepath.Join(dir, "spare"), filepath.Join(dir, "filler")
	err := os.WriteFile(spare, make([]byte, room), 0o600)
	f, err2 := os.Create(filler)
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if err := errors.Join(f.Close(), os.Remove(spare)); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPurgeOnAFullDisk: a disk without room for the last row of the log is no log that somebody
// altered. Nothing is destroyed, whatever was waived, and once there is room the log is signed.
func TestPurgeOnAFullDisk(t *testing.T) {
	dir, report := live.Disk(t, "24m"), filepath.Join(t.TempDir(), "report.json")
	s, err := demo.Prepare(t.Context(), dir, 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	full := 0
	for _, room := range []int{0, 36 << 10, 44 << 10} { // the index beside the database takes 32 KiB
		empty := fillBut(t, dir, room)
		code, said := purgeOf(t, s, report, "a test")
		empty()
		if code != exitRefused || strings.Contains(said, "NOT as it was") {
			t.Errorf("room for %d bytes: exit %d: %s", room, code, said)
		}
		if strings.Contains(said, "The disk is full: make room") && strings.Contains(said, untouched) {
			full++
		}
		isWhole(t, s, report)
	}
	if full == 0 {
		t.Error("the row of the log never met a full disk: the test shows nothing")
	}
	if t.Failed() {
		return
	}
	if code, said := purgeOf(t, s, report, "a test"); code != exitDone || strings.Contains(said, "altered") || !strings.Contains(said, "with its signed head") {
		t.Errorf("with room again: exit %d: %s", code, said)
	}
}

// TestPurgeForAReasonThatTheLogCannotHold: it is refused before anything, as what it is.
func TestPurgeForAReasonThatTheLogCannotHold(t *testing.T) {
	s, err := demo.Prepare(t.Context(), t.TempDir(), 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "report.json")
	for name, early := range map[string]string{"long": strings.Repeat("x", 1990), "two lines": "it\nends", "an address": "ask a@example.jp"} {
		code, said := purgeOf(t, s, report, early)
		if code != exitUsage || !strings.Contains(said, "--early: ") || !strings.Contains(said, "nothing was touched") || strings.Contains(said, early) {
			t.Errorf("%s: exit %d: %s", name, code, said)
		}
		isWhole(t, s, report)
	}
}
