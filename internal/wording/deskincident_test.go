package wording_test

import (
	"strings"
	"testing"
	"time"

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

// TestTopicsHaveTheirWords: what is said before a question is left comes from the incident
// file, and is left out where that does not say it.
func TestTopicsHaveTheirWords(t *testing.T) {
	said := func(in *breach.Incident, topic string) string {
		var all strings.Builder
		for _, l := range wording.DeskTopic(topic, in) {
			all.WriteString(l.Ja + "\n" + l.En + "\n")
		}
		if strings.ContainsAny(all.String(), "{}") {
			t.Errorf("%s: not filled: %s", topic, all.String())
		}
		return all.String()
	}
	in := example(t, "tougyoku-2023")
	from := time.Date(2023, 8, 1, 0, 0, 0, 0, in.Zone)
	in.Notices.LettersFrom = &from
	for topic, want := range map[string][]string{
		"card_typed":   {"対象は、2023年3月1日～14日のカード払いでございます", in.Cohort("card").Period.Label.In(breach.English)},
		"mailbox_gone": {"書面でのお手続き", "on paper"},
		"no_letter":    {"書状の発送は、8月1日からでございます", "from 1 August on"},
	} {
		got := said(in, topic)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q: %s", topic, w, got)
			}
		}
	}
	if got := said(in, "other"); got != "" {
		t.Errorf("a topic without words: %s", got)
	}
	in.Notices.LettersFrom = nil
	in.Cohorts = append(in.Cohorts, breach.Cohort{Exposes: []breach.Exposes{{Category: "card_expiry"}}})
	if got := said(in, "no_letter") + said(in, "card_typed"); got != "" {
		t.Errorf("without a day for letters, and with card payments whose period has no name: %s", got)
	}
}
