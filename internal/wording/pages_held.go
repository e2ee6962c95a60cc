package wording

import "exposure/internal/breach"

// heldWords are of the way in for whoever has a long code already, which needs no mail.
func heldWords() map[string]breach.Text {
	return map[string]breach.Text{
		"held.link": say("すでに20けたのコードをお持ちの方", "I already have a 20-digit code", "20の 長い 数字を もう 持って いる 人"),
		"held.h1":   say("20けたのコードで確認する", "Check with a 20-digit code", "20の 長い 数字で しらべる"),
		"held.lead": say("20けたのコードが届いたメールアドレスを入力してください。コードは、メールに書いてある時刻まで、1回だけ、どのブラウザーでも使えます。新しいメールはお送りしません。",
			"Enter the e-mail address to which the 20-digit code was sent. The code works once, in any browser, until the time in the mail. We send no new mail.",
			"20の 長い 数字が 来た メールアドレスを 書いて ください。新しい メールは 送りません。"),
		"held.send":      say("コードの入力へ進む", "Go on to the code", "数字を 書く ページを 見る"),
		"held.corrected": say("{meant} に直して進む", "Correct to {meant} and go on", "{meant} に かえる"),
		"held.as_typed":  say("このまま進む", "Go on as it is", "この まま つかう"),
		"held.none":      say("コードをお持ちでない方（新しい確認コードを送る）", "I have no code: send me one", "数字が ない 人（新しい 数字を 送る）"),
		"held.code": say("「{address}」に20けたのコードが届いているときは、ここに入力してください。この画面を開くときに、新しいメールは送っていません。",
			"If a 20-digit code was mailed to {address}, enter it here. Opening this page has sent no new mail.",
			"「{address}」に 20の 長い 数字が 来て いる ときは、ここに 書いて ください。この ページを 見ても、新しい メールは 来ません。"),
		"held.hint": say("コピーして貼り付けられます。短いコードは、それを送った画面でだけ使えます。", "You can paste it. A shorter code works only on the page it was asked for on.",
			"20の 長い 数字だけ 使う ことが できます。"),
	}
}
