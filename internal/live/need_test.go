package live_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
)

// verdict is a test that is ended, and remembers how.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Skipf(format string, args ...any) {
	v.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// TestWithoutTheProgram: a test says why it is skipped, and where CI runs it fails.
func TestWithoutTheProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for program, start := range map[string]func(live.TB){
		"redis-server": func(tb live.TB) { live.NewRedis(tb) },
		"postgres":     func(tb live.TB) { live.NewPostgres(tb) },
		"mariadbd":     func(tb live.TB) { live.NewMariaDB(tb) },
	} {
		for _, ci := range []string{"", "true"} {
			t.Setenv("CI", ci)
			v := &verdict{TB: t}
			var wg sync.WaitGroup
			wg.Go(func() { start(v) })
			wg.Wait()
			said, silent := v.skipped, v.failed
			if ci == "true" {
				said, silent = silent, said
			}
			if !strings.Contains(said, program+" is not installed") || silent != "" {
				t.Errorf("%s with CI=%q: skipped %q, failed %q", program, ci, v.skipped, v.failed)
			}
		}
	}
}

// hurried is a test of a run that ends then, if ever.
type hurried struct {
	*verdict
	end     time.Time
	limited bool
}

func (h hurried) Deadline() (time.Time, bool) { return h.end, h.limited }

// TestWithoutTheTime: a test that the run may not last for is skipped, and fails where CI runs it;
// one that it lasts for, in a run without an end or in none, is not.
func TestWithoutTheTime(t *testing.T) {
	for name, c := range map[string]struct {
		left  time.Duration
		ends  bool
		ci    string
		ended bool
	}{
		"nearly over": {left: time.Minute, ends: true, ended: true}, "in CI": {left: time.Minute, ends: true, ci: "true", ended: true},
		"enough": {left: time.Hour, ends: true}, "no end": {left: time.Minute},
	} {
		t.Setenv("CI", c.ci)
		v := &verdict{TB: t}
		var wg sync.WaitGroup
		wg.Go(func() { live.Time(hurried{v, time.Now().Add(c.left), c.ends}, 3*time.Minute) })
		wg.Wait()
		said, silent := v.skipped, v.failed
		if c.ci == "true" {
			said, silent = silent, said
		}
		if strings.Contains(said, "nearly over") != c.ended || silent != "" {
			t.Errorf("%s: skipped %q, failed %q", name, v.skipped, v.failed)
		}
	}
	live.Time(&testing.B{}, time.Hour)
}
