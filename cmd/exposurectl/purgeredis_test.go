package main

import (
	"bytes"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestPurgeTellsKeysLeft: keys that are in Redis after all were removed are no success, and
// nothing is proven of Redis; the next run completes the purge.
func TestPurgeTellsKeysLeft(t *testing.T) {
	d := newDoomed(t)
	macs, emptied := d.macs(t), d.store
	d.store = live.NewRedisKeeping(t)
	d.fill()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"--incident", d.Incident, "--key-file", d.KeyFile, "--database-url", d.Database, "purge", "--confirm", "tougyoku-2023",
		"--early", "a test", "--report", d.report, "--redis-url", d.store.URL(), "--commit"}, terminal{strings.NewReader(""), &out, &errs})
	if code != exitRefused || !strings.Contains(errs.String(), "not complete, run it again: 30 keys of this installation came into being in Redis meanwhile") || out.Len() > 0 {
		t.Errorf("exit %d: %s%s", code, &out, &errs)
	}
	if r, err := loadPurge(d.report); err != nil || r.FinishedAt != nil {
		t.Errorf("the report: finished at %v, %v", r.FinishedAt, err)
	}
	d.store = emptied
	if err := d.purgeUntil(t, "never"); err != nil {
		t.Fatal(err)
	}
	d.isPurged(t, macs)
}
