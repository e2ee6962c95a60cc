package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// faultTests is one or more tests, each with or without one of its cases.
	faultTests = regexp.MustCompile("^`[A-Za-z0-9_.]+(/[^`/]+)?`(, `[A-Za-z0-9_.]+(/[^`/]+)?`)*$")
	faultTest  = regexp.MustCompile("`([^`/]+)/?([^`]*)`")
)

// readFaults returns the tests and cases that a table of faults names, and what is wrong
// with its rows.
func readFaults(text string) (named map[string][]string, wrong []string) {
	named = map[string][]string{}
	rows := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| fault |") || strings.HasPrefix(line, "|---") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|"), "|")
		empty := slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) == "" })
		if len(cells) != 4 || empty || !faultTests.MatchString(strings.TrimSpace(cells[3])) {
			wrong = append(wrong, line)
			continue
		}
		for _, m := range faultTest.FindAllStringSubmatch(cells[3], -1) {
			named[m[1]] = append(named[m[1]], m[2])
		}
	}
	if rows == 0 {
		wrong = append(wrong, "there is no row")
	}
	return named, wrong
}

// faultCases are the tests of faults that have a case for each.
func faultCases() map[string][]string {
	return map[string][]string{
		"TestRedisFaults":    slices.Collect(maps.Keys(redisFaults())),
		"TestDatabaseFaults": slices.Collect(maps.Keys(databaseFaults())),
		"TestMailFaults":     slices.Collect(maps.Keys(mailFaults())),
		"TestWrongClock":     slices.Collect(maps.Keys(clocks())),
		"TestClockJumps":     slices.Collect(maps.Keys(jumps())),
		"TestWebhookFaults":  slices.Collect(maps.Keys(hookFaults())),

		"TestDeskWithoutDatabase": slices.Collect(maps.Keys(deskDatabaseFaults())),
		"TestShopDatabaseFaults":  slices.Collect(maps.Keys(shopDatabaseFaults())),
	}
}

// TestEveryFaultHasItsTest: every row of faults.md names tests that are there, and every
// case of these tests has a row.
func TestEveryFaultHasItsTest(t *testing.T) {
	text, err := os.ReadFile("faults.md")
	must(t, err)
	named, wrong := readFaults(string(text))
	for _, row := range wrong {
		t.Errorf("faults.md: a row says fault, what customers see, what is lost, and tests: %s", row)
	}
	tests, cases := testsOf(t, "../.."), faultCases()
	for name, of := range named {
		if tests[name] == "" {
			t.Errorf("faults.md: there is no test %s", name)
		}
		for _, one := range of {
			if one != "" && !slices.Contains(cases[name], one) {
				t.Errorf("faults.md: %s has no case %q", name, one)
			}
		}
	}
	for name, all := range cases {
		for _, one := range all {
			if !slices.Contains(named[name], one) {
				t.Errorf("faults.md: no row names %s/%s", name, one)
			}
		}
	}
	for name, file := range tests {
		if strings.HasPrefix(file, "faults_") && !strings.Contains(name, ".") && !strings.HasPrefix(name, "TestEveryFault") && len(named[name]) == 0 {
			t.Errorf("%s: no row of faults.md names %s", file, name)
		}
	}
}

// TestEveryFaultRowIsRead: a table that is wrong in any way is noticed.
func TestEveryFaultRowIsRead(t *testing.T) {
	for row, good := range map[string]bool{
		"| a | b | c | `TestX` |":                         true,
		"| a | b | c | `TestX/one case`, `otp.TestY` |":   true,
		"| a | b | c | TestX |":                           false,
		"| a | b | | `TestX` |":                           false,
		"| a | b | `TestX` |":                             false,
		"| a | b | c | `TestX` and more |":                false,
		"| fault | what customers see | lost | tests |\n": false,
	} {
		if _, wrong := readFaults(row); (len(wrong) == 0) != good {
			t.Errorf("%q: %v", row, wrong)
		}
	}
	named, _ := readFaults("| a | b | c | `TestX/one case`, `otp.TestY` |")
	if len(named) != 2 || named["TestX"][0] != "one case" || named["otp.TestY"][0] != "" {
		t.Errorf("read: %v", named)
	}
}
