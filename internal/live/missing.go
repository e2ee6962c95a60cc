package live

import (
	"os"
	"os/exec"
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
