package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
	"exposure/internal/disk"
)

// disks watches the room for what the server writes. Once there is none, nobody is answered.
type disks struct {
	places []*diskPlace
	alarms *alarms
	log    *slog.Logger
	free   *prometheus.GaugeVec
}

// diskPlace is a folder, and how many bytes have to be left there.
type diskPlace struct {
	of, dir string
	least   int64

	low     bool // when its room was last known
	unknown bool // now
}

// openDisks looks once: a server that begins with little room says so before it answers.
func openDisks(p parts, a *alarms, r *prometheus.Registry) *disks {
	d := &disks{alarms: a, log: p.Log, free: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "exposure_disk_free_bytes", Help: "Room for the database and for the file of kept heads.",
	}, []string{"of"})}
	r.MustRegister(d.free)
	if p.File != "" {
		d.places = append(d.places, &diskPlace{of: "database", dir: filepath.Dir(p.File), least: disk.Little})
	}
	if p.Heads != "" { // a head a minute: the last part of a disk is enough for a year
		d.places = append(d.places, &diskPlace{of: "heads", dir: filepath.Dir(p.Heads), least: disk.None})
	}
	d.look()
	return d
}

// run looks until ctx ends. It is by itself, since the file of heads may be on a disk elsewhere
// that hangs.
func (d *disks) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			d.look()
		}
	}
}

// look leaves the alarm as it is for a place whose room cannot be told: a disk that is full and
// then hangs or is away has no room again. Nor is an old number told of it.
func (d *disks) look() {
	low := false
	for _, p := range d.places {
		free, _, known := disk.Volume(p.dir)
		if known {
			p.low = free < p.least
			d.free.WithLabelValues(p.of).Set(float64(free))
		} else {
			d.free.DeleteLabelValues(p.of)
			if !p.unknown {
				d.log.Warn("how much room is left cannot be told: until it can, disk-low stays as it is", "of", p.of)
			}
		}
		p.unknown = !known
		low = low || p.low
	}
	d.alarms.Set(alarm.DiskLow, low)
}

// fileOf is the path of a database that is a file, or empty.
func fileOf(database string) string {
	path, isFile := strings.CutPrefix(database, "sqlite:")
	if !isFile {
		return ""
	}
	return path
}
