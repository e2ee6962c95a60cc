package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"exposure/internal/disk"
	"exposure/internal/live"
)

// freeOf is the room that is told of.
func (r *running) freeOf(t *testing.T, what string) int64 {
	t.Helper()
	n, err := strconv.ParseFloat(r.metric(t, `exposure_disk_free_bytes{of="`+what+`"}`), 64)
	must(t, err)
	return int64(n)
}

// TestAlarmOfTheDisk: somebody is told while there is room left and people are still answered,
// and that there is room again.
func TestAlarmOfTheDisk(t *testing.T) {
	s, shop := inventedSite(t, live.Disk(t, "1100m"))
	office, pager := openPostOffice(t), openPager(t)
	r := s.serve(t, live.Redis(t), office.url, pager.flags()...)
	if free := r.freeOf(t, "database"); free < disk.Little || free > 1100<<20 {
		t.Errorf("%d bytes are free at the start", free)
	}
	pager.only(t)
	filler := filepath.Join(s.dir, "filler")
	must(t, os.WriteFile(filler, make([]byte, 90<<20), 0o600))
	pager.await(t, "disk-low begun")
	if free := r.freeOf(t, "database"); free >= disk.Little {
		t.Errorf("%d bytes are free, and it is alarmed", free)
	}
	b, who := from(r.public, here), shop.People()[0].Emails[0]
	v := b.start(t, who)
	if got := b.confirm(t, v, office.code(t, who, 1)); got.status != http.StatusOK {
		t.Errorf("meanwhile a right code was answered %d", got.status)
	}
	must(t, os.Remove(filler))
	pager.await(t, "disk-low ended")
	pager.only(t, "disk-low begun", "disk-low ended")
}

// TestAlarmOfTheDiskOfHeads: it may be a small one, but not a full one.
func TestAlarmOfTheDiskOfHeads(t *testing.T) {
	for size, alarmed := range map[string][]string{"200m": nil, "64k": {"disk-low begun"}} {
		s, _ := smallSite(t)
		pager := openPager(t)
		r := s.serve(t, "", openPostOffice(t).url, pager.flags("--audit-heads", filepath.Join(live.Disk(t, size), "heads.txt"))...)
		if free := r.freeOf(t, "heads"); (free < disk.None) != (alarmed != nil) {
			t.Errorf("%s: %d bytes are free", size, free)
		}
		r.stop() // nothing is held back then
		pager.only(t, alarmed...)
	}
}
