package main

import (
	"bytes"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
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

// TestAlarmOfADiskThatIsAway: one that had little room and is away has no room again; that is
// logged once each time, and the other disk still counts.
func TestAlarmOfADiskThatIsAway(t *testing.T) {
	var log bytes.Buffer
	a, metrics := &alarms{Board: alarm.New(alarm.Config{})}, prometheus.NewRegistry()
	d := openDisks(parts{Log: slog.New(slog.NewTextHandler(&log, nil))}, a, metrics)
	one, other := &diskPlace{of: "one", dir: filepath.Join(t.TempDir(), "disk")}, &diskPlace{of: "other", dir: t.TempDir()}
	d.places = []*diskPlace{one, other}
	must(t, os.Mkdir(one.dir, 0o700))
	sees := func(what string, alarmed bool, told, logged int) {
		t.Helper()
		d.look()
		for _, s := range a.States() {
			if s.Kind == alarm.DiskLow && s.On != alarmed {
				t.Errorf("%s: alarmed %t, want %t", what, s.On, alarmed)
			}
		}
		families, err := metrics.Gather()
		must(t, err)
		if len(families) != 1 || len(families[0].Metric) != told {
			t.Errorf("%s: it is told of %v, want of %d disks", what, families, told)
		}
		if n := strings.Count(log.String(), "cannot be told"); n != logged {
			t.Errorf("%s: logged %d times, want %d", what, n, logged)
		}
	}
	const all = math.MaxInt64 // however much is free, it is little
	sees("there is room", false, 2, 0)
	must(t, moveAway(one.dir))
	sees("it had room and is away", false, 1, 1)
	other.least = all
	sees("the other one is low", true, 1, 1)
	other.least = 0
	sees("the other one is not", false, 1, 1)
	must(t, moveBack(one.dir))
	one.least = all
	sees("it is low", true, 2, 1)
	must(t, moveAway(one.dir))
	sees("it was low and is away", true, 1, 2)
	sees("it still is", true, 1, 2)
	must(t, moveBack(one.dir))
	one.least = 0
	sees("it is back, with room", false, 2, 2)
}
