package main

import (
	"encoding/csv"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// firstLetter puts the number of a file's first letter into a variable: "firstletter FILE".
func firstLetter(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(ts.ReadFile(args[0]), "\ufeff"))).ReadAll()
	ts.Check(err)
	at := slices.Index(rows[0], "letter_number")
	ts.Setenv("NUMBER", rows[1][at])
}
