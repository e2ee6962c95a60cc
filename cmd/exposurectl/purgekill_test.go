package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"
	"time"

	"exposure/internal/vault"
)

// TestPurgesKilledAtAnyMoment kills purges at moments spread over the time that one takes.
// It is as long as the shortest that was seen: how fast the first one was says little of the
// others. At each of them no key was touched before the report was begun, no row before the keys were
// gone, and the next run completes it.
func TestPurgesKilledAtAnyMoment(t *testing.T) {
	whole := newDoomed(t)
	macs := whole.macs(t)
	begin := time.Now()
	if err := whole.purgeUntil(t, "never"); err != nil {
		t.Fatal(err)
	}
	takes := time.Since(begin)
	whole.isPurged(t, macs)
	const moments = 8
	killed := 0
	for i := 0; killed < moments && i < 3*moments; i++ {
		d := newDoomed(t)
		macs := d.macs(t)
		lives := takes * time.Duration(2*(i%moments)+1) / (2 * moments)
		if d.purgeFor(t, lives) {
			killed++
		} else { // which took no longer
			takes = lives
		}
		_, missing := os.Stat(d.report)
		begun := missing == nil
		_, keys := vault.LoadServer(d.KeyFile)
		if keys != nil && !begun {
			t.Errorf("moment %d: the keys were touched and there is no report", i)
		}
		_, there := os.Lstat(d.KeyFile)
		if n := holds(t, d.path(), macs); n < len(macs) && !errors.Is(there, fs.ErrNotExist) {
			t.Errorf("moment %d: %d of %d values are there, and so is the key file", i, n, len(macs))
		}
		if err := d.purgeUntil(t, "never"); err != nil {
			t.Fatalf("moment %d: the run after that: %v", i, err)
		}
		d.isPurged(t, macs)
	}
	if killed < moments {
		t.Errorf("only %d were killed: the test shows nothing", killed)
	}
}

// purgeFor runs the purge in a process of its own, kills that after a time, and tells
// whether it had not ended yet.
func (d *doomed) purgeFor(t *testing.T, lives time.Duration) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = d.args("never")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lives)
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 1 {
		t.Fatal("a purge failed before it was killed")
	}
	return err != nil
}
