package wording_test

import (
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// TestTheDeskExcludesWhatTheIncidentDoes: which purchases are not involved is said as the
// incident file says it, and of an incident that excludes none, not at all.
func TestTheDeskExcludesWhatTheIncidentDoes(t *testing.T) {
	said := func(in *breach.Incident) string {
		var all strings.Builder
		for _, l := range wording.DeskStep("route", "store_purchase", in, "sato") {
			all.WriteString(l.Ja + "\n" + l.En + "\n")
		}
		return all.String()
	}
	in := &breach.Incident{Exclusions: []breach.Text{{breach.Japanese: "展示会", breach.English: "exhibitions"}, {breach.Japanese: "取扱店", breach.English: "retailers"}}}
	if got := said(in); !strings.Contains(got, "対象ではありません。展示会、取扱店。") || !strings.Contains(got, "not involved: exhibitions, retailers.") {
		t.Errorf("said: %s", got)
	}
	in.Exclusions = nil
	if got := said(in); strings.Contains(got, "対象ではありません") || strings.Contains(got, "not involved") {
		t.Errorf("of an incident that excludes nothing: %s", got)
	}
}
