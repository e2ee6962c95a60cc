package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"exposure/internal/ratelimit"
)

// part is what a document beside this test says under a heading.
func part(t *testing.T, document, heading string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	must(t, err)
	_, after, found := strings.Cut("\n"+string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no part %q", document, heading)
	}
	says, _, _ := strings.Cut(after, "\n##")
	return says
}

var quoted = regexp.MustCompile("`([a-z-]+)`")

// TestTheManualNamesEveryAlarm, and none that there is not.
func TestTheManualNamesEveryAlarm(t *testing.T) {
	s, _ := smallSite(t)
	r := s.serve(t, "", openPostOffice(t).url)
	metrics := from(r.private, here).do(t, http.MethodGet, "/metrics", "", nil)
	there, told := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`exposure_alarm_on\{alarm="([a-z-]+)"\}`).FindAllStringSubmatch(string(metrics.body), -1) {
		there[m[1]] = true
	}
	for _, m := range quoted.FindAllStringSubmatch(part(t, "operating.md", "## Alarms"), -1) {
		told[m[1]] = true
	}
	if len(there) == 0 || !maps.Equal(there, told) {
		t.Errorf("alarms are\n%v\nand operating.md tells of\n%v", slices.Sorted(maps.Keys(there)), slices.Sorted(maps.Keys(told)))
	}
}

// grouped writes a number as people do: 50,000.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// TestTheManualTellsEveryLimit with its defaults.
func TestTheManualTellsEveryLimit(t *testing.T) {
	inWords := []ratelimit.Name{ratelimit.SendReserve, ratelimit.SendMailbox}
	rows := strings.Split(part(t, "limits.md", "# Limits"), "\n")
	for name, rates := range ratelimit.Default() {
		at := slices.IndexFunc(rows, func(row string) bool {
			return strings.HasPrefix(row, "|") && strings.Contains(row, "`"+string(name)+"`")
		})
		if at < 0 {
			t.Errorf("limits.md does not tell of %s", name)
			continue
		}
		if slices.Contains(inWords, name) {
			continue
		}
		for _, rate := range rates {
			if !regexp.MustCompile(`\b` + grouped(rate.Count) + `\b`).MatchString(rows[at]) {
				t.Errorf("%s allows %d each %v, and limits.md says %s", name, rate.Count, rate.Per, rows[at])
			}
		}
	}
}

// TestLinksBetweenDocuments: what a document links to in the tree is there, and so is the
// heading, if it names one.
func TestLinksBetweenDocuments(t *testing.T) {
	documents, err := filepath.Glob("../*/*.md")
	must(t, err)
	found := 0
	for _, document := range append(documents, "../../README.md") {
		text, err := os.ReadFile(document)
		must(t, err)
		for _, m := range regexp.MustCompile(`\]\(([^()\s]*)\)`).FindAllStringSubmatch(string(text), -1) {
			found++
			target, heading, _ := strings.Cut(m[1], "#")
			at := document
			if target != "" {
				at = filepath.Join(filepath.Dir(document), target)
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s links to %s: %v", document, m[1], err)
				continue
			}
			if heading == "" {
				continue
			}
			there, err := os.ReadFile(at)
			must(t, err)
			asLink := `(?im)^#+ ` + strings.ReplaceAll(regexp.QuoteMeta(heading), "-", ` `) + `$`
			if !regexp.MustCompile(asLink).Match(there) {
				t.Errorf("%s links to %s, and there is no such heading", document, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links found", found)
	}
}
