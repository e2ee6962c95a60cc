package live

import (
	"os"
	"os/exec"
	"time"
)

// Missing ends a test that needs what is not here, and says what that is. On a machine with
// nothing but Go the test is skipped; with CI=true it fails, because there everything is
// installed and a suite that was skipped has proven nothing.
func Missing(tb TB, what string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("%s, and CI=true requires it", what)
	}
	tb.Skipf("%s", what)
}

// Need is Missing for programs that are not installed.
func Need(tb TB, programs ...string) {
	tb.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			Missing(tb, program+" is not installed")
		}
	}
}

// Time is Missing for the time of the run: go test kills a package after ten minutes unless it is
// told otherwise, and what had passed by then is lost. Benchmarks have no end.
func Time(tb TB, need time.Duration) {
	tb.Helper()
	run, limited := tb.(interface{ Deadline() (time.Time, bool) })
	if !limited {
		return
	}
	if end, limited := run.Deadline(); limited && time.Until(end) < need {
		Missing(tb, "the time of this run is nearly over, of which -timeout 45m gives it more")
	}
}
