package wording_test

import (
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// TestTheDeskPromisesNothing: no sentence that an agent says at any step or of any ticket says
// that somebody is safe or not concerned. What the incident file excludes may be said.
func TestTheDeskPromisesNothing(t *testing.T) {
	in := example(t, "tougyoku-2023")
	var said []breach.Text
	for _, a := range wording.TicketAnswers() {
		said = append(said, a.Text)
	}
	now := time.Date(2023, 7, 25, 10, 0, 0, 0, in.Zone)
	later := now.Add(time.Hour)
	said = append(said, wording.TicketWaiting("7K2M-4", nil, now), wording.TicketWaiting("7K2M-4", &later, now))
	steps := []string{"route", "address", "spelled", "code", "refused", "lost", "hang-up", "no-mail", "letter-number", "letter-request", "ticket", "left", "question", "end", "genuine", "not-genuine"}
	for _, step := range steps {
		for _, reason := range []string{"genuine_mail", "am_i_listed", "card", "password", "recipient", "family", "store_purchase", "complaint", "media"} {
			for _, l := range wording.DeskStep(step, reason, in, "sato") {
				said = append(said, breach.Text{breach.Japanese: l.Ja, breach.English: l.En})
			}
		}
	}
	if len(said) < len(steps)*9 {
		t.Fatalf("only %d sentences", len(said))
	}
	for _, s := range said {
		text := s[breach.Japanese] + strings.ToLower(s[breach.English])
		for _, no := range append(promises(), "大丈夫") {
			if strings.Contains(text, no) {
				t.Errorf("%q in %q", no, text)
			}
		}
		// That we cannot say so may be said.
		if strings.Contains(strings.ReplaceAll(text, "対象ではないと申し上げることはできません", ""), "対象ではない") {
			t.Errorf("not concerned: %q", text)
		}
	}
}
