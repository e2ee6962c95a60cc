package wording_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// TestApprovedAnswersPromiseNothing, are in both languages, and tell by neither text nor id
// whether somebody is on a list.
func TestApprovedAnswersPromiseNothing(t *testing.T) {
	never := regexp.MustCompile(`安全|安心|問題ありません|対象外|大丈夫|違います|漏洩|一覧に|見当たり|ご登録|(?i)\bsafe\b|not affected|on the list|not_found|nothing_found|http|@`)
	id := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]bool{}
	for _, a := range wording.TicketAnswers() {
		ja, en := a.Text[breach.Japanese], a.Text[breach.English]
		if ja == "" || en == "" || seen[ja] || seen[a.ID] || !id.MatchString(a.ID) {
			t.Errorf("%q: without a text, or there twice", a.ID)
		}
		seen[ja], seen[a.ID] = true, true
		if found := never.FindString(ja + en + a.ID); found != "" {
			t.Errorf("%s says %q", a.ID, found)
		}
		if strings.ContainsAny(en, "０１２３４５６７８９") || !strings.HasSuffix(ja, "。") || !strings.HasSuffix(en, ".") {
			t.Errorf("%s is no sentence: %s %s", a.ID, ja, en)
		}
		if got, ok := wording.TicketAnswerByID(a.ID); !ok || got.Text[breach.Japanese] != ja {
			t.Errorf("%s is not found", a.ID)
		}
	}
	if _, ok := wording.TicketAnswerByID("hello"); ok || len(seen) < 20 {
		t.Errorf("an answer nobody approved, or only %d texts", len(seen))
	}
}

// TestAWaitingTicketSaysByWhen, and nothing of it once that is over.
func TestAWaitingTicketSaysByWhen(t *testing.T) {
	due := time.Date(2023, 7, 28, 17, 0, 0, 0, time.FixedZone("JST", 9*3600))
	before := wording.TicketWaiting("7K2M-4", &due, due.Add(-time.Second))
	if ja := before[breach.Japanese]; ja != "受付番号7K2M-4でございますね。ただいま確認中です。7月28日（金）までにお答えいたします。" {
		t.Error(ja)
	}
	if en := before[breach.English]; !strings.Contains(en, "7K2M-4") || !strings.HasSuffix(en, "by Friday, 28 July.") {
		t.Error(en)
	}
	for _, over := range []breach.Text{wording.TicketWaiting("7K2M-4", &due, due), wording.TicketWaiting("7K2M-4", nil, due)} {
		if strings.Contains(over[breach.Japanese], "7月") || strings.Contains(over[breach.English], "July") || !strings.Contains(over[breach.Japanese], "7K2M-4") {
			t.Errorf("%v", over)
		}
	}
}
