package main

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// swap is somebody who edits a file: "swap FROM TO OLD NEW". OLD must be in it.
func swap(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[2]) {
		ts.Fatalf("%s does not hold %q", args[0], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.ReplaceAll(text, args[2], args[3])), 0o600))
}
