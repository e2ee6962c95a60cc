//go:build race

package main

import (
	"os"
	"testing"
)

// slowed: the race detector makes everything about ten times slower, so that a burst may
// run into the server's deadline and be told to come back.
const slowed = true

// atFullSpeed skips a test that has nothing to tell the race detector. CI runs it without
// and must not ask for it here.
func atFullSpeed(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: run it at full speed", why)
	}
	t.Skipf("%s: run it at full speed", why)
}
