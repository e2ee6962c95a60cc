package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/live"
)

// leaveRoom fills the disk but for so many bytes in the last page of a file, which gets lines
// that are empty.
func leaveRoom(t *testing.T, path string, room int) (empty func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	size := len(contentOf(t, path))
	pad := (2*os.Getpagesize() - size%os.Getpagesize() - room) % os.Getpagesize()
	_, err = f.Write(bytes.Repeat([]byte("\n"), pad))
	must(t, err)
	must(t, f.Close())
	return filled(t, site{dir: filepath.Dir(path)})
}

// TestADiskOfHeadsThatIsFull: a head is cut within a line because there is no room for it. It is
// alarmed; the next start says what it found, has all that is whole, and goes on behind it on a
// line of its own. Nothing of what was kept is forgotten, and nobody is told that it was cut off
// by somebody.
func TestADiskOfHeadsThatIsFull(t *testing.T) {
	for name, room := range map[string]int{"in its first line": 7, "in the signature": 150} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := smallSite(t)
			pager, path := openPager(t), filepath.Join(live.Disk(t, "64k"), "heads.txt")
			r := s.proving(t, 0, pager.flags("--audit-heads", path)...)
			s.signed(t, 2)
			s.waitForHeadText(t, path, s.lastHead(t))
			before := s.keptHeads(t, path)
			end := leaveRoom(t, path, room)
			s.signed(t, 1)
			pager.await(t, "heads-not-kept begun")
			text := string(contentOf(t, path))
			if last := text[strings.LastIndex(text, "\n")+1:]; last == "" || strings.HasPrefix(last, "— exposure-audit ") != (room > 100) {
				t.Fatalf("it was not cut there: %q", last)
			}
			r.stop()
			end()
			quiet := openPager(t)
			r = s.proving(t, 0, quiet.flags("--audit-heads", path)...)
			s.waitForHeadText(t, path, s.lastHead(t))
			if room > 100 && !strings.Contains(r.log.String(), "heads that were cut off") {
				t.Errorf("the log: %s", r.tail(3))
			}
			r.stop()
			kept := s.keptHeads(t, path)
			if v := s.verifyLog(t, kept); v.Bad != nil || v.Heads != len(kept) || len(kept) <= len(before) {
				t.Errorf("%d heads are kept of %d, %d of them before; %v", len(kept), v.Heads, len(before), v.Bad)
			}
			s.proving(t, 0, quiet.flags("--audit-heads", path)...).stop()
			quiet.only(t, "disk-low begun", "disk-low begun") // of each server
		})
	}
}

// TestAFileOfTheBeginningOfAHead: there was no room for the first line of the first one.
func TestAFileOfTheBeginningOfAHead(t *testing.T) {
	s, _ := smallSite(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	must(t, os.WriteFile(path, []byte("exposure aud"), 0o600))
	r := s.serve(t, "", openPostOffice(t).url, "--audit-heads", path)
	s.waitForHeadText(t, path, s.lastHead(t))
	if !strings.Contains(r.log.String(), "heads that were cut off") {
		t.Errorf("the log: %s", r.tail(3))
	}
}
