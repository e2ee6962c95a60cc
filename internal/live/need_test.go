package live_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

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
