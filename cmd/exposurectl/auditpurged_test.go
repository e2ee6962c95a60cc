package main

import (
	"encoding/json"
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

// renamed is somebody who shows a report as that of another installation: "renamed FROM TO
// OTHER [with-keys]". With the keys, the public key that names the other one is put in too.
func renamed(ts *testscript.TestScript, _ bool, args []string) {
	var own, other map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &own))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[2])), &other))
	own["installation"] = other["installation"]
	if len(args) > 3 {
		own["audit_verifier_keys"] = append(own["audit_verifier_keys"].([]any), other["audit_verifier_keys"].([]any)...)
	}
	raw, err := json.Marshal(own)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), raw, 0o600))
}
