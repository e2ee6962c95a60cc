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

// TestPurgeEmptiesRedisWhateverRemains: values that somebody put into the audit log keep the
// purge from its end, in every run until the log is destroyed too, and no key in Redis.
func TestPurgeEmptiesRedisWhateverRemains(t *testing.T) {
	d := newDoomed(t)
	db := openRaw(t, d.path())
	for _, query := range []string{`ALTER TABLE audit_entries ADD COLUMN x BLOB`, `UPDATE audit_entries SET x = (SELECT mac FROM roster_tags)`} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, nil, {"--audit-too"}} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--incident", d.Incident, "--key-file", d.KeyFile, "--database-url", d.Database, "purge", "--confirm", "tougyoku-2023",
			"--early", "a test", "--report", d.report, "--redis-url", d.store.URL(), "--commit"}, more...), terminal{strings.NewReader(""), &out, &errs})
		if remains := strings.Contains(errs.String(), "not complete, run it again: "); remains != (more == nil) || (code == exitDone) == remains {
			t.Errorf("%q: exit %d: %s%s", more, code, &out, &errs)
		}
		if found, err := countRedis(t.Context(), d.store.URL(), strings.Split(d.prefix, ":")[1]); err != nil || found.Keys != 0 || found.Others != 1 {
			t.Errorf("%q: in Redis are %+v, %v", more, found, err)
		}
		d.fill()
	}
}

// TestNoKeysOfNoInstallation: under no name there are no keys, which proves nothing.
func TestNoKeysOfNoInstallation(t *testing.T) {
	d := newDoomed(t)
	if found, err := countRedis(t.Context(), d.store.URL(), ""); err == nil {
		t.Errorf("they were counted: %+v", found)
	}
	if left, err := emptyRedis(t.Context(), d.store.URL(), ""); err == nil {
		t.Errorf("they were removed: %d are left", left)
	}
}
