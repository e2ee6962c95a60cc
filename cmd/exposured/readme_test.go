package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"exposure/internal/ratelimit"
)

// part is what README.md says under a heading.
func part(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	must(t, err)
	_, after, found := strings.Cut(string(text), "\n### "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no part %q", heading)
	}
	says, _, _ := strings.Cut(after, "\n##")
	return says
}

var quoted = regexp.MustCompile("`([a-z-]+)`")

// TestTheReadmeNamesEveryAlarm, and none that there is not.
func TestTheReadmeNamesEveryAlarm(t *testing.T) {
	s, _ := smallSite(t)
	r := s.serve(t, "", openPostOffice(t).url)
	metrics := from(r.private, here).do(t, http.MethodGet, "/metrics", "", nil)
	there, told := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`exposure_alarm_on\{alarm="([a-z-]+)"\}`).FindAllStringSubmatch(string(metrics.body), -1) {
		there[m[1]] = true
	}
	for _, m := range quoted.FindAllStringSubmatch(part(t, "Alarms"), -1) {
		told[m[1]] = true
	}
	if len(there) == 0 || !maps.Equal(there, told) {
		t.Errorf("alarms are\n%v\nand README.md tells of\n%v", slices.Sorted(maps.Keys(there)), slices.Sorted(maps.Keys(told)))
	}
}

// grouped writes a number as people do: 50,000.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// TestTheReadmeTellsEveryLimit with its defaults.
func TestTheReadmeTellsEveryLimit(t *testing.T) {
	inWords := []ratelimit.Name{ratelimit.SendReserve, ratelimit.SendMailbox}
	rows := strings.Split(part(t, "Limits"), "\n")
	for name, rates := range ratelimit.Default() {
		at := slices.IndexFunc(rows, func(row string) bool {
			return strings.HasPrefix(row, "|") && strings.Contains(row, "`"+string(name)+"`")
		})
		if at < 0 {
			t.Errorf("README.md does not tell of %s", name)
			continue
		}
		if slices.Contains(inWords, name) {
			continue
		}
		for _, rate := range rates {
			if !regexp.MustCompile(`\b` + grouped(rate.Count) + `\b`).MatchString(rows[at]) {
				t.Errorf("%s allows %d each %v, and README.md says %s", name, rate.Count, rate.Per, rows[at])
			}
		}
	}
}
