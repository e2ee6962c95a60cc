package wording_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

func TestWebCodeMail(t *testing.T) {
	in := example(t, "tougyoku-2023")
	got := wording.WebCodeMail(in, "12345678", false, jst(t, "2023-07-25T05:35:00Z"))
	want := wording.CodeMail{
		Subject: "【東玉オンラインショップ】確認コードのお知らせ / Your code",
		Body: `確認コード: 1234-5678

「お客様情報の確認」ページに、この数字を入力してください。
午後2時35分（14:35）まで使えます。

・このコードを、電話やメールで聞かれても、教えないでください。
  当店の担当者が、このコードをお聞きすることはありません。
・お心当たりがないときは、このメールを削除してください。
  ほかの方が、アドレスを間違えて入力した可能性があります。
  このメールが届いただけでは、お客様の情報が対象という意味ではありません。
・このメールにリンクはありません。
Enter the code above on our page. It works until 14:35 (JST). Never tell it to anyone; our staff never ask for it.
If you did not ask for it, delete this mail: getting it does not mean that you are on the list. No links in this mail.
東玉オンラインショップお客様相談窓口 電話0120-39-3501
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the mail differs (-want +got):\n%s", diff)
	}
}

func TestLongWebCodeMail(t *testing.T) {
	in := example(t, "tougyoku-2023")
	got := wording.WebCodeMail(in, "12345678901234567890", true, jst(t, "2023-07-26T05:05:00Z"))
	for _, want := range []string{
		"確認コード: 1234-5678-9012-3456-7890\n（20けたの数字。コピーして貼り付けてください）\n",
		"\n7月26日 午後2時5分（14:05）まで、1回だけ使えます。\n",
		"\nページを閉じたときは、最初の画面の「すでに20けたのコードをお持ちの方」に進んでください。\n",
		"It works once, until 14:05 (JST) on 26 July. If you closed the page, choose \"I already have a 20-digit code\" on our first page. Never",
	} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("the long code's mail lacks %q:\n%s", want, got.Body)
		}
	}
}

// TestTheLongCodesMailNamesALinkThatIsThere: the words that it sends people to are those of the page.
func TestTheLongCodesMailNamesALinkThatIsThere(t *testing.T) {
	got := wording.WebCodeMail(example(t, "tougyoku-2023"), "12345678901234567890", true, jst(t, "2023-07-26T05:05:00Z"))
	link := wording.PageWords()["held.link"]
	for _, l := range []breach.Locale{breach.Japanese, breach.English} {
		if words := link.In(l); words == "" || !strings.Contains(got.Body, words) {
			t.Errorf("the mail does not name the link %q", words)
		}
	}
}

func TestPhoneCodeMail(t *testing.T) {
	in := example(t, "tougyoku-2023")
	got := wording.PhoneCodeMail(in, "12345678", false, jst(t, "2023-07-25T15:05:00+09:00"))
	want := wording.CodeMail{
		Subject: "【東玉オンラインショップ】電話確認番号のお知らせ / Your phone code",
		Body: `電話確認番号: 12-34-56-78

当店のお客様相談窓口に【お客様からおかけになった電話】でだけ、
担当者にお伝えください。午後3時5分（15:05）まで使えます。
いったん電話を切って、おかけなおしいただいても使えます。
★ 当店から電話をかけて、この番号をお聞きすることはありません。
  かかってきた電話で聞かれたときは、答えずに切ってください。
・この番号は「お客様情報の確認」ページでは使えません。リンクはありません。
Read it to our staff only in a call that you made to us, until 15:05 (JST); you may hang up and call again.
We never call you to ask for it. It does not work on the page. No links in this mail.
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the mail differs (-want +got):\n%s", diff)
	}
}

// An incident without Japanese gets the English part and nothing else.
func TestEnglishOnlyCodeMail(t *testing.T) {
	in := example(t, "harbour-2024")
	got := wording.WebCodeMail(in, "123456789", false, jst(t, "2024-03-05T10:35:00Z"))
	want := wording.CodeMail{
		Subject: "[Harbour Row Books] Your code",
		Body: `Your code: 123-456-789

Enter the code above on our page. It works until 10:35 (UTC). Never tell it to anyone; our staff never ask for it.
If you did not ask for it, delete this mail: getting it does not mean that you are on the list. No links in this mail.
Harbour Row Books help line: +44 1632 960123
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the mail differs (-want +got):\n%s", diff)
	}
}

// What a mail program would turn into a link: a scheme, www., or a bare domain.
var link = regexp.MustCompile(`(?i)https?|www\.|[a-z0-9-]+\.[a-z]{2,}|@`)

var (
	groups    = regexp.MustCompile(`(?m)^[^\n:]+: [0-9]+(-[0-9]+)+$`)
	forbidden = regexp.MustCompile(`安全です|ご安心|問題ありません|対象外|違います|漏洩|照合番号|check number`)
)

func TestCodeMailsPassTheLinter(t *testing.T) {
	at := jst(t, "2023-07-25T14:35:00+09:00")
	for _, name := range []string{"tougyoku-2023", "harbour-2024"} {
		in := example(t, name)
		for _, m := range []wording.CodeMail{
			wording.WebCodeMail(in, "12345678", false, at), wording.WebCodeMail(in, "123456789012", false, at),
			wording.WebCodeMail(in, "12345678901234567890", true, at),
			wording.PhoneCodeMail(in, "12345678", false, at), wording.PhoneCodeMail(in, "12345678901234567890", true, at),
		} {
			if found := link.FindString(m.Body + m.Subject); found != "" {
				t.Errorf("%s: %q may become a link in:\n%s", name, found, m.Body)
			}
			if found := forbidden.FindString(m.Body + m.Subject); found != "" {
				t.Errorf("%s: a code mail must not say %q", name, found)
			}
			if n := len(groups.FindAllString(m.Body, -1)); n != 1 {
				t.Errorf("%s: the code stands on a line of its own %d times, want once:\n%s", name, n, m.Body)
			}
			if strings.ContainsAny(m.Body+m.Subject, "{}\r\t") || strings.Contains(m.Subject, "\n") || !strings.HasSuffix(m.Body, "\n") {
				t.Errorf("%s: a placeholder or control character is left in %q", name, m)
			}
			for _, category := range in.Categories {
				if strings.Contains(m.Body, category.Label.In(breach.Japanese)) && category.ID != "email" {
					t.Errorf("%s: a code mail names %q", name, category.ID)
				}
			}
		}
	}
}
