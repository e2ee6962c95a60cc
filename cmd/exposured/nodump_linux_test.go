package main

import (
	"testing"

	"exposure/internal/live"
)

// TestNoCoreDump: a server that was allowed to dump its memory as it was started does not, be
// it by a crash; and whoever else runs under its user cannot look into it.
func TestNoCoreDump(t *testing.T) {
	live.AsAnyUser(t)
	s, _ := smallSite(t)
	p := s.spawn(t, live.Redis(t), openPostOffice(t).url, "sh", "-c", live.DumpingShell, t.TempDir())
	if err := live.Undumped(p.Process, p.wait); err != nil {
		t.Error(err)
	}
}
