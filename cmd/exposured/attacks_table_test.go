package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// attackRow is one attack of attacks.md.
type attackRow struct {
	line                   int
	section                string
	attack, tests, holding string
}

var (
	// testNames is one or more tests and nothing else: `TestX` of this package, `otp.TestX`
	// of a package below internal.
	testNames = regexp.MustCompile("^`[A-Za-z0-9_./]+`(, `[A-Za-z0-9_./]+`)*$")
	testName  = regexp.MustCompile("`([^`]+)`")
	// noTest is why an attack has no test; a word or two are no reason.
	noTest = regexp.MustCompile(`^none: .{20,}$`)
)

// readAttacks returns the rows of attacks.md, and what is wrong with its form.
func readAttacks(text string) (rows []attackRow, faults []string) {
	section, filled := "", true
	fault := func(n int, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("line %d: ", n)+fmt.Sprintf(format, args...))
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			if !filled {
				fault(n, "the section %q before it has no row", section)
			}
			section, filled = heading, false
			continue
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| attack |") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 || section == "" {
			fault(n, "a row has three cells and belongs to a section")
			continue
		}
		row := attackRow{n, section, strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])}
		if row.attack == "" || row.holding == "" {
			fault(n, "a row says what is attacked and what holds")
		}
		if !testNames.MatchString(row.tests) && !noTest.MatchString(row.tests) {
			fault(n, "%q names no tests, and gives no reason (none: …)", row.tests)
		}
		rows, filled = append(rows, row), true
	}
	if !filled {
		fault(n, "the section %q has no row", section)
	}
	return rows, faults
}

// names are the tests a row stands on.
func (r attackRow) names() (names []string) {
	if noTest.MatchString(r.tests) {
		return nil
	}
	for _, m := range testName.FindAllStringSubmatch(r.tests, -1) {
		names = append(names, m[1])
	}
	return names
}

// testsOf finds the test functions of the tree as attacks.md writes them, with the file
// each is in.
func testsOf(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		prefix := filepath.Base(below) + "."
		if prefix == "exposured." {
			prefix = ""
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				found[prefix+f.Name.Name] = filepath.Base(file)
			}
		}
		return nil
	})
	must(t, err)
	return found
}

// TestEveryAttackHasItsTest: attacks.md is only worth something as long as the tests it
// names are there, and as long as no attack is tested that it does not tell of.
func TestEveryAttackHasItsTest(t *testing.T) {
	text, err := os.ReadFile("attacks.md")
	must(t, err)
	rows, faults := readAttacks(string(text))
	for _, fault := range faults {
		t.Errorf("attacks.md, %s", fault)
	}
	tests, named := testsOf(t, "../.."), map[string]bool{}
	for _, row := range rows {
		for _, name := range row.names() {
			named[name] = true
			if tests[name] == "" {
				t.Errorf("attacks.md, line %d: there is no test %s", row.line, name)
			}
		}
	}
	for name, file := range tests {
		ours, err := path.Match("attack_*test.go", file)
		must(t, err)
		if ours && !strings.Contains(name, ".") && !named[name] {
			t.Errorf("%s: no row of attacks.md names %s", file, name)
		}
	}
	if len(rows) < 20 {
		t.Errorf("attacks.md has %d rows", len(rows))
	}
}

// TestTheTableCheckChecks: a table that is wrong in any way is noticed.
func TestTheTableCheckChecks(t *testing.T) {
	const head = "# Attacks\n## Guessing\n| attack | tests | what holds |\n|---|---|---|\n"
	for row, good := range map[string]bool{
		"| a | `TestX` | b |":                                  true,
		"| a | `TestX`, `otp.TestY` | b |":                     true,
		"| a | none: there is no telephone in this part | b |": true,
		"| a | | b |":                       false,
		"| a | none: later | b |":           false,
		"| a | TestX | b |":                 false,
		"| a | `TestX` and so on | b |":     false,
		"| a | `TestX` |":                   false,
		"| | `TestX` | b |":                 false,
		"| a | `TestX` | |":                 false,
		"| a | `TestX` | b |\n## Replaying": false,
		"":                                  false,
	} {
		if _, faults := readAttacks(head + row + "\n"); (len(faults) == 0) != good {
			t.Errorf("%q: %v", row, faults)
		}
	}
}
