package wording_test

import (
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

func TestSpellingAid(t *testing.T) {
	for address, want := range map[string]string{
		"ab-c_1..7@docomo.ne.jp": "アメリカのA ブラジルのB ハイフン カナダのC アンダーバー 数字のいち ドットが2つ続く 数字のなな アットマークのあとは、docomo.ne.jp",
		"Z@q.jp":                 "大文字の、ゼブラのZ アットマーク クイーンのQ ドット ジャパンのJ パリのP",
		`"a b"@example.jp`:       "二重引用符 アメリカのA 空白 ブラジルのB 二重引用符 アットマーク エジプトのE エックス線のX アメリカのA メキシコのM パリのP ロンドンのL エジプトのE ドット ジャパンのJ パリのP",
	} {
		var said, back []string
		for _, s := range wording.SpellingAid(address) {
			said, back = append(said, s.Ja), append(back, s.Text)
		}
		if got := strings.Join(said, " "); got != want {
			t.Errorf("%s is read %q, want %q", address, got, want)
		}
		if got := strings.Join(back, ""); got != address {
			t.Errorf("%s is shown as %q", address, got)
		}
	}
}

// TestSpellingAidKnowsEveryCharacter that an address may hold.
func TestSpellingAidKnowsEveryCharacter(t *testing.T) {
	for b := byte(' '); b <= '~'; b++ {
		if s := wording.SpellingAid(string(b) + "@x.jp"); s[0].Ja == "" {
			t.Errorf("%q is read as nothing", b)
		}
	}
}

func TestDeskStep(t *testing.T) {
	in := example(t, "tougyoku-2023")
	for _, step := range []string{"route", "address", "spelled", "code", "refused", "lost", "hang-up", "no-mail", "letter-number", "letter-request", "ticket", "left", "question", "end", "genuine", "not-genuine"} {
		for _, reason := range []string{"genuine_mail", "am_i_listed", "card", "password", "recipient", "family", "store_purchase", "complaint", "media"} {
			lines := wording.DeskStep(step, reason, in, "sato")
			if len(lines) == 0 {
				t.Errorf("nothing is said at %s of %s", step, reason)
			}
			for _, l := range lines {
				if l.Ja == "" || l.En == "" || strings.ContainsAny(l.Ja+l.En, "{}") {
					t.Errorf("%s: %+v", step, l)
				}
			}
		}
	}
	first := wording.DeskStep("route", "family", in, "sato")
	if !strings.Contains(first[0].Ja, in.Site.Name.In(breach.Japanese)+"お客様相談窓口、satoでございます") || first[1].Part != "never-ask" || first[2].Part != "about-family" {
		t.Errorf("a call begins with %+v", first)
	}
	if wording.DeskStep("nothing", "card", in, "sato") != nil {
		t.Error("a step that there is not has words")
	}
}
